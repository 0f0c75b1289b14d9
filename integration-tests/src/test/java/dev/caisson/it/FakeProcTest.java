package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.HostMount;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A /proc that is none: what the runtime writes for its kernel, and what it hides, must not go to files that a container's maker put there
 * (CVE-2019-16884, -19921, CVE-2023-28642, CVE-2025-52881).
 */
@RealContainers
class FakeProcTest {

    private static void refused(Sandbox box, Bundle bundle, String reason) {
        Result result = bundle.args("true").run().exits(1);
        assertTrue(result.stderr().contains(reason), result::toString);
        box.assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc", "/proc/", "//proc", "/proc/.", "/tmp/../proc", "proc"})
    @OnlyCaisson("the words are Caisson's")
    void nothingButAProcfsIsMountedOnProc(String destination, Sandbox box) {
        refused(box, box.bundle().mount(destination, "tmpfs", "tmpfs"), "nothing but a procfs may be mounted there");
    }

    @Test
    void noFolderIsBoundToProc(Sandbox box) {
        Path fake = Files.folder(box.dir().resolve("fake"));
        box.bundle().bind(fake, "/proc").args("true").run().exits(1);
        assertEquals(List.of(), Files.in(fake));
    }

    @Test
    void theHostsProcMayBeBound(Sandbox box) {
        assertEquals("0", box.bundle().bind(Path.of("/proc"), "/proc").sh("cat /proc/keys | wc -c").run().ok());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/self/attr", "/proc/sys", "/proc/sys/kernel", "/proc/1", "/proc/self", "/proc/net", "/proc/../proc/fs", "proc/acpi"})
    @OnlyCaisson("the words are Caisson's")
    void nothingIsMountedInProc(String destination, Sandbox box) {
        Path fake = Files.folder(box.dir().resolve("fake"));
        refused(box, box.bundle().bind(fake, destination), "it lies in /proc");
        refused(box, box.bundle().mount(destination, "tmpfs", "tmpfs"), "it lies in /proc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/uptime", "/proc/meminfo", "/proc/cpuinfo"})
    void filesThatTellOfTheMachineMayBeReplaced(String file, Sandbox box) {
        assertEquals("replaced", box.bundle().bind(box.file("replacement", "replaced"), file).args("cat", file).run().ok());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc", "proc/sys", "../proc/self/attr", "/proc/self/root/proc/fs"})
    @OnlyCaisson("runc 1.1 refuses by path")
    void noLinkLeadsAMountIntoProc(String target, Sandbox box) {
        Path fake = Files.folder(box.dir().resolve("fake"));
        Bundle bundle = box.bundle().bind(fake, "/data");
        Files.link(bundle.rootfs("data"), target);
        Result result = bundle.args("true").run().exits(1);
        assertTrue(result.stderr().contains("/data"), result::toString);
        assertEquals(List.of(), Files.in(fake));
    }

    @Test
    void kernelParametersGoToTheKernel(Sandbox box) {
        Path fake = box.file("fake/sys/net/ipv4/ip_forward", "fake").getParent().getParent().getParent().getParent();
        Bundle bundle = box.bundle().writable().set("/linux/sysctl", java.util.Map.of("net.ipv4.ip_forward", "1"));
        // No procfs is mounted at all: what lies in /proc is the image's.
        com.fasterxml.jackson.databind.node.ArrayNode mounts = (com.fasterxml.jackson.databind.node.ArrayNode) bundle.config().get("mounts");
        mounts.remove(0);
        bundle.bind(fake, "/volume");
        Files.write(bundle.rootfs("proc/sys/net/ipv4/ip_forward"), "fake");
        bundle.args("cat", "/proc/sys/net/ipv4/ip_forward").run();
        assertEquals("fake", Files.text(bundle.rootfs("proc/sys/net/ipv4/ip_forward")));
        assertEquals("fake", Files.text(fake.resolve("sys/net/ipv4/ip_forward")));
    }

    @Test
    void theOutOfMemoryScoreGoesToTheKernel(Sandbox box) {
        Bundle bundle = box.bundle().writable().set("/process/oomScoreAdj", 77);
        ((com.fasterxml.jackson.databind.node.ArrayNode) bundle.config().get("mounts")).remove(0);
        Files.write(bundle.rootfs("proc/self/oom_score_adj"), "fake");
        try (Container container = bundle.args("sleep", "1000").up("c")) {
            assertEquals("77\n", Files.text(Path.of("/proc/" + container.pid() + "/oom_score_adj")));
        }
        assertEquals("fake", Files.text(bundle.rootfs("proc/self/oom_score_adj")));
    }

    @Test
    void aSysThatIsATmpfsHidesNothingAndHarmsNothing(Sandbox box) {
        try (HostMount outside = HostMount.tmpfs(box.dir().resolve("outside"))) {
            Files.write(outside.path().resolve("firmware/a"), "outside");
            Bundle bundle = box.bundle().mount("/sys", "tmpfs", "tmpfs").bind(outside.path(), "/sys/more");
            assertEquals("", bundle.sh("ls -A /sys/firmware 2>/dev/null; true").run().ok());
            assertEquals("outside", Files.text(outside.path().resolve("firmware/a")));
        }
    }

    // ---- sources ----

    @ParameterizedTest
    @ValueSource(strings = {"/proc/self/fd/3", "/proc/self/fd/200", "/proc/self/cwd", "/proc/self/root", "/proc/self/exe", "/proc/thread-self/fd/0",
            "/proc/./self/fd/201", "/dev/fd/200"})
    @OnlyCaisson("runc takes its own")
    void nothingOfTheRuntimesOwnIsBound(String source, Sandbox box) {
        refused(box, box.bundle().bind(Path.of(source), "/data"), "it is something else for each process");
    }

    /** What it has open lies in another mount namespace, from which the kernel lets nothing be taken. */
    @Test
    void aDescriptorOfAnotherProcessIsNoWayOut(Sandbox box) throws java.io.IOException {
        box.file("shared/a", "content");
        Process holder = new ProcessBuilder("sh", "-c", "exec sleep 1000 7<" + box.dir().resolve("shared") + " 8<" + box.dir().resolve("shared/a")).start();
        try {
            dev.caisson.it.harness.Await.until("it holds them", () -> Files.target(Path.of("/proc/" + holder.pid() + "/fd/8")) != null);
            for (String source : List.of("/fd/7", "/fd/8", "/cwd")) {
                Result result = box.bundle().bind(Path.of("/proc/" + holder.pid() + source), "/data").args("true").run().exits(1);
                assertTrue(result.stderr().contains(source), result::toString);
            }
        } finally {
            holder.destroyForcibly();
        }
    }
}
