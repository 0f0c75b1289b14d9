package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Canaries;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.Pty;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Root file systems whose maker wants the runtime to follow their symbolic links out (CVE-2019-16884, -19921, CVE-2021-30465,
 * CVE-2023-27561, CVE-2025-24965, -31133, -52565, -52881, CVE-2026-41579, -88264). Whatever becomes of the container, nothing outside is
 * created, changed, read or mounted over.
 */
@RealContainers
class HostileRootfsTest {

    /** How a link leads out. */
    private enum Way {
        ABSOLUTE, CLIMBING, CHAIN, OWN_ROOT, OWN_CWD, INITS_ROOT, DESCRIPTOR, DANGLING
    }

    /** What is a link. */
    private enum Place {
        DEV, DEV_WITHOUT_MOUNT, PROC, SYS, CGROUP, BIND_FOLDER, BIND_FOLDER_BELOW, BIND_FILE, BIND_FILE_BELOW, TMPFS, TMPFS_BELOW,
        DEVICE, DEVICE_FOLDER, MASKED_FILE, MASKED_FOLDER, READONLY_FILE, READONLY_FOLDER, CWD, CONSOLE, PTMX, PTS, PASSWD, PROGRAM,
        INTERPRETER
    }

    @ParameterizedTest
    @EnumSource
    void noLinkLeadsOut(Place place, Sandbox box) throws IOException {
        try (Canaries canaries = new Canaries(box)) {
            for (Way way : Way.values()) {
                Bundle bundle = box.bundle().writable().args("true");
                arrange(box, canaries, bundle, place, way);
                Result result = run(bundle);
                canaries.assertUntouched(place + " " + way + ": " + result);
                assertTrue(result.code() == 0 || result.stderr().lines().count() <= 1, result::toString);
            }
        }
        box.assertNothingLeft();
    }

    private static Result run(Bundle bundle) throws IOException {
        if (!bundle.config().at("/process/terminal").asBoolean()) {
            return bundle.run();
        }
        try (Pty pty = new Pty()) {
            return bundle.command("run", "c").terminal(pty).run();
        }
    }

    private static void arrange(Sandbox box, Canaries canaries, Bundle bundle, Place place, Way way) throws IOException {
        Path shared = Files.folder(box.dir().resolve("shared"));
        Path single = box.file("single", "content");
        switch (place) {
            case DEV -> link(canaries, bundle, "dev", "folder", way);
            case DEV_WITHOUT_MOUNT -> link(canaries, withoutMounts(bundle, "/dev"), "dev", "folder", way);
            case PROC -> link(canaries, bundle, "proc", "folder", way);
            case SYS -> link(canaries, bundle, "sys", "folder", way);
            case CGROUP -> {
                withoutMounts(bundle, "/sys").mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro");
                link(canaries, bundle, "sys/fs", "folder/fs", way);
            }
            case BIND_FOLDER -> link(canaries, bundle.bind(shared, "/data"), "data", "folder", way);
            case BIND_FOLDER_BELOW -> link(canaries, bundle.bind(shared, "/data/sub").bind(shared, "/data/new"), "data", "folder", way);
            case BIND_FILE -> link(canaries, bundle.bind(single, "/data"), "data", "file", way);
            case BIND_FILE_BELOW -> link(canaries, bundle.bind(single, "/data/secret").bind(single, "/data/new"), "data", "folder", way);
            case TMPFS -> link(canaries, bundle.mount("/data", "tmpfs", "tmpfs"), "data", "folder", way);
            case TMPFS_BELOW -> link(canaries, bundle.mount("/data/new", "tmpfs", "tmpfs"), "data", "folder", way);
            case DEVICE -> link(canaries, device(bundle, "/node"), "node", "file", way);
            case DEVICE_FOLDER -> link(canaries, device(bundle, "/nodes/null"), "nodes", "folder", way);
            case MASKED_FILE -> link(canaries, bundle.add("/linux/maskedPaths", "/hidden"), "hidden", "file", way);
            case MASKED_FOLDER -> link(canaries, bundle.add("/linux/maskedPaths", "/hidden"), "hidden", "folder", way);
            case READONLY_FILE -> link(canaries, bundle.add("/linux/readonlyPaths", "/hidden"), "hidden", "file", way);
            case READONLY_FOLDER -> link(canaries, bundle.add("/linux/readonlyPaths", "/hidden"), "hidden", "folder", way);
            case CWD -> link(canaries, bundle.set("/process/cwd", "/work/new"), "work", "folder", way);
            case CONSOLE -> link(canaries, ownDev(bundle), "dev/console", "file", way);
            case PTMX -> link(canaries, ownDev(bundle), "dev/ptmx", "file", way);
            case PTS -> link(canaries, withoutMounts(bundle, "/dev").terminal(), "dev/pts", "folder/pts", way);
            case PASSWD -> link(canaries, bundle.sh("test \"$HOME\" != /stolen"), "etc/passwd", "file", way);
            case PROGRAM -> link(canaries, bundle.args("/bin/tool", "echo", "escaped"), "bin/tool", "program", way);
            case INTERPRETER -> link(canaries, bundle.program("script", "#!/bin/tool sh\n").args("/script"), "bin/tool", "program", way);
        }
    }

    /** Puts a link to a canary in something's place. */
    private static void link(Canaries canaries, Bundle bundle, String place, String canary, Way way) throws IOException {
        Path link = bundle.rootfs(place);
        if (java.nio.file.Files.isDirectory(link, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            Files.remove(link);
        }
        java.nio.file.Files.deleteIfExists(link);
        String target = canaries.path(canary).toString();
        Files.link(link, switch (way) {
            case ABSOLUTE -> target;
            case CLIMBING -> "../../../../../../../../../../.." + target;
            case CHAIN -> {
                Files.link(bundle.rootfs("chain"), "/chain-2");
                Files.link(bundle.rootfs("chain-2"), "../../../../../../.." + target);
                yield "/chain";
            }
            case OWN_ROOT -> "/proc/self/root" + target;
            case OWN_CWD -> "/proc/self/cwd/outside/" + canary;
            case INITS_ROOT -> "/proc/1/root" + target;
            case DESCRIPTOR -> "/proc/self/fd/200/../../../outside/" + canary;
            case DANGLING -> canaries.path("not-there").toString();
        });
    }

    private static Bundle withoutMounts(Bundle bundle, String beneath) {
        ArrayNode kept = Json.array();
        for (JsonNode mount : bundle.config().get("mounts")) {
            if (!mount.get("destination").asText().startsWith(beneath)) {
                kept.add(mount);
            }
        }
        return bundle.set("/mounts", kept);
    }

    /** With the rootfs's own /dev, but for a real devpts. */
    private static Bundle ownDev(Bundle bundle) {
        return withoutMounts(bundle, "/dev").mount("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666").terminal();
    }

    private static Bundle device(Bundle bundle, String path) {
        return bundle.add("/linux/devices", Map.of("path", path, "type", "c", "major", 1, "minor", 3, "uid", 5, "gid", 5));
    }

    // ---- what a link inside would turn against the container's own protection ----

    @ParameterizedTest
    @ValueSource(strings = {"dev", "proc", "sys"})
    @OnlyCaisson("runc 1.1 follows /dev")
    void noFolderOfTheKernelsIsReachedByALink(String name, Sandbox box) throws IOException {
        Bundle bundle = box.bundle().args("true");
        Files.remove(bundle.rootfs(name));
        Files.link(bundle.rootfs(name), "/tmp");
        Result result = bundle.run().exits(1);
        assertTrue(result.stderr().contains("no symlink leads to /" + name + ": too many levels of symbolic links"), result::toString);
        assertEquals(List.of(), Files.in(bundle.rootfs("tmp")));
        box.assertNothingLeft();
    }

    @Test
    void aDeviceIsNotMadeInAVolumeThatALinkLeadsTo(Sandbox box) {
        Path volume = Files.folder(box.dir().resolve("volume"));
        Bundle bundle = device(box.bundle().bind(volume, "/volume"), "/nodes/disk").args("true");
        Files.link(bundle.rootfs("nodes"), "/volume");
        Result result = bundle.run();
        assertEquals(List.of(), Files.in(volume), result::toString);
    }

    @Test
    void theConsoleDoesNotLieOverAFileOfTheContainers(Sandbox box) throws IOException {
        Bundle bundle = ownDev(box.bundle().sh("stat -c %F /etc/group; sleep 0.1"));
        Files.link(bundle.rootfs("dev/console"), "/etc/group");
        try (Pty pty = new Pty()) {
            Result result = bundle.command("run", "c").terminal(pty).run();
            assertFalse(pty.screen().contains("character"), pty::screen);
            assertEquals(1, result.code(), pty::screen);
        }
    }

    /** The container's /dev/null is not what files are masked with (CVE-2025-31133). */
    @Test
    void maskingTrustsNothingOfTheContainers(Sandbox box) throws IOException {
        try (Canaries canaries = new Canaries(box)) {
            Bundle bundle = withoutMounts(box.bundle(), "/dev").writable().program("secret", "secret").add("/linux/maskedPaths", "/secret");
            Files.link(bundle.rootfs("dev/zero"), "/secret");
            Files.write(bundle.rootfs("dev/null"), "no device");
            Result refused = bundle.sh("cat /secret").run().exits(1);
            assertTrue(refused.stderr().contains("/dev/"), refused::toString);
            java.nio.file.Files.delete(bundle.rootfs("dev/zero"));
            java.nio.file.Files.delete(bundle.rootfs("dev/null"));
            assertEquals("character special file 1:3", bundle.sh("stat -c '%F %t:%T' /secret").run().ok());
            canaries.assertUntouched("masks");
        }
    }

    @Test
    void aMaskedLinkMasksWhatItLeadsTo(Sandbox box) {
        Bundle bundle = box.bundle().program("etc/real", "secret").add("/linux/maskedPaths", "/link");
        Files.link(bundle.rootfs("link"), "../../etc/real");
        assertEquals("0 0", bundle.sh("echo $(cat /link | wc -c) $(cat /etc/real | wc -c)").run().ok());
    }

    @Test
    void mountsOnAParentThatAnEarlierMountReplacedStayInside(Sandbox box) throws IOException {
        try (Canaries canaries = new Canaries(box)) {
            Path volume = Files.folder(box.dir().resolve("volume"));
            Files.link(volume.resolve("link"), canaries.path("folder").toString());
            Files.link(volume.resolve("up"), "../../../../../.." + canaries.path("folder"));
            Path source = box.file("source/a", "content").getParent();
            Bundle bundle = box.bundle().bind(volume, "/volume").bind(source, "/volume/link/sub").bind(source, "/volume/up/deep/er")
                    .mount("/volume/link/shm", "tmpfs", "tmpfs").writable();
            assertEquals("content\ncontent", bundle.sh("cat /volume/link/sub/a; echo; cat /volume/up/deep/er/a").run().ok());
            canaries.assertUntouched("mounts");
        }
    }

    // ---- /etc/passwd ----

    @Test
    void aHomeIsNotLookedForInWhatIsNoFile(Sandbox box) throws IOException {
        Bundle bundle = box.bundle().sh("echo $HOME");
        Path passwd = bundle.rootfs("etc/passwd");
        java.nio.file.Files.delete(passwd);
        for (String target : List.of("/dev/zero", "/dev/tty", "/proc/self/environ", "/proc/self/fd/0", "passwd", "/proc/kmsg", "/etc")) {
            Files.link(passwd, target);
            assertEquals("/", bundle.run().ok(), target);
            java.nio.file.Files.delete(passwd);
        }
        assertEquals(0, new ProcessBuilder("mkfifo", passwd.toString()).start().onExit().join().exitValue());
        assertEquals("/", bundle.run().ok(), "a fifo");
    }

    @Test
    void aHugePasswdIsNotReadToItsEnd(Sandbox box) throws IOException {
        Bundle bundle = box.bundle().sh("echo $HOME");
        Files.write(bundle.rootfs("etc/passwd"), "");
        try (java.io.RandomAccessFile passwd = new java.io.RandomAccessFile(bundle.rootfs("etc/passwd").toFile(), "rw")) {
            passwd.setLength(1L << 40);
            passwd.seek(passwd.length());
            passwd.write("\nroot:x:0:0::/far:/bin/sh\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        assertEquals("/", bundle.run().ok());
        Files.write(bundle.rootfs("etc/passwd"), "a:".repeat(500_000) + "\nroot:x:0:0::/near:/bin/sh\n");
        assertEquals("/near", bundle.run().ok());
    }

    // ---- ways in by descriptor (CVE-2024-21626) ----

    @Test
    void noWorkingDirectoryOfAnExecutedProcessLiesBehindADescriptor(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            for (int fd = 0; fd < 212; fd = fd == 8 ? 199 : fd + 1) {
                for (String path : List.of("", "/../../..")) {
                    Result result = box.command("exec", "--cwd", "/proc/self/fd/" + fd + path, container.id(), "sh", "-c", "pwd; ls -d etc/passwd")
                            .redirected("3</ 7</etc 8</").run();
                    assertTrue(result.code() != 0 || result.stdout().startsWith("/\n"), result::toString);
                }
            }
        }
    }

    @Test
    void noProgramIsFoundBehindADescriptor(Sandbox box) {
        for (int fd = 0; fd < 212; fd = fd == 8 ? 199 : fd + 1) {
            for (String path : List.of("", "/../../../../../../bin/dash")) {
                Result result = box.bundle().args("/proc/self/fd/" + fd + path, "-c", "echo escaped").command("run", "c")
                        .redirected("3</ 7</bin/dash 8</").run();
                assertFalse(result.stdout().contains("escaped"), result::toString);
                assertTrue(result.code() != 0, result::toString);
            }
        }
    }
}
