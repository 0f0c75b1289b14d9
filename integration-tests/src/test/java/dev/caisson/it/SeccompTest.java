package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import dev.caisson.it.harness.Target;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** linux.seccomp: what a filter stops and lets through, seen from inside. */
@RealContainers
class SeccompTest {

    private static final String FILTERED = "grep '^Seccomp:' /proc/self/status | tr -dc 0-9";

    private static Map<String, Object> deny(String action, String... calls) {
        return Map.of("defaultAction", "SCMP_ACT_ALLOW", "syscalls", List.of(Map.of("names", List.of(calls), "action", action)));
    }

    @Test
    void aDeniedCallFailsAndAnotherPasses(Sandbox box) {
        Bundle bundle = box.bundle().set("/linux/seccomp", deny("SCMP_ACT_ERRNO", "mkdir", "mkdirat"));
        assertEquals("2 denied",
                bundle.sh(FILTERED + "; mkdir /dev/shm/x 2>/dev/null || echo ' denied'; touch /dev/shm/y").run().ok());
    }

    @Test
    void theErrnoIsTheProfiles(Sandbox box) {
        Bundle bundle = box.bundle().set("/linux/seccomp", Map.of("defaultAction", "SCMP_ACT_ALLOW", "syscalls",
                List.of(Map.of("names", List.of("mkdir", "mkdirat"), "action", "SCMP_ACT_ERRNO", "errnoRet", 28))));
        assertTrue(bundle.sh("mkdir /dev/shm/x 2>&1; true").run().ok().contains("No space left"));
    }

    @Test
    void aKilledProcessSaysSoInItsCode(Sandbox box) {
        Result result = box.bundle().set("/linux/seccomp", deny("SCMP_ACT_KILL_PROCESS", "mkdir", "mkdirat"))
                .args("mkdir", "/dev/shm/x").run();
        result.exits(128 + 31); // SIGSYS
    }

    @Test
    void itHoldsWithAndWithoutNewPrivilegesAndForAnyUser(Sandbox box) {
        for (boolean noNewPrivileges : new boolean[] {false, true}) {
            for (int user : new int[] {0, 1000}) {
                Bundle bundle = box.bundle().set("/linux/seccomp", deny("SCMP_ACT_ERRNO", "mkdir", "mkdirat")).user(user, user)
                        .set("/process/noNewPrivileges", noNewPrivileges);
                assertEquals("2 denied", bundle.sh(FILTERED + "; mkdir /dev/shm/x 2>/dev/null || echo ' denied'").run().ok());
            }
        }
    }

    @Test
    void theCapabilityThatLoadsItIsNotLeftBehind(Sandbox box) {
        Bundle bundle = box.bundle().set("/linux/seccomp", deny("SCMP_ACT_ERRNO", "mkdir")).set("/process/noNewPrivileges", false)
                .capabilities("CAP_KILL").sh("grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status | tr -d '\\t'");
        assertEquals(List.of("CapPrm:0000000000000020", "CapEff:0000000000000020", "CapBnd:0000000000000020"), bundle.run().lines());
    }

    @Test
    void executedProcessesAreFilteredToo(Sandbox box) {
        Bundle bundle = box.bundle().set("/linux/seccomp", deny("SCMP_ACT_ERRNO", "mkdir", "mkdirat")).args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            assertEquals("2 denied", container.sh(FILTERED + "; mkdir /dev/shm/x 2>/dev/null || echo ' denied'"));
        }
    }

    /** With a capability that would allow what the profile stops. */
    @ParameterizedTest
    @CsvSource({"docker-run,true", "podman-run,false"}) // Podman lets containers mount
    void theClientsProfilesLetThroughAndStop(String client, boolean stopsMounts, Sandbox box) {
        Path file = Target.above("shared/contract/" + client + ".config.json").orElse(null);
        assumeTrue(file != null, "what clients send is not beside this checkout");
        Bundle bundle = box.bundle().capabilities("CAP_SYS_ADMIN").sh("""
                mkdir /dev/shm/a && ln -s a /dev/shm/b && cat /proc/self/stat > /dev/shm/a/c && chmod 600 /dev/shm/a/c && echo allowed
                mount -t tmpfs none /tmp 2>/dev/null || echo no mount
                hostname other 2>/dev/null || echo no hostname
                (sleep 0.01 & wait) && echo children""");
        assertEquals("allowed\nchildren", bundle.run().ok());
        bundle.set("/linux/seccomp", Json.read(Files.text(file)).at("/linux/seccomp"));
        assertEquals("allowed\n" + (stopsMounts ? "no mount\n" : "") + "no hostname\nchildren", bundle.run().ok());
    }

    @Test
    @OnlyCaisson("runc words it in its own way")
    void aBadProfileIsRefusedByItsField(Sandbox box) {
        Bundle bundle = box.bundle().set("/linux/seccomp", Map.of("defaultAction", "SCMP_ACT_ALLOW", "architectures", List.of("SCMP_ARCH_PDP11")));
        assertTrue(bundle.command("create", "c").run().exits(1).stderr().contains("linux.seccomp.architectures[0]"));
        box.assertNothingLeft();
    }
}
