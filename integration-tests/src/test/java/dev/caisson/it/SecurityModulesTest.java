package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** AppArmor profiles, SELinux labels and Intel RDT: had where the kernel has them, refused by name where it does not. */
@RealContainers
@OnlyCaisson("runc says it in other words")
class SecurityModulesTest {

    private static boolean hasApparmor() {
        return Files.text(Path.of("/sys/module/apparmor/parameters/enabled")).startsWith("Y");
    }

    private static boolean hasSelinux() {
        return java.nio.file.Files.exists(Path.of("/sys/fs/selinux/enforce"));
    }

    private static boolean hasResctrl() {
        return Files.text(Path.of("/proc/self/mountinfo")).contains(" - resctrl ");
    }

    private static void refused(Result result, int code, String... parts) {
        result.exits(code);
        for (String part : parts) {
            assertTrue(result.stderr().contains(part), result::toString);
        }
        assertEquals(1, result.stderr().lines().count(), result::toString);
    }

    @Test
    void aProfileIsRefusedWithoutApparmor(Sandbox box) {
        assumeTrue(!hasApparmor(), "the kernel has AppArmor");
        refused(box.bundle().set("/process/apparmorProfile", "some").command("create", "c").run(), 1, "process.apparmorProfile some",
                "apparmor not supported");
        box.assertNothingLeft();
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            refused(box.run("exec", "--apparmor", "some", container.id(), "true"), 255, "apparmorProfile some", "apparmor not supported");
        }
    }

    @ParameterizedTest
    @CsvSource({"/process/selinuxLabel,process.selinuxLabel a:b:c", "/linux/mountLabel,linux.mountLabel a:b:c"})
    void aLabelIsRefusedWithoutSelinux(String pointer, String field, Sandbox box) {
        assumeTrue(!hasSelinux(), "the kernel has SELinux");
        refused(box.bundle().set(pointer, "a:b:c").command("create", "c").run(), 1, field, "selinux is disabled or not supported");
        box.assertNothingLeft();
    }

    @Test
    void anExecutedProcesssLabelIsRefusedWithoutSelinux(Sandbox box) {
        assumeTrue(!hasSelinux(), "the kernel has SELinux");
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            refused(box.run("exec", "--process-label", "a:b:c", container.id(), "true"), 255, "selinuxLabel a:b:c",
                    "selinux is disabled or not supported");
        }
    }

    @Test
    void emptyOnesAskForNothing(Sandbox box) {
        Bundle bundle = box.bundle().set("/process/apparmorProfile", "").set("/process/selinuxLabel", "").set("/linux/mountLabel", "");
        assertEquals("ran", bundle.args("echo", "ran").run().ok());
    }

    @Test
    void theProcessHasItsProfile(Sandbox box) {
        assumeTrue(hasApparmor(), "the kernel has no AppArmor");
        Bundle bundle = box.bundle().set("/process/apparmorProfile", "unconfined").args("cat", "/proc/self/attr/current");
        assertTrue(bundle.run().ok().startsWith("unconfined"));
    }

    @Test
    void theProcessAndItsMountsHaveTheirLabels(Sandbox box) {
        assumeTrue(hasSelinux(), "the kernel has no SELinux");
        Bundle bundle = box.bundle().set("/process/selinuxLabel", "system_u:system_r:container_t:s0:c1,c2")
                .set("/linux/mountLabel", "system_u:object_r:container_file_t:s0:c1,c2").sh("cat /proc/self/attr/current; grep /dev/shm /proc/mounts");
        String seen = bundle.run().ok();
        assertTrue(seen.contains("container_t") && seen.contains("container_file_t"), seen);
    }

    @Test
    void intelRdtIsRefusedWithoutResctrl(Sandbox box) {
        assumeTrue(!hasResctrl(), "a resctrl file system is mounted");
        refused(box.bundle().set("/linux/intelRdt", Map.of("l3CacheSchema", "L3:0=f")).command("create", "c").run(), 1,
                "linux.intelRdt", "no resctrl file system is mounted");
        box.assertNothingLeft();
    }

    @Test
    void theProcessIsInItsResctrlGroup(Sandbox box) {
        assumeTrue(hasResctrl(), "the machine has no resctrl file system");
        Bundle bundle = box.bundle().set("/linux/intelRdt", Map.of("closID", "/", "enableMonitoring", true)).args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            assertTrue(Files.text(Path.of("/sys/fs/resctrl/mon_groups", container.id(), "tasks")).lines().toList()
                    .contains(Long.toString(container.pid())));
        }
    }
}
