package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Sandbox;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The container's process, as config.json describes it. */
@RealContainers
class ProcessTest {

    // ---- arguments, environment, working directory ----

    @Test
    void aProgramIsSearchedForInThePathInsideTheRoot(Sandbox box) {
        Bundle bundle = box.bundle().program("opt/tools/greet", "#!/bin/sh\necho greetings from $0\n");
        assertEquals("greetings from /opt/tools/greet",
                bundle.set("/process/env", List.of("PATH=/nowhere:/opt/tools:/bin")).args("greet").run().ok());
    }

    @Test
    void aProgramIsFoundByARelativePath(Sandbox box) {
        Bundle bundle = box.bundle().program("opt/greet", "#!/bin/sh\necho hello\n").set("/process/cwd", "/opt");
        assertEquals("hello", bundle.args("./greet").run().ok());
    }

    @Test
    void argumentsArriveAsTheyAre(Sandbox box) {
        assertEquals("[a b] [] [$HOME] [ä\n] [--]",
                box.bundle().args("sh", "-c", "printf '[%s] [%s] [%s] [%s] [%s]' \"$@\"", "sh", "a b", "", "$HOME", "ä\n", "--").run().ok());
    }

    @Test
    void theEnvironmentIsTheConfiguredOneAndHome(Sandbox box) {
        Bundle bundle = box.bundle().set("/process/env", List.of("PATH=/bin", "A=b c", "EMPTY=")).args("env");
        assertEquals(List.of("A=b c", "EMPTY=", "HOME=/root", "PATH=/bin"), bundle.run().lines().stream().sorted().toList());
    }

    @Test
    void nothingOfTheCallersEnvironmentGetsIn(Sandbox box) {
        assertFalse(box.bundle().args("env").command("run", "c").env("LEAK", "1").run().ok().contains("LEAK"));
    }

    @Test
    void homeIsTheUsersInTheContainersPasswd(Sandbox box) {
        assertEquals("/home/app", box.bundle().user(1000, 1000).sh("echo $HOME").run().ok());
        assertEquals("/", box.bundle().user(4321, 4321).sh("echo $HOME").run().ok());
        assertEquals("/mine", box.bundle().user(1000, 1000).env("HOME=/mine").sh("echo $HOME").run().ok());
    }

    @Test
    void theWorkingDirectoryIsTheConfiguredOne(Sandbox box) {
        assertEquals("/home/app", box.bundle().set("/process/cwd", "/home/app").args("pwd").run().ok());
    }

    @Test
    void aMissingWorkingDirectoryIsMade(Sandbox box) {
        assertEquals("/not/yet/there", box.bundle().writable().set("/process/cwd", "/not/yet/there").args("pwd").run().ok());
    }

    // ---- identity ----

    @Test
    void itHasTheConfiguredIds(Sandbox box) {
        assertEquals("1000:1001:1001 44 2000", box.bundle().user(1000, 1001, 44, 2000).sh("echo $(id -u):$(id -g):$(id -G)").run().ok());
    }

    @Test
    void itHasNoOtherGroupsThanTheConfiguredOnes(Sandbox box) {
        assertEquals("Groups:", box.bundle().sh("grep Groups: /proc/self/status").run().ok());
    }

    @Test
    void filesAreMadeWithTheConfiguredUmask(Sandbox box) {
        assertEquals("0027", box.bundle().set("/process/user/umask", 027).sh("umask").run().ok());
        assertEquals("0022", box.bundle().sh("umask").run().ok());
    }

    // ---- capabilities ----

    private static final String BOUND = mask(1, 5, 10, 29, 7, 6);

    @Test
    void aUserHasTheAmbientCapabilities(Sandbox box) {
        Bundle bundle = box.bundle().user(1000, 1000)
                .set("/process/capabilities/bounding", List.of("CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_AUDIT_WRITE", "CAP_SETUID", "CAP_SETGID"))
                .set("/process/capabilities/permitted", List.of("CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_AUDIT_WRITE"))
                .set("/process/capabilities/effective", List.of("CAP_KILL"))
                .set("/process/capabilities/inheritable", List.of("CAP_KILL", "CAP_NET_BIND_SERVICE"))
                .set("/process/capabilities/ambient", List.of("CAP_KILL"));
        Map<String, String> sets = sets(bundle);
        assertEquals(BOUND, sets.get("CapBnd"));
        assertEquals(mask(5, 10), sets.get("CapInh"));
        assertEquals(mask(5), sets.get("CapAmb"));
        assertEquals(mask(5), sets.get("CapPrm"), "what a program without file capabilities keeps is the ambient set");
        assertEquals(mask(5), sets.get("CapEff"));
    }

    @Test
    void rootHasTheBoundingSet(Sandbox box) {
        Bundle bundle = box.bundle().capabilities("CAP_CHOWN", "CAP_KILL").without("/process/capabilities/ambient");
        Map<String, String> sets = sets(bundle);
        for (String set : List.of("CapBnd", "CapPrm", "CapEff", "CapInh")) {
            assertEquals(mask(0, 5), sets.get(set), set);
        }
        assertEquals(mask(), sets.get("CapAmb"));
    }

    @Test
    void withoutCapabilitiesThereAreNone(Sandbox box) {
        Map<String, String> sets = sets(box.bundle().capabilities());
        for (Map.Entry<String, String> set : sets.entrySet()) {
            assertEquals(mask(), set.getValue(), set.getKey());
        }
    }

    private static Map<String, String> sets(Bundle bundle) {
        Map<String, String> sets = new HashMap<>();
        for (String line : bundle.args("grep", "^Cap", "/proc/self/status").run().lines()) {
            sets.put(line.split(":")[0], line.split(":")[1].strip());
        }
        return sets;
    }

    private static String mask(int... capabilities) {
        long mask = 0;
        for (int capability : capabilities) {
            mask |= 1L << capability;
        }
        return "%016x".formatted(mask);
    }

    // ---- limits and the rest ----

    @Test
    void itHasTheConfiguredLimits(Sandbox box) {
        Bundle bundle = box.bundle().set("/process/rlimits", List.of(Map.of("type", "RLIMIT_NOFILE", "soft", 77, "hard", 88),
                Map.of("type", "RLIMIT_CORE", "soft", 0, "hard", 0), Map.of("type", "RLIMIT_FSIZE", "soft", 4096, "hard", 8192)));
        assertEquals("77 88 0 0", bundle.sh("echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -Sc) $(ulimit -Hc)").run().ok());
        assertTrue(bundle.sh("grep 'Max file size' /proc/self/limits").run().ok().matches("Max file size +4096 +8192 +bytes"));
    }

    @Test
    void newPrivilegesAreForbiddenIfAsked(Sandbox box) {
        assertEquals("NoNewPrivs:\t1", box.bundle().args("grep", "NoNewPrivs", "/proc/self/status").run().ok());
        assertEquals("NoNewPrivs:\t0",
                box.bundle().set("/process/noNewPrivileges", false).args("grep", "NoNewPrivs", "/proc/self/status").run().ok());
    }

    @Test
    void itHasTheConfiguredOomScore(Sandbox box) {
        assertEquals("345", box.bundle().set("/process/oomScoreAdj", 345).args("cat", "/proc/self/oom_score_adj").run().ok());
    }

    @Test
    void signalsAreNeitherBlockedNorIgnoredThoughTheCallerDoesSo(Sandbox box) {
        List<String> masks = box.bundle().sh("grep -E 'SigBlk|SigIgn' /proc/self/status | cut -f2").command("run", "c")
                .by("/bin/sh", "-c", "trap '' PIPE USR2; exec \"$@\"", "sh").run().lines();
        for (String mask : masks) {
            assertEquals(0, Long.parseUnsignedLong(mask, 16) & 0x7fff_ffff, masks::toString);
        }
    }

    @Test
    void itLeadsASessionOfItsOwn(Sandbox box) {
        assertEquals("1 1", box.bundle().sh("cut -d' ' -f5,6 /proc/1/stat").run().ok());
    }

    @Test
    void nobodyCanTellHowItWasStarted(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            assertEquals("sleep", Proc.status(container.pid(), "Name"));
            assertEquals("/bin/busybox", container.sh("readlink /proc/1/exe"));
            assertEquals("/", container.sh("readlink /proc/1/cwd"));
        }
    }
}
