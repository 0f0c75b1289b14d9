package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Command;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import dev.caisson.it.harness.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A hostile container can't overwrite the runtime that enters it (CVE-2019-5736), nor leave its root by what it holds (CVE-2024-21626). */
@RealContainers
class SealTest {

    private static final String CAPABILITIES = "CAP_DAC_OVERRIDE,CAP_SYS_PTRACE,CAP_FOWNER,CAP_KILL";

    /**
     * Tries to write to every process's executable that is not the container's own, through its name and through a descriptor that was
     * opened for reading before.
     */
    private static final String ATTACK = """
            echo ready
            while :; do
              for process in /proc/[0-9]*; do
                case "$(readlink $process/exe)" in
                  */busybox|'') ;;
                  *) if (: >> $process/exe) 2>/dev/null; then echo OPENED $(readlink $process/exe); fi
                     if (exec 9< $process/exe; : >> /proc/self/fd/9) 2>/dev/null; then echo OPENED again; fi ;;
                esac
              done
            done
            """;

    private String before;

    @BeforeEach
    void remember() throws IOException, NoSuchAlgorithmException {
        before = hash();
    }

    @AfterEach
    void theRuntimeIsWhatItWas() throws IOException, NoSuchAlgorithmException {
        assertEquals(before, hash(), "the runtime was overwritten");
    }

    private static String hash() throws IOException, NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(Target.path().toRealPath())));
    }

    private static Bundle privileged(Sandbox box) {
        return box.bundle().writable().capabilities(CAPABILITIES.split(",")).set("/process/noNewPrivileges", false);
    }

    @Test
    void aContainerCannotWriteToWhatEntersIt(Sandbox box) {
        try (Container container = privileged(box).sh(ATTACK).up("c")) {
            dev.caisson.it.harness.Await.until("the attack goes on", () -> container.output().contains("ready"));
            for (int i = 0; i < 30; i++) {
                container.exec("true").ok();
            }
            assertEquals("ready", container.output());
        }
    }

    @Test
    void anEntrypointThatIsTheRuntimeItselfCannotWriteToIt(Sandbox box) {
        Bundle bundle = privileged(box).args("/proc/self/exe", "--version");
        bundle.command("run", "c").start().await();
    }

    @Test
    void aScriptOfTheRuntimeItselfCannotWriteToIt(Sandbox box) {
        Bundle bundle = privileged(box).program("entry", "#!/proc/self/exe --version\n").args("/entry");
        bundle.command("run", "c").start().await();
    }

    @Test
    void aContainerWaitingToBeStartedCannotBeWrittenToFromWithin(Sandbox box) {
        // Both share a pid namespace, so that the first one sees the runtime's process of the second.
        try (Container attacker = privileged(box).sh(ATTACK).up("attacker")) {
            dev.caisson.it.harness.Await.until("the attack goes on", () -> attacker.output().contains("ready"));
            String path = "/proc/" + attacker.pid() + "/ns/pid";
            for (int i = 0; i < 5; i++) {
                try (Container other = box.bundle().namespace("pid", path).args("true").create("other")) {
                    dev.caisson.it.harness.Await.pause(50);
                    other.start();
                }
            }
            assertEquals("ready", attacker.output());
        }
    }

    @Test
    void noDescriptorLeadsOutOfTheRoot(Sandbox box) {
        Bundle bundle = box.bundle().sh("for fd in /proc/1/fd/*; do readlink $fd; done; ls -d /proc/1/fd/*/etc 2>/dev/null; true");
        try (Running run = bundle.command("run", "c").redirected("3</ 7</etc 8</").start()) {
            String found = run.await().ok();
            assertFalse(found.contains("/etc"), found);
        }
    }

    @Test
    void aWorkingDirectoryBehindADescriptorIsRefused(Sandbox box) {
        for (int fd = 3; fd < 12; fd++) {
            Command command = box.bundle().set("/process/cwd", "/proc/self/fd/" + fd).sh("cat etc/hostname; pwd").command("run", "c");
            dev.caisson.it.harness.Result result = command.redirected(fd < 10 ? fd + "</" : "3</").run();
            assertTrue(result.code() != 0, result::toString);
            assertEquals("", result.stdout());
        }
    }

    @Test
    void theBinaryLiesWhereNoContainerHasIt(Sandbox box) {
        Path runtime = Target.path();
        assertFalse(box.bundle().sh("ls -R / 2>/dev/null | grep -x " + runtime.getFileName()).run().stdout().contains(runtime.getFileName() + "\n"));
    }
}
