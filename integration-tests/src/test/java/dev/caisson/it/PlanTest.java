package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.EngineMode;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import org.junit.jupiter.api.Test;

/** {@code plan}: what would be done, in words. */
@RealContainers
@OnlyCaisson("others don't make plans")
class PlanTest {

    @Test
    void saysWhatCreateWouldDo(Sandbox box) {
        String plan = box.bundle().args("some-program", "some argument").command("plan", "c").run().ok();
        for (String operation : new String[] {"clone(", "fsopen(", "move_mount(", "openat2(", "pivot_root(", "sethostname(", "capset(", "\"some-program\""}) {
            assertTrue(plan.contains(operation), () -> operation + " is not in\n" + plan);
        }
    }

    @Test
    void needsNoId(Sandbox box) {
        assertTrue(box.run("plan", "--bundle", box.bundle().folder().toString()).ok().contains("pivot_root("));
    }

    @Test
    void changesNothing(Sandbox box) {
        Bundle bundle = box.bundle().bind(box.file("a", ""), "/not/there/yet")
                .hook("prestart", "touch " + box.dir().resolve("ran")).hook("poststop", "touch " + box.dir().resolve("ran"));
        bundle.command("plan", "c").run().ok();
        assertFalse(java.nio.file.Files.exists(box.dir().resolve("ran")));
        assertFalse(java.nio.file.Files.exists(bundle.rootfs("not")));
        box.assertNothingLeft();
    }

    @Test
    void needsNoPrivilege(Sandbox box) {
        Bundle bundle = box.bundle();
        String asRoot = bundle.command("plan", "c").run().ok();
        Result result = bundle.command("plan", "c").engine(EngineMode.ONESHOT)
                .by("/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups").run();
        assertEquals(asRoot, result.ok());
    }

    @Test
    void refusesWhatCreateRefuses(Sandbox box) {
        Bundle bundle = box.bundle().set("/linux/personality", java.util.Map.of("domain", "LINUX64"));
        assertTrue(bundle.command("plan", "c").run().exits(1).stderr().contains("linux.personality.domain"));
    }

    @Test
    void saysWhatExecWouldDo(Sandbox box) {
        String process = box.file("process.json", "{\"args\": [\"some-program\"], \"cwd\": \"/\"}").toString();
        String plan = box.bundle().command("plan", "c", "--process", process).run().ok();
        assertTrue(plan.contains("setns("), plan);
        assertTrue(plan.contains("some-program"), plan);
        assertFalse(plan.contains("pivot_root("), plan);
    }
}
