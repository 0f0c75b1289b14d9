package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Attacker;
import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Canaries;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Pty;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.api.Test;

/**
 * Folders and symbolic links that take each other's places, again and again, while containers are made and entered (CVE-2021-30465,
 * CVE-2019-19921, CVE-2025-31133, CVE-2025-52565). A container comes about or doesn't; nothing outside is touched either way.
 */
@RealContainers
class RacingRootfsTest {

    private static final int ROUNDS = 15;

    /** What is done on the path that changes. */
    private enum Use {
        BIND_FOLDER(bundle -> bundle.bind(Path.of("/usr/lib"), "/volume/data/sub").bind(Path.of("/usr/lib"), "/volume/data/new/deep")),
        BIND_FILE(bundle -> bundle.bind(Path.of("/etc/hostname"), "/volume/data/secret").bind(Path.of("/etc/hostname"), "/volume/data/a/b")),
        TMPFS(bundle -> bundle.mount("/volume/data/sub", "tmpfs", "tmpfs").mount("/volume/data/other/one", "tmpfs", "tmpfs")),
        PROC(bundle -> bundle.mount("/volume/data/proc", "proc", "proc")),
        CGROUP(bundle -> bundle.mount("/volume/data/fs/cgroup", "cgroup", "cgroup", "ro")),
        DEVICE(bundle -> bundle.add("/linux/devices", Map.of("path", "/volume/data/node", "type", "c", "major", 1, "minor", 3, "uid", 7))),
        MASKED(bundle -> bundle.add("/linux/maskedPaths", "/volume/data/secret").add("/linux/maskedPaths", "/volume/data/sub")),
        READONLY(bundle -> bundle.add("/linux/readonlyPaths", "/volume/data/secret").add("/linux/readonlyPaths", "/volume/data")),
        CWD(bundle -> bundle.set("/process/cwd", "/volume/data/work/deep"));

        private final Consumer<Bundle> configure;

        Use(Consumer<Bundle> configure) {
            this.configure = configure;
        }
    }

    /** The volume of two containers, the hostile one of which exchanges a folder of it with a link that leads out. */
    private static Path volume(Sandbox box, Canaries canaries) {
        Path volume = Files.folder(box.dir().resolve("volume"));
        Files.folder(volume.resolve("data/sub"));
        Files.folder(volume.resolve("data/fs"));
        Files.write(volume.resolve("data/secret"), "inside");
        Files.link(volume.resolve("link"), canaries.path("folder").toString());
        return volume;
    }

    private static Container swapper(Sandbox box, Path volume, String one, String other) {
        Container container = Attacker.into(box, box.bundle().bind(volume, "/volume")).args("/bin/attacker", "swap", one, other).up("swapper");
        Await.until("the exchange goes on", () -> container.output().contains("ready"));
        return container;
    }

    @ParameterizedTest
    @EnumSource
    void nothingOutsideIsTouchedThroughASharedVolume(Use use, Sandbox box) throws IOException {
        try (Canaries canaries = new Canaries(box)) {
            Path volume = volume(box, canaries);
            int made = 0;
            try (Container swapper = swapper(box, volume, "/volume/data", "/volume/link")) {
                Bundle bundle = box.bundle().writable().bind(volume, "/volume").args("true");
                use.configure.accept(bundle);
                for (int i = 0; i < ROUNDS; i++) {
                    Result result = bundle.run();
                    canaries.assertUntouched(use + ", round " + i + ": " + result);
                    assertTrue(result.code() == 0 || result.stderr().lines().count() == 1, result::toString);
                    made += result.code() == 0 ? 1 : 0;
                }
                assertEquals("running", swapper.status(), swapper::output);
            }
            assertTrue(made > 0 || use == Use.DEVICE, "no container was ever made");
        }
        box.assertNothingLeft();
    }

    /** The rootfs itself changes, by the hand of someone who has it too: another container of the same one, say. */
    @ParameterizedTest
    @EnumSource(names = {"BIND_FOLDER", "MASKED", "CWD"})
    void nothingOutsideIsTouchedInARootfsThatChanges(Use use, Sandbox box) throws IOException {
        try (Canaries canaries = new Canaries(box)) {
            Bundle bundle = box.bundle().writable().args("true");
            use.configure.accept(bundle);
            Files.folder(bundle.rootfs("volume/data/sub"));
            Files.write(bundle.rootfs("volume/data/secret"), "inside");
            Files.folder(bundle.rootfs("link"));
            Files.link(bundle.rootfs("link/data"), "../../outside/folder");
            race(box, canaries, bundle, "volume", "link");
        }
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(strings = {"dev", "proc", "sys", "etc"})
    void nothingOutsideIsTouchedByTheKernelsFolders(String folder, Sandbox box) throws IOException {
        try (Canaries canaries = new Canaries(box)) {
            Bundle bundle = box.bundle().writable().args("true").bind(Path.of("/etc/hostname"), "/etc/hostname");
            Files.link(bundle.rootfs("link"), canaries.path("folder").toString());
            race(box, canaries, bundle, folder, "link");
        }
    }

    private static void race(Sandbox box, Canaries canaries, Bundle bundle, String one, String other) {
        try (Running swapper = Attacker.swap(box, bundle.rootfs(one), bundle.rootfs(other))) {
            for (int i = 0; i < ROUNDS; i++) {
                Result result = bundle.run();
                canaries.assertUntouched("round " + i + ": " + result);
                assertTrue(result.code() == 0 || result.stderr().lines().count() == 1, result::toString);
            }
            assertTrue(swapper.isAlive(), swapper::stdout);
        }
    }

    /** Wherever the kernel's files come to lie while folders change places: they are hidden there, and can't be written to. */
    @Test
    void theKernelsFilesAreHiddenWhateverIsRenamed(Sandbox box) throws IOException {
        for (int i = 0; i < ROUNDS; i++) {
            Bundle bundle = box.bundle().sh("""
                    for folder in /proc /fake; do
                      if test "$(stat -f -c %t $folder)" = 9fa0; then
                        cat $folder/keys | wc -c
                        if (echo h > $folder/sysrq-trigger) 2>/dev/null; then echo written; fi
                      fi
                    done
                    ls -A /sys/firmware /fake/firmware 2>/dev/null | grep -v :
                    true""");
            Files.folder(bundle.rootfs("fake"));
            Files.write(bundle.rootfs("fake/keys"), "");
            Result result;
            try (Running _ = Attacker.swap(box, bundle.rootfs(i % 2 == 0 ? "proc" : "sys"), bundle.rootfs("fake"))) {
                result = bundle.command("create", "c").run();
            }
            if (result.code() == 0) {
                try (Container container = bundle.opened(box.command("list"), "c")) {
                    container.start();
                    container.awaitStatus("stopped");
                }
                assertTrue(result.stdout().equals("0\n") || result.stdout().isEmpty(), result::toString);
            }
        }
    }

    @Test
    void whatJoinsAContainerStaysInIt(Sandbox box) throws IOException {
        try (Canaries canaries = new Canaries(box)) {
            Path volume = volume(box, canaries);
            Files.link(volume.resolve("up"), "/proc/self/root/../../.." + canaries.path("folder"));
            try (Container swapper = swapper(box, volume, "/volume/data", "/volume/up")) {
                for (int i = 0; i < ROUNDS; i++) {
                    Result result = box.run("exec", "--cwd", "/volume/data", swapper.id(), "sh", "-c", "pwd; ls");
                    canaries.assertUntouched("round " + i + ": " + result);
                    assertTrue(result.code() != 0 || result.stdout().startsWith("/volume/"), result::toString);
                }
            }
        }
    }

    /** A container that has made something else of its /dev/pts. */
    @Test
    void noTerminalIsTakenFromAnythingButADevpts(Sandbox box) throws IOException {
        Bundle bundle = box.bundle().writable().args("sleep", "1000").capabilities("CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_MKNOD");
        bundle.add("/linux/resources/devices", Map.of("allow", true, "type", "c", "access", "rwm"));
        try (Container container = bundle.up("swapper")) {
            container.sh("umount /dev/pts; rmdir /dev/pts; mkdir /dev/fake /dev/one /dev/other; echo no > /dev/fake/ptmx;"
                    + " mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/one; mknod /dev/other/ptmx p; ln -s one /dev/link");
            for (String pts : new String[] {"other", "fake", "link", "nowhere"}) {
                container.sh("rm -f /dev/pts; ln -s " + pts + " /dev/pts");
                refuseTerminal(box, container);
            }
            container.sh("rm -f /dev/pts; mkdir /dev/pts; mknod /dev/pts/ptmx c 5 2");
            refuseTerminal(box, container);
        }
    }

    private static void refuseTerminal(Sandbox box, Container container) throws IOException {
        try (Pty pty = new Pty()) {
            Result result = box.command("exec", "--tty", container.id(), "true").terminal(pty).run();
            assertTrue(result.code() != 0, () -> container.sh("ls -lR /dev") + pty.screen());
        }
    }
}
