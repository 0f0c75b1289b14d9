package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Cgroups;
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
import org.junit.jupiter.params.provider.ValueSource;

/** File systems of each kind: what they hold, and what happens where they can't be mounted. */
@RealContainers
class MountKindsTest {

    private static Map<String, MountInfo> mountsOf(Bundle bundle) {
        return MountInfo.parse(bundle.args("cat", "/proc/self/mountinfo").run().ok());
    }

    private static void refused(Sandbox box, Bundle bundle, String... parts) {
        Result result = bundle.command("create", "c").run().exits(1);
        for (String part : parts) {
            assertTrue(result.complaint().contains(part), result::toString);
        }
        box.assertNothingLeft();
    }

    // ---- tmpfs ----

    @Test
    void aTmpfsTakesTheModeOfWhatItHides(Sandbox box) {
        Bundle bundle = box.bundle().mount("/etc/private", "tmpfs", "tmpfs").mount("/etc/open", "tmpfs", "tmpfs", "mode=0701")
                .mount("/etc/new", "tmpfs", "tmpfs").mount("/etc/shut", "tmpfs", "tmpfs", "ro");
        Files.mode(Files.folder(bundle.rootfs("etc/private")), "rwx------");
        Files.mode(Files.folder(bundle.rootfs("etc/open")), "rwx------");
        Files.mode(Files.folder(bundle.rootfs("etc/shut")), "r-xr-x---");
        assertEquals("700\n701\n1777\n550",
                bundle.sh("stat -c %a /etc/private /etc/open /etc/new /etc/shut; touch /etc/shut/x 2>/dev/null && echo writable; true").run().ok());
    }

    @Test
    void sharedMemoryHasItsSize(Sandbox box) {
        assertEquals("64", box.bundle().mount("/dev/shm", "tmpfs", "shm", "nosuid", "mode=1777", "size=64k")
                .sh("df -k /dev/shm | tail -1 | awk '{print $2}'").run().ok());
    }

    @Test
    void aTmpfsTakesItsOwnersAndNumberOfFiles(Sandbox box) {
        Bundle bundle = box.bundle().mount("/data", "tmpfs", "tmpfs", "uid=12", "gid=34", "nr_inodes=3")
                .sh("stat -c '%u %g' /data; touch /data/a /data/b; touch /data/c 2>/dev/null || echo full");
        assertEquals("12 34\nfull", bundle.run().ok());
    }

    @Test
    void whatTheRootHasIsCopiedUp(Sandbox box) {
        Bundle bundle = box.bundle().mount("/data", "tmpfs", "tmpfs", "tmpcopyup").capabilities("CAP_DAC_OVERRIDE");
        Files.mode(Files.folder(bundle.rootfs("data")), "rwxr-x---");
        Files.write(bundle.rootfs("data/deep/er/file"), "content");
        Files.link(bundle.rootfs("data/link"), "deep/er/file");
        bundle.program("data/program", "#!/bin/sh\necho ran\n");
        run("chown", "12:34", bundle.rootfs("data/deep/er/file").toString());
        run("chown", "56:78", bundle.rootfs("data").toString());
        run("chmod", "4711", bundle.rootfs("data/program").toString());
        run("mkfifo", "-m", "640", bundle.rootfs("data/pipe").toString());
        run("mknod", "-m", "604", bundle.rootfs("data/null").toString(), "c", "1", "3");
        run("touch", "-d", "@1000", bundle.rootfs("data/deep/er/file").toString());
        assertEquals("content 12 34 644 1000\ndeep/er/file content\nran 4711\n640 fifo\n604 1 3\n750 56 78\nwritable\ntmpfs", bundle.sh("""
                cat /data/deep/er/file; stat -c ' %u %g %a %Y' /data/deep/er/file
                readlink /data/link | tr '\\n' ' '; cat /data/link; echo
                /data/program | tr '\\n' ' '; stat -c %a /data/program
                stat -c '%a %F' /data/pipe; stat -c '%a %t %T' /data/null; stat -c '%a %u %g' /data
                echo new > /data/deep/er/file && echo writable; stat -f -c %T /data""").run().ok());
        assertEquals("content", Files.text(bundle.rootfs("data/deep/er/file")), "the root itself is as it was");
    }

    @Test
    void extendedAttributesAreCopiedUp(Sandbox box) {
        Bundle bundle = box.bundle().mount("/data", "tmpfs", "tmpfs", "tmpcopyup").args("sleep", "1000");
        bundle.program("data/program", "");
        assumeTrue(tryRun("setfattr", "-n", "trusted.test", "-v", "value", bundle.rootfs("data/program").toString()),
                "setfattr is not installed, or the file system has no extended attributes");
        try (Container container = bundle.up("c")) {
            assertTrue(tryRun("getfattr", "-n", "trusted.test", "/proc/" + container.pid() + "/root/data/program"));
        }
    }

    @Test
    void aReadOnlyCopyIsWholeAndReadOnly(Sandbox box) {
        Bundle bundle = box.bundle().mount("/data", "tmpfs", "tmpfs", "tmpcopyup", "ro").writable();
        Files.write(bundle.rootfs("data/file"), "content");
        assertEquals("content", bundle.sh("cat /data/file; touch /data/new 2>/dev/null && echo writable; true").run().ok());
    }

    @Test
    void aFolderThatIsNotThereIsCopiedUpEmpty(Sandbox box) {
        assertEquals("1777", box.bundle().mount("/data", "tmpfs", "tmpfs", "tmpcopyup").sh("ls /data; stat -c %a /data").run().ok());
    }

    @Test
    void whatIsMountedThereIsCopiedUpToo(Sandbox box) {
        box.file("shared/a", "from the host");
        Bundle bundle = box.bundle().bind(box.dir().resolve("shared"), "/data/sub").mount("/data", "tmpfs", "tmpfs", "tmpcopyup")
                .sh("cat /data/sub/a; echo changed > /data/sub/a");
        assertEquals("from the host", bundle.run().ok());
        assertEquals("from the host", Files.text(box.dir().resolve("shared/a")));
    }

    /** Links out of the root are copied as links, and one at the destination leads to where it leads inside. */
    @Test
    void nothingOutsideTheRootIsCopiedUp(Sandbox box) {
        box.file("outside/secret", "secret");
        Bundle bundle = box.bundle().mount("/link", "tmpfs", "tmpfs", "tmpcopyup").writable();
        Path outside = box.dir().resolve("outside");
        Files.folder(bundle.rootfs("inside"));
        Files.link(bundle.rootfs("link"), "/../../../inside");
        Files.link(bundle.rootfs("inside/absolute"), outside.toString());
        Files.link(bundle.rootfs("inside/file"), outside.resolve("secret").toString());
        Files.link(bundle.rootfs("inside/relative"), "../../../outside");
        assertEquals("absolute\nfile\nrelative\n" + outside, bundle.sh("ls /inside; readlink /inside/absolute; cat /inside/*/secret 2>/dev/null; true").run().ok());
    }

    @Test
    void aCopyThatDoesNotFitFailsTheContainer(Sandbox box) {
        Bundle bundle = box.bundle().mount("/data", "tmpfs", "tmpfs", "tmpcopyup", "size=16k");
        Files.write(bundle.rootfs("data/file"), "x".repeat(100_000));
        refused(box, bundle, "/data", "tmpcopyup", "no space left on device");
    }

    @Test
    void aCopyIsTheContainersMemory(Sandbox box) {
        assumeTrue(Cgroups.areV1() && Cgroups.has("memory"), "memory.usage_in_bytes is v1's");
        Bundle bundle = box.bundle().mount("/data", "tmpfs", "tmpfs", "tmpcopyup").args("sleep", "1000");
        Files.write(bundle.rootfs("data/file"), "x".repeat(8 << 20));
        try (Container container = bundle.up("c")) {
            assertTrue(Long.parseLong(Cgroups.read("memory", bundle.cgroup(), "memory.usage_in_bytes")) > 8 << 20, container::id);
        }
    }

    @Test
    @OnlyCaisson("runc takes no notice")
    void onlyATmpfsCanBeCopiedUpTo(Sandbox box) {
        refused(box, box.bundle().bind(box.dir(), "/data", "tmpcopyup"), "mounts[7].options", "tmpcopyup");
    }

    // ---- others ----

    @Test
    void anOverlayShowsItsLayersAndWritesToTheUpperOne(Sandbox box) {
        box.file("lower/a", "lower");
        box.file("lower/b", "lower");
        box.file("upper/b", "upper");
        Files.folder(box.dir().resolve("work"));
        Bundle bundle = box.bundle().mount("/data", "overlay", "overlay", "lowerdir=" + box.dir().resolve("lower"),
                "upperdir=" + box.dir().resolve("upper"), "workdir=" + box.dir().resolve("work"));
        assertEquals("lowerupper", bundle.sh("cat /data/a /data/b; echo new > /data/a").run().ok());
        assertEquals("lower", Files.text(box.dir().resolve("lower/a")));
        assertEquals("new\n", Files.text(box.dir().resolve("upper/a")));
    }

    @Test
    void anOverlayMayHaveMoreLayersThanOneOptionOfTheNewMountApiHolds(Sandbox box) {
        StringBuilder layers = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            box.file("layer-with-quite-a-long-name-" + i + "/file-" + i, "" + i);
            layers.append(i == 0 ? "" : ":").append(box.dir().resolve("layer-with-quite-a-long-name-" + i));
        }
        assertTrue(layers.length() > 256);
        Bundle bundle = box.bundle().mount("/data", "overlay", "overlay", "lowerdir=" + layers, "nosuid", "noexec", "unbindable");
        assertEquals("12", bundle.sh("ls /data | wc -l").run().ok());
        MountInfo mount = mountsOf(bundle).get("/data");
        assertTrue(mount.has("nosuid", "noexec"), mount::toString);
        assertEquals("unbindable", mount.propagation());
    }

    @Test
    void aReadOnlyDeviceIsMounted(Sandbox box) throws Exception {
        assumeTrue(Files.text(Path.of("/proc/filesystems")).contains("squashfs"), "the kernel has no squashfs");
        box.file("image/a", "in the image");
        assumeTrue(tryRun("mksquashfs", box.dir().resolve("image").toString(), box.dir().resolve("image.sqfs").toString(), "-quiet"),
                "mksquashfs is not installed");
        Process losetup = new ProcessBuilder("losetup", "--find", "--show", "--read-only", box.dir().resolve("image.sqfs").toString()).start();
        String loop = new String(losetup.getInputStream().readAllBytes()).strip();
        assumeTrue(losetup.waitFor() == 0, "there is no loop device");
        try {
            // The container's own cgroup has a say in which devices are opened for it.
            assertEquals("in the image", box.bundle().add("/linux/resources/devices", Map.of("allow", true, "type", "b", "major", 7, "access", "r"))
                    .mount("/data", "squashfs", loop, "ro").args("cat", "/data/a").run().ok());
        } finally {
            run("losetup", "--detach", loop);
        }
    }

    @Test
    void messageQueuesAndSysfsAreTheContainersOwn(Sandbox box) {
        Map<String, MountInfo> mounts = mountsOf(box.bundle());
        assertEquals("mqueue", mounts.get("/dev/mqueue").type());
        assertEquals("sysfs", mounts.get("/sys").type());
        assertEquals("lo", box.bundle().sh("ls /sys/class/net").run().ok());
    }

    @Test
    void theUnifiedHierarchyIsMountedByItsType(Sandbox box) {
        assumeTrue(Files.text(Path.of("/proc/filesystems")).contains("cgroup2"), "the kernel has no cgroup v2");
        Bundle bundle = box.bundle().mount("/unified", "cgroup2", "cgroup2", "ro", "nosuid");
        assertEquals("cgroup2", mountsOf(bundle).get("/unified").type());
        assertEquals("there", bundle.sh("test -e /unified/cgroup.procs && echo there").run().ok());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw", "ro", "rro"})
    void cgroupsAreWritableIfAsked(String option, Sandbox box) {
        Bundle bundle = box.bundle().mount("/cg", "cgroup", "cgroup", option, "nosuid");
        String hierarchy = Cgroups.areV1() ? "/cg/pids" : "/cg";
        assertEquals(option.equals("rw") ? "made" : "", bundle.sh("mkdir " + hierarchy + "/x 2>/dev/null && rmdir " + hierarchy + "/x && echo made; true").run().ok());
    }

    // ---- destinations ----

    @Test
    void aRelativeDestinationStartsAtTheRoot(Sandbox box) {
        Bundle bundle = box.bundle().bind(box.file("a", "content"), "data/file").args("cat", "/data/file");
        Result result = bundle.run();
        assertEquals("content", result.ok());
        assertTrue(result.stderr().isEmpty() || result.stderr().contains("relative") || result.stderr().contains("not absolute"), result::toString);
    }

    @Test
    void aBoundDevIsTakenAsItIs(Sandbox box) {
        Path dev = Files.folder(box.dir().resolve("dev"));
        Files.write(dev.resolve("mine"), "content");
        Bundle bundle = box.bundle();
        bundle.set("/mounts", java.util.List.of(Map.of("destination", "/proc", "type", "proc", "source", "proc")));
        assertEquals("mine", bundle.bind(dev, "/dev", "ro").args("ls", "/dev").run().ok());
        assertEquals(java.util.List.of(dev.resolve("mine")), Files.in(dev));
    }

    @Test
    void aFolderWhoseNameLooksLikeDevIsNone(Sandbox box) {
        Path shared = box.file("shared/a", "content").getParent();
        assertEquals("content /dev/null", box.bundle().bind(shared, "/d/ev").sh("cat /d/ev/a; ls /dev/null | sed 's/^/ /'").run().ok());
    }

    // ---- what can't be mounted ----

    @Test
    void aFileSystemThatTheKernelDoesNotHaveIsNamed(Sandbox box) {
        refused(box, box.bundle().mount("/data", "nosuchfs", "none"), "mount nosuchfs on /data", "no such device");
    }

    @Test
    void anOptionThatTheFileSystemDoesNotHaveIsNamed(Sandbox box) {
        refused(box, box.bundle().mount("/data", "tmpfs", "tmpfs", "nosuchoption=1"), "mount tmpfs on /data", "nosuchoption", "invalid argument");
    }

    @Test
    void aSourceThatIsNotThereIsNamed(Sandbox box) {
        refused(box, box.bundle().bind(box.dir().resolve("nowhere"), "/data"), "mounts[7].source", "nowhere", "no such file or directory");
    }

    @Test
    void aDeviceThatIsNotThereIsNamed(Sandbox box) {
        refused(box, box.bundle().mount("/data", "ext4", "/dev/nowhere"), "mount ext4 on /data");
    }

    @Test
    void anOverlayWithoutALayerIsRefused(Sandbox box) {
        refused(box, box.bundle().mount("/data", "overlay", "overlay", "lowerdir=" + box.dir().resolve("nowhere")), "mount overlay on /data");
    }

    @Test
    void aFolderOverAFileIsRefused(Sandbox box) {
        Bundle bundle = box.bundle().bind(box.dir(), "/file");
        Files.write(bundle.rootfs("file"), "");
        refused(box, bundle, "/file", "not a directory");
        assertFalse(java.nio.file.Files.isDirectory(bundle.rootfs("file")));
    }

    private static void run(String... command) {
        assertTrue(tryRun(command), () -> String.join(" ", command));
    }

    private static boolean tryRun(String... command) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (java.io.IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
