package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is mounted, where, and with which flags. */
@RealContainers
class MountsTest {

    private static Map<String, MountInfo> mountsOf(Bundle bundle) {
        return MountInfo.parse(bundle.args("cat", "/proc/self/mountinfo").run().ok());
    }

    @Test
    void theDefaultOnesAreThereWithTheirFlags(Sandbox box) {
        Map<String, MountInfo> mounts = mountsOf(box.bundle());
        assertEquals("proc", mounts.get("/proc").type());
        assertTrue(mounts.get("/proc").has("rw", "relatime"));

        MountInfo dev = mounts.get("/dev");
        assertEquals("tmpfs", dev.type());
        assertTrue(dev.has("rw", "nosuid"));
        assertFalse(dev.has("relatime"), "strictatime");
        assertTrue(dev.superblock().contains("size=65536k"), dev::toString);
        assertTrue(dev.superblock().contains("mode=755"), dev::toString);

        MountInfo pts = mounts.get("/dev/pts");
        assertEquals("devpts", pts.type());
        assertTrue(pts.has("rw", "nosuid", "noexec"));
        assertTrue(pts.superblock().containsAll(java.util.List.of("gid=5", "mode=620", "ptmxmode=666")), pts::toString);

        assertEquals("tmpfs", mounts.get("/dev/shm").type());
        assertTrue(mounts.get("/dev/shm").has("rw", "nosuid", "nodev", "noexec"));
        assertEquals("mqueue", mounts.get("/dev/mqueue").type());
        assertTrue(mounts.get("/dev/mqueue").has("rw", "nosuid", "nodev", "noexec"));
        assertEquals("sysfs", mounts.get("/sys").type());
        assertTrue(mounts.get("/sys").has("ro", "nosuid", "nodev", "noexec"));
        assertTrue(mounts.get("/sys/fs/cgroup").has("nosuid", "nodev", "noexec"));
        assertTrue(mounts.get("/").has("ro"));
    }

    @Test
    void nothingOfTheHostsMountsIsThere(Sandbox box) {
        for (String point : mountsOf(box.bundle()).keySet()) {
            assertTrue(point.equals("/") || point.startsWith("/proc") || point.startsWith("/sys") || point.startsWith("/dev"), point);
        }
    }

    @Test
    void sharedMemoryIsOpenToAll(Sandbox box) {
        assertEquals("1777", box.bundle().args("stat", "-c", "%a", "/dev/shm").run().ok());
    }

    @Test
    void aReadOnlyRootRefusesWrites(Sandbox box) {
        Result result = box.bundle().args("touch", "/new").run();
        assertTrue(result.exits(1).stderr().contains("Read-only file system"), result::toString);
    }

    @Test
    void aWritableRootTakesThem(Sandbox box) {
        Bundle bundle = box.bundle().writable().sh("echo content > /new");
        bundle.run().ok();
        assertEquals("content\n", Files.text(bundle.rootfs("new")));
    }

    @Test
    void theRootMayBeNamedByAnAbsolutePath(Sandbox box) {
        Bundle bundle = box.bundle();
        bundle.program("hello", "");
        assertEquals("/hello", bundle.set("/root/path", bundle.rootfs().toString()).sh("ls /hello").run().ok());
    }

    // ---- bind mounts ----

    @Test
    void aFolderIsBoundAndItsTargetCreated(Sandbox box) {
        box.file("shared/a", "from the host");
        Bundle bundle = box.bundle().bind(box.dir().resolve("shared"), "/data/in/deep").sh("cat /data/in/deep/a; echo back > /data/in/deep/b");
        assertEquals("from the host", bundle.run().ok());
        assertEquals("back\n", Files.text(box.dir().resolve("shared/b")));
    }

    @Test
    void aFileIsBoundAndItsTargetCreated(Sandbox box) {
        Path file = box.file("hosts", "content");
        Bundle bundle = box.bundle().bind(file, "/etc/deep/hosts").args("cat", "/etc/deep/hosts");
        assertEquals("content", bundle.run().ok());
        assertTrue(java.nio.file.Files.isRegularFile(bundle.rootfs("etc/deep/hosts")));
    }

    @Test
    void aRelativeSourceStartsAtTheBundle(Sandbox box) {
        Bundle bundle = box.bundle().bind(Path.of("beside"), "/data").args("cat", "/data");
        Files.write(bundle.folder().resolve("beside"), "beside the config");
        assertEquals("beside the config", bundle.run().ok());
    }

    @Test
    void aReadOnlyBindRefusesWrites(Sandbox box) {
        box.file("shared/a", "content");
        Result result = box.bundle().bind(box.dir().resolve("shared"), "/data", "ro").sh("cat /data/a; touch /data/b").run();
        assertEquals("content", result.exits(1).stdout());
        assertTrue(result.stderr().contains("Read-only file system"), result::toString);
    }

    @Test
    void aBindGetsTheFlagsThatAreAsked(Sandbox box) {
        box.file("shared/a", "content");
        MountInfo data = mountsOf(box.bundle().bind(box.dir().resolve("shared"), "/data", "nosuid", "nodev", "noexec", "noatime")).get("/data");
        assertTrue(data.has("rw", "nosuid", "nodev", "noexec", "noatime"), data::toString);
    }

    @ParameterizedTest
    @CsvSource({"ro,rw", "rro,ro"})
    void whatIsMountedBelowIsReadOnlyIfAskedRecursively(String option, String below, Sandbox box) {
        try (HostMount upper = HostMount.tmpfs(box.dir().resolve("upper")); HostMount lower = HostMount.tmpfs(upper.path().resolve("lower"))) {
            Map<String, MountInfo> mounts = mountsOf(box.bundle().bind(upper.path(), "/data", "rbind", option));
            assertTrue(mounts.get("/data").has("ro"));
            assertTrue(mounts.get("/data/lower").has(below), () -> lower.path() + ": " + mounts);
        }
    }

    @Test
    void aPlainBindLeavesOutWhatIsMountedBelow(Sandbox box) {
        try (HostMount upper = HostMount.tmpfs(box.dir().resolve("upper")); HostMount lower = HostMount.tmpfs(upper.path().resolve("lower"))) {
            assertFalse(mountsOf(box.bundle().bind(upper.path(), "/data")).containsKey("/data/lower"), lower.path()::toString);
        }
    }

    @Test
    void aTargetBehindASymbolicLinkStaysInsideTheRoot(Sandbox box) {
        Files.folder(box.dir().resolve("outside"));
        Bundle bundle = box.bundle().bind(box.file("shared/a", "content").getParent(), "/link/data").sh("cat /outside/data/a");
        Files.folder(bundle.rootfs("outside"));
        Files.link(bundle.rootfs("link"), "/../../../outside");
        assertEquals("content", bundle.run().ok());
    }

    // ---- others ----

    @Test
    void aTmpfsTakesItsSizeAndMode(Sandbox box) {
        Bundle bundle = box.bundle().mount("/scratch", "tmpfs", "tmpfs", "size=128k", "mode=1770");
        assertEquals("1770 drwxrwx--T\n128", bundle.sh("stat -c '%a %A' /scratch; df -k /scratch | tail -1 | awk '{print $2}'").run().ok());
    }

    @Test
    void laterMountsLieOverEarlierOnes(Sandbox box) {
        box.file("shared/a", "content");
        Bundle bundle = box.bundle().mount("/data", "tmpfs", "tmpfs").bind(box.dir().resolve("shared"), "/data/sub");
        assertEquals("content", bundle.args("cat", "/data/sub/a").run().ok());
    }

    @Test
    void eachCgroupHierarchyIsMounted(Sandbox box) {
        Map<String, MountInfo> mounts = mountsOf(box.bundle());
        if (dev.caisson.it.harness.Cgroups.areV1()) {
            assertEquals("cgroup", mounts.get("/sys/fs/cgroup/memory").type());
            assertTrue(mounts.get("/sys/fs/cgroup/pids").has("ro", "nosuid", "nodev", "noexec"));
        } else {
            assertEquals("cgroup2", mounts.get("/sys/fs/cgroup").type());
        }
    }

    // ---- propagation ----

    @ParameterizedTest
    @CsvSource({"rprivate,''", "private,''", "rshared,shared:", "shared,shared:", "rslave,master:", "slave,master:", "unbindable,unbindable"})
    void aBindHasThePropagationThatIsAsked(String option, String kind, Sandbox box) {
        try (HostMount source = HostMount.tmpfs(box.dir().resolve("source")).shared()) {
            String propagation = mountsOf(box.bundle().bind(source.path(), "/data", "rbind", option)).get("/data").propagation();
            assertTrue(kind.isEmpty() ? propagation.isEmpty() : propagation.startsWith(kind), propagation);
        }
    }

    @Test
    void whatTheHostMountsLaterReachesASlave(Sandbox box) {
        try (HostMount source = HostMount.tmpfs(box.dir().resolve("source")).shared();
                Container container = box.bundle().bind(source.path(), "/data", "rbind", "rslave").args("sleep", "1000").up("c");
                HostMount later = HostMount.tmpfs(source.path().resolve("later"))) {
            Files.write(later.path().resolve("a"), "content");
            assertEquals("content", container.sh("cat /data/later/a"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"private", "rprivate"})
    void aPrivateRootShowsNothingToAnybody(String propagation, Sandbox box) {
        assertEquals("", mountsOf(box.bundle().set("/linux/rootfsPropagation", propagation)).get("/").propagation());
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared", "rshared"})
    @OnlyCaisson("runc 1.1 makes its own copy of the root private again")
    void aSharedRootIsShared(String propagation, Sandbox box) {
        String found = mountsOf(box.bundle().set("/linux/rootfsPropagation", propagation)).get("/").propagation();
        assertTrue(found.startsWith("shared:"), found);
    }

    @Test
    void theHostSeesNoneOfTheContainersMounts(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            String seen = Files.text(Path.of("/proc/self/mountinfo"));
            assertFalse(seen.contains(box.dir().toString()), () -> container.id() + ": " + seen);
        }
    }
}
