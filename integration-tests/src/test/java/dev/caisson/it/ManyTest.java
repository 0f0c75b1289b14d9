package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import dev.caisson.it.harness.Target;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many containers: at once, and one after the other. */
@RealContainers
class ManyTest {

    @Test
    void fiftyAtOnceDoNotMeet(Sandbox box) {
        List<Running> running = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Bundle bundle = box.bundle().sh("hostname; exit " + i).set("/hostname", "host" + i);
            running.add(bundle.command("run", "c" + i).start());
        }
        for (int i = 0; i < running.size(); i++) {
            assertEquals("host" + i + "\n", running.get(i).await().exits(i).stdout());
        }
        box.assertNothingLeft();
    }

    @Test
    void ofManyThatWantTheSameIdOneGetsIt(Sandbox box) {
        List<Running> running = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            running.add(box.bundle().args("true").command("create", "c").start());
        }
        assertEquals(1, running.stream().filter(command -> command.await().code() == 0).count());
        box.run("delete", "--force", "c").ok();
        box.assertNothingLeft();
    }

    /** A peer takes so long that it gets a few of them. */
    @Test
    @Tag("slow")
    void aThousandLivesLeaveNothing(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000");
        bundle.folder();
        int lives = Target.isCaisson() ? 1000 : 20;
        for (int i = 0; i < lives; i++) {
            String id = "c" + i;
            box.run("create", "--bundle", bundle.folder().toString(), id).ok();
            box.run("start", id).ok();
            box.run("kill", id, "KILL").ok();
            box.run("delete", "--force", id).ok();
        }
        box.assertNothingLeft();
    }
}
