package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    @OnlyCaisson("an annotation of crun's, which Podman sets")
    void itKeepsTheCallersGroupsIfAnAnnotationSaysSo(Sandbox box) {
        Bundle bundle = box.bundle().sh("grep Groups: /proc/self/status; sleep 1000").set("/annotations", Map.of("run.oci.keep_original_groups", "1"));
        String[] withGroups = {"/usr/bin/setpriv", "--groups", "7,8"};
        try (Container container = bundle.opened(bundle.command("run", "c", "-d").by(withGroups), "c")) {
            Await.until("it has said so", () -> container.output().equals("Groups:\t7 8"));
            assertEquals("Groups:\t7 8", box.command("exec", "c", "grep", "Groups:", "/proc/self/status").by(withGroups).run().ok());
        }
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

    @Test
    @OnlyCaisson("runc refuses what can't be ambient")
    void whatIsNotInheritableIsNotAmbient(Sandbox box) {
        Bundle bundle = box.bundle().user(1000, 1000).capabilities("CAP_KILL", "CAP_CHOWN")
                .set("/process/capabilities/inheritable", List.of("CAP_CHOWN"));
        assertEquals(mask(0), sets(bundle).get("CapAmb"));
    }

    @Test
    void anUnknownCapabilityIsWarnedAboutAndLeftOut(Sandbox box) {
        Result result = box.bundle().capabilities("CAP_KILL", "CAP_FLY").args("grep", "CapBnd", "/proc/self/status").run();
        assertEquals("CapBnd:\t" + mask(5), result.ok());
        assertTrue(result.stderr().contains("CAP_FLY") && result.stderr().contains("warn"), result::toString);
    }

    @Test
    void whatAUserIsNotGivenItDoesNotHave(Sandbox box) {
        // Permitted and effective, but not ambient: an exec by a user other than root leaves nothing of them.
        Bundle bundle = box.bundle().user(1000, 1000).capabilities("CAP_CHOWN", "CAP_KILL").without("/process/capabilities/ambient");
        Map<String, String> sets = sets(bundle);
        assertEquals(mask(0, 5), sets.get("CapBnd"));
        assertEquals(mask(), sets.get("CapEff"));
        assertEquals(mask(), sets.get("CapPrm"));
    }

    @Test
    void whatIsKeptOverTheChangeOfUserWorks(Sandbox box) {
        Bundle bundle = box.bundle().writable().user(1000, 1000).capabilities("CAP_CHOWN").program("file", "x")
                .sh("chown 1234:1234 /file && stat -c %u:%g /file");
        assertEquals("1234:1234", bundle.run().ok());
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

    /** Names in /proc/PID/limits (proc(5)), and values below the hard limits of most machines. */
    @ParameterizedTest
    @CsvSource({"RLIMIT_AS,Max address space,268435456,536870912", "RLIMIT_CORE,Max core file size,4096,8192",
        "RLIMIT_CPU,Max cpu time,100,200", "RLIMIT_DATA,Max data size,67108864,134217728", "RLIMIT_FSIZE,Max file size,4096,8192",
        "RLIMIT_LOCKS,Max file locks,11,12", "RLIMIT_MEMLOCK,Max locked memory,4096,8192", "RLIMIT_MSGQUEUE,Max msgqueue size,4096,8192",
        "RLIMIT_NICE,Max nice priority,0,0", "RLIMIT_NOFILE,Max open files,50,60", "RLIMIT_NPROC,Max processes,300,400",
        "RLIMIT_RSS,Max resident set,67108864,134217728", "RLIMIT_RTPRIO,Max realtime priority,0,0",
        "RLIMIT_RTTIME,Max realtime timeout,100000,200000", "RLIMIT_SIGPENDING,Max pending signals,100,200",
        "RLIMIT_STACK,Max stack size,1048576,2097152"})
    void eachLimitIsItsOwn(String type, String name, long soft, long hard, Sandbox box) {
        Bundle bundle = box.bundle().set("/process/rlimits", List.of(Map.of("type", type, "soft", soft, "hard", hard)))
                .args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            for (String pid : List.of("1", "self")) {
                String line = container.exec("grep", name, "/proc/" + pid + "/limits").ok();
                assertTrue(line.substring(name.length()).strip().matches(soft + " +" + hard + "( .*)?"), line);
            }
        }
    }

    @Test
    void aLimitAboveWhatTheRuntimeMaySetIsRefusedByName(Sandbox box) {
        assumeTrue(!Proc.status(ProcessHandle.current().pid(), "CapEff").isEmpty()
                && (Long.parseUnsignedLong(Proc.status(ProcessHandle.current().pid(), "CapEff"), 16) & 1L << 24) == 0,
                "with CAP_SYS_RESOURCE every limit can be set");
        Result result = box.bundle().set("/process/rlimits", List.of(Map.of("type", "RLIMIT_NOFILE", "soft", 64, "hard", 1 << 30)))
                .command("create", "c").run().exits(1);
        assertTrue(result.stderr().contains("RLIMIT_NOFILE") || !dev.caisson.it.harness.Target.isCaisson(), result::toString);
        box.assertNothingLeft();
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

    // ---- keyring ----

    private static Bundle showingKeys(Sandbox box) {
        assumeTrue(java.nio.file.Files.exists(java.nio.file.Path.of("/proc/keys")), "the kernel has no keys");
        return box.bundle().set("/linux/maskedPaths", List.of());
    }

    @Test
    void itHasASessionKeyringOfItsOwnWhichExecutedProcessesJoin(Sandbox box) {
        String id = box.name();
        String mine = "grep ' _ses." + id + "' /proc/keys";
        try (Container container = showingKeys(box).sh(mine + "; sleep 1000").up(id)) {
            Await.holds(20_000, () -> container.output().contains("_ses." + id));
            String own = container.output();
            assertEquals(1, own.lines().count(), own);
            String executed = container.sh(mine);
            assertEquals(1, executed.lines().count(), executed);
            assertEquals(own.split(" ")[0], executed.split(" ")[0], own + "\n" + executed);
        }
    }

    @Test
    void itKeepsTheCallersKeyringIfAsked(Sandbox box) {
        String id = box.name();
        Bundle bundle = showingKeys(box).sh("grep -c ' _ses." + id + "' /proc/keys; true");
        assertEquals("0", bundle.command("run", id, "--no-new-keyring").run().ok());
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
