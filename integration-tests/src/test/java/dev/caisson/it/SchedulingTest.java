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
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the kernel runs the container's processes: scheduler, I/O priority, CPUs, memory policy, execution domain. */
@RealContainers
@OnlyCaisson("the runc of the tests' machine is older than these fields")
class SchedulingTest {

    /** Nice value, real-time priority and policy of a process, as /proc/PID/stat (proc(5)) has them. */
    private static final String SCHEDULING = "cut -d' ' -f19,40,41 /proc/self/stat";

    private static Bundle scheduled(Sandbox box, Map<String, Object> scheduler) {
        return box.bundle().set("/process/scheduler", scheduler);
    }

    /** On a kernel with CONFIG_RT_GROUP_SCHED a cgroup has real-time bandwidth only if it is given some. */
    private static Bundle withRealTime(Bundle bundle) {
        return bundle.set("/linux/resources/cpu/realtimePeriod", 1_000_000).set("/linux/resources/cpu/realtimeRuntime", 100_000);
    }

    private static boolean hasRealTimeGroups() {
        return java.nio.file.Files.exists(Path.of("/sys/fs/cgroup/cpu/cpu.rt_runtime_us"))
                || java.nio.file.Files.exists(Path.of("/sys/fs/cgroup/cpu,cpuacct/cpu.rt_runtime_us"));
    }

    private static Result exec(Sandbox box, Container container, Map<String, Object> fields, String... arguments) {
        Map<String, Object> process = new LinkedHashMap<>(fields);
        process.put("args", List.of(arguments));
        process.put("cwd", "/");
        process.put("env", List.of("PATH=/bin"));
        String file = box.file("process-" + fields.hashCode() + ".json", Json.of(process).toString()).toString();
        return box.run("exec", "--process", file, container.id());
    }

    private static void refused(Bundle bundle, String... parts) {
        Result result = bundle.command("create", "c").run().exits(1);
        assertEquals(1, result.stderr().lines().count(), result::toString);
        for (String part : parts) {
            assertTrue(result.stderr().contains(part), result::toString);
        }
    }

    // ---- scheduler ----

    @ParameterizedTest
    @CsvSource({"SCHED_OTHER,7,7 0 0", "SCHED_OTHER,-3,-3 0 0", "SCHED_BATCH,11,11 0 3", "SCHED_IDLE,0,0 0 5"})
    void itHasTheConfiguredPolicyAndNiceValue(String policy, int nice, String scheduling, Sandbox box) {
        assertEquals(scheduling, scheduled(box, Map.of("policy", policy, "nice", nice)).sh(SCHEDULING).run().ok());
    }

    @ParameterizedTest
    @CsvSource({"SCHED_FIFO,17,0 17 1", "SCHED_RR,3,0 3 2"})
    void itHasTheConfiguredRealTimePolicyAndPriority(String policy, int priority, String scheduling, Sandbox box) {
        Bundle bundle = scheduled(box, Map.of("policy", policy, "priority", priority)).args("cut", "-d ", "-f19,40,41", "/proc/self/stat");
        assertEquals(scheduling, (hasRealTimeGroups() ? withRealTime(bundle) : bundle).run().ok());
    }

    @Test
    void itHasTheConfiguredDeadline(Sandbox box) {
        Bundle bundle = scheduled(box, Map.of("policy", "SCHED_DEADLINE", "runtime", 5_000_000, "deadline", 20_000_000, "period", 40_000_000))
                .args("cut", "-d ", "-f41", "/proc/self/stat");
        assertEquals("6", bundle.run().ok());
    }

    @Test
    void flagsOfTheSchedulerCount(Sandbox box) {
        // SCHED_FLAG_RESET_ON_FORK: what the process makes has the ordinary policy again.
        Bundle bundle = scheduled(box, Map.of("policy", "SCHED_RR", "priority", 5, "flags", List.of("SCHED_FLAG_RESET_ON_FORK")))
                .sh("cut -d' ' -f40,41 /proc/1/stat; cut -d' ' -f40,41 /proc/self/stat; true");
        assertEquals("5 2\n0 0", (hasRealTimeGroups() ? withRealTime(bundle) : bundle).run().ok());
    }

    @Test
    void aPolicyThatTheKernelDoesNotHaveIsRefused(Sandbox box) {
        refused(scheduled(box, Map.of("policy", "SCHED_ISO")), "process.scheduler SCHED_ISO", "invalid argument");
        box.assertNothingLeft();
    }

    @Test
    void realTimeWithoutBandwidthIsRefused(Sandbox box) {
        assumeTrue(hasRealTimeGroups(), "the kernel gives cgroups no real-time bandwidth of their own");
        refused(scheduled(box, Map.of("policy", "SCHED_FIFO", "priority", 1)), "process.scheduler SCHED_FIFO", "operation not permitted");
        box.assertNothingLeft();
    }

    @Test
    void anExecutedProcessIsScheduledAsTheContainerIs(Sandbox box) {
        try (Container container = scheduled(box, Map.of("policy", "SCHED_BATCH", "nice", 9)).args("sleep", "1000").up("c")) {
            assertEquals("9 0 3", container.sh(SCHEDULING));
            assertEquals("9 0 3", exec(box, container, Map.of(), "sh", "-c", SCHEDULING).ok());
            assertEquals("0 0 5", exec(box, container, Map.of("scheduler", Map.of("policy", "SCHED_IDLE")), "sh", "-c", SCHEDULING).ok());
        }
    }

    // ---- I/O priority ----

    @ParameterizedTest
    @CsvSource({"IOPRIO_CLASS_RT,2,realtime: prio 2", "IOPRIO_CLASS_BE,6,best-effort: prio 6", "IOPRIO_CLASS_IDLE,0,idle"})
    void itHasTheConfiguredIoPriority(String name, int level, String shown, Sandbox box) {
        assertEquals(shown, box.bundle().set("/process/ioPriority", Map.of("class", name, "priority", level))
                .args("busybox", "ionice", "-p", "1").run().ok());
    }

    @Test
    void anExecutedProcessHasTheContainersIoPriority(Sandbox box) {
        try (Container container = box.bundle().set("/process/ioPriority", Map.of("class", "IOPRIO_CLASS_BE", "priority", 1))
                .args("sleep", "1000").up("c")) {
            assertEquals("best-effort: prio 1", container.sh("busybox ionice -p $$"));
            assertEquals("idle", exec(box, container, Map.of("ioPriority", Map.of("class", "IOPRIO_CLASS_IDLE", "priority", 0)),
                    "sh", "-c", "busybox ionice -p $$").ok());
        }
    }

    // ---- CPUs ----

    private static final String CPUS = "grep Cpus_allowed_list /proc/self/status | cut -f2";

    private static void needsTwoCpus() {
        assumeTrue(Files.text(Path.of("/sys/devices/system/cpu/online")).strip().startsWith("0-"), "the machine has one CPU");
    }

    @Test
    void anExecutedProcessRunsOnItsFinalCpus(Sandbox box) {
        needsTwoCpus();
        try (Container container = box.bundle().set("/process/execCPUAffinity", Map.of("initial", "0", "final", "1"))
                .args("sleep", "1000").up("c")) {
            assertEquals("1", container.sh(CPUS));
            assertEquals("0-1", exec(box, container, Map.of("execCPUAffinity", Map.of("final", " 0-1 ")), "sh", "-c", CPUS).ok());
        }
    }

    @Test
    void itsInitialCpusAreThoseBeforeTheCgroup(Sandbox box) {
        needsTwoCpus();
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            // Without a cpuset of its own, nothing changes them on the way.
            assertEquals("1", exec(box, container, Map.of("execCPUAffinity", Map.of("initial", "1")), "sh", "-c", CPUS).ok());
        }
    }

    @Test
    void theContainersFirstProcessHasNothingOfIt(Sandbox box) {
        needsTwoCpus();
        assertEquals("0-1", box.bundle().set("/process/execCPUAffinity", Map.of("initial", "0", "final", "0")).sh(CPUS).run().ok());
    }

    @Test
    void cpusThatAreNotThereAreRefused(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            Result result = exec(box, container, Map.of("execCPUAffinity", Map.of("final", "4000")), "true");
            assertTrue(result.code() == 255 && result.stderr().contains("process.execCPUAffinity.final 4000: invalid argument"),
                    result::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "3-1", "1;2", ","})
    void whatIsNoListOfCpusIsRefused(String list, Sandbox box) {
        refused(box.bundle().set("/process/execCPUAffinity", Map.of("initial", list)), "process.execCPUAffinity.initial");
        box.assertNothingLeft();
    }

    // ---- memory policy ----

    /** The policy of a process's memory, from its first mapping (proc(5), numa_maps). */
    private static final String POLICY = "head -n 1 /proc/self/numa_maps | cut -d' ' -f2";

    private static Bundle withPolicy(Sandbox box, Map<String, Object> policy) {
        assumeTrue(java.nio.file.Files.exists(Path.of("/proc/self/numa_maps")), "the kernel has no NUMA policies");
        return box.bundle().set("/linux/memoryPolicy", policy);
    }

    @ParameterizedTest
    @CsvSource({"MPOL_BIND,bind:0", "MPOL_INTERLEAVE,interleave:0", "MPOL_PREFERRED,prefer:0", "MPOL_PREFERRED_MANY,prefer (many):0",
        "MPOL_WEIGHTED_INTERLEAVE,weighted interleave:0"})
    void itsMemoryHasTheConfiguredPolicy(String mode, String shown, Sandbox box) {
        Result result = withPolicy(box, Map.of("mode", mode, "nodes", "0")).args("head", "-n", "1", "/proc/self/numa_maps").run();
        assumeTrue(!result.stderr().contains("linux.memoryPolicy " + mode + ": invalid argument"), "the kernel is older than " + mode);
        assertTrue(result.ok().contains(" " + shown), result::toString);
    }

    @ParameterizedTest
    @CsvSource({"MPOL_DEFAULT,default", "MPOL_LOCAL,local"})
    void aPolicyWithoutNodes(String mode, String shown, Sandbox box) {
        assertEquals(shown, withPolicy(box, Map.of("mode", mode)).sh(POLICY).run().ok());
    }

    @ParameterizedTest
    @CsvSource({"MPOL_F_STATIC_NODES,bind=static:0", "MPOL_F_RELATIVE_NODES,bind=relative:0", "MPOL_F_NUMA_BALANCING,bind"})
    void flagsOfThePolicyCount(String flag, String shown, Sandbox box) {
        String policy = withPolicy(box, Map.of("mode", "MPOL_BIND", "nodes", "0", "flags", List.of(flag))).sh(POLICY).run().ok();
        assertTrue(policy.startsWith(shown), policy);
    }

    @Test
    void anExecutedProcesssMemoryHasTheContainersPolicy(Sandbox box) {
        try (Container container = withPolicy(box, Map.of("mode", "MPOL_BIND", "nodes", "0")).args("sleep", "1000").up("c")) {
            assertEquals("bind:0", container.sh(POLICY));
        }
    }

    @Test
    void nodesThatAreNotThereAreRefused(Sandbox box) {
        refused(withPolicy(box, Map.of("mode", "MPOL_BIND", "nodes", "700")), "linux.memoryPolicy MPOL_BIND", "invalid argument");
        box.assertNothingLeft();
    }

    // ---- execution domain ----

    @ParameterizedTest
    @CsvSource({"LINUX,00000000", "LINUX32,00000008"})
    void itHasTheConfiguredPersonality(String domain, String number, Sandbox box) {
        assertEquals(number, box.bundle().set("/linux/personality", Map.of("domain", domain)).args("cat", "/proc/self/personality")
                .run().ok());
    }

    @Test
    void a32BitDomainShowsA32BitMachine(Sandbox box) {
        String machine = box.bundle().args("uname", "-m").run().ok();
        assumeTrue(machine.equals("x86_64"), "what uname shows is known for x86-64");
        assertEquals("i686", box.bundle().set("/linux/personality", Map.of("domain", "LINUX32")).args("uname", "-m").run().ok());
    }

    @Test
    void anExecutedProcessHasTheContainersPersonality(Sandbox box) {
        try (Container container = box.bundle().set("/linux/personality", Map.of("domain", "LINUX32")).args("sleep", "1000").up("c")) {
            assertEquals("00000008", container.sh("cat /proc/self/personality"));
        }
    }

    @Test
    void aPersonalityIsSetThoughTheFilterForbidsIt(Sandbox box) {
        assertEquals("00000008", box.bundle().set("/linux/personality", Map.of("domain", "LINUX32"))
                .set("/linux/seccomp", Map.of("defaultAction", "SCMP_ACT_ALLOW",
                        "syscalls", List.of(Map.of("names", List.of("personality"), "action", "SCMP_ACT_ERRNO"))))
                .args("cat", "/proc/self/personality").run().ok());
    }

    @Test
    void flagsOfThePersonalityAreWarnedAbout(Sandbox box) {
        Result result = box.bundle().set("/linux/personality", Map.of("domain", "LINUX", "flags", List.of("ADDR_NO_RANDOMIZE")))
                .args("cat", "/proc/self/personality").run();
        assertEquals("00000000", result.ok());
        assertTrue(result.stderr().contains("linux.personality.flags"), result::toString);
    }
}
