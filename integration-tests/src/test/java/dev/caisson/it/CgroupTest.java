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
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a container's processes are put, and which limits hold there, on hierarchies of version 1. */
@RealContainers
class CgroupTest {

    private static final String HERE = "/sys/fs/cgroup/";

    @BeforeEach
    void onlyWithVersion1() {
        assumeTrue(Cgroups.areV1(), "the machine's cgroups are of version 2");
    }

    /** Which cgroup a process is in, by controller. */
    private static Map<String, String> places(String procCgroup) {
        return procCgroup.lines().map(line -> line.split(":", 3)).collect(Collectors.toMap(fields -> fields[1], fields -> fields[2]));
    }

    @Test
    void theProcessIsInTheConfiguredCgroupOfEachController(Sandbox box) {
        Bundle bundle = box.bundle().args("cat", "/proc/self/cgroup");
        Map<String, String> places = places(bundle.run().ok());
        for (String controller : List.of("memory", "pids", "cpu", "cpuacct", "cpuset", "devices", "freezer", "blkio")) {
            assertEquals(bundle.cgroup(), places.get(controller), controller);
        }
    }

    @Test
    void executedProcessesAreThereToo(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            Map<String, String> places = places(container.exec("cat", "/proc/self/cgroup").ok());
            assertEquals(bundle.cgroup(), places.get("memory"));
            assertEquals(bundle.cgroup(), places.get("devices"));
        }
    }

    @Test
    void withoutAConfiguredCgroupItIsNamedAfterTheContainer(Sandbox box) {
        String id = box.name() + "-unnamed";
        String place = places(box.bundle().without("/linux/cgroupsPath").args("cat", "/proc/self/cgroup").command("run", id).run().ok())
                .get("freezer");
        assertTrue(place.endsWith("/" + id), place);
    }

    @Test
    void aCgroupMayLieDeeper(Sandbox box) {
        Bundle bundle = box.bundle();
        String parent = bundle.cgroup();
        bundle.set("/linux/cgroupsPath", parent + "/deeper/still").args("cat", "/proc/self/cgroup");
        assertEquals(parent + "/deeper/still", places(bundle.run().ok()).get("pids"));
        assertFalse(java.nio.file.Files.exists(Cgroups.folder("pids", parent + "/deeper/still")));
        Cgroups.remove(parent);
    }

    @Test
    void theContainerSeesItsOwnCgroupAlone(Sandbox box) {
        assertEquals("1", box.bundle().sh("head -1 " + HERE + "pids/cgroup.procs").run().ok());
    }

    @Test
    void itIsGoneWithTheContainer(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            assertTrue(java.nio.file.Files.isDirectory(Cgroups.folder("memory", bundle.cgroup())));
            container.kill("KILL");
            container.awaitStatus("stopped");
            container.delete();
            assertFalse(java.nio.file.Files.exists(Cgroups.folder("memory", bundle.cgroup())));
        }
    }

    @Test
    @OnlyCaisson("runc has no such option")
    void cgroupManagerDisabledLeavesTheProcessWhereItsCallerIs(Sandbox box) {
        Map<String, String> own = places(Files.text(java.nio.file.Path.of("/proc/self/cgroup")));
        Bundle bundle = box.bundle().args("cat", "/proc/self/cgroup");
        assertEquals(own, places(bundle.command("run", "c").global("--cgroup-manager", "disabled").run().ok()));
    }

    // ---- limits ----

    private static String seen(Sandbox box, String file, Function<Bundle, Bundle> change) {
        return change.apply(box.bundle()).args("cat", HERE + file).run().ok();
    }

    @Test
    void memory(Sandbox box) {
        assertEquals("33554432", seen(box, "memory/memory.limit_in_bytes", b -> b.set("/linux/resources/memory/limit", 33554432)));
        assertEquals("16777216", seen(box, "memory/memory.soft_limit_in_bytes", b -> b.set("/linux/resources/memory/reservation", 16777216)));
    }

    @Test
    void processes(Sandbox box) {
        assertEquals("17", seen(box, "pids/pids.max", b -> b.set("/linux/resources/pids/limit", 17)));
    }

    @Test
    void processorTime(Sandbox box) {
        assertEquals("512", seen(box, "cpu/cpu.shares", b -> b.set("/linux/resources/cpu/shares", 512)));
        assertEquals("20000", seen(box, "cpu/cpu.cfs_quota_us", b -> b.set("/linux/resources/cpu/quota", 20000).set("/linux/resources/cpu/period", 50000)));
        assertEquals("50000", seen(box, "cpu/cpu.cfs_period_us", b -> b.set("/linux/resources/cpu/quota", 20000).set("/linux/resources/cpu/period", 50000)));
        assertEquals("0", seen(box, "cpuset/cpuset.cpus", b -> b.set("/linux/resources/cpu/cpus", "0")));
    }

    @Test
    void aProcessThatTakesMoreMemoryIsKilled(Sandbox box) {
        box.bundle().set("/linux/resources/memory/limit", 24 * 1024 * 1024).set("/process/args", List.of("tail", "-c", "200m", "/dev/zero"))
                .run().exits(137);
    }

    @Test
    void moreProcessesThanAllowedCannotBeStarted(Sandbox box) {
        Result result = box.bundle().set("/linux/resources/pids/limit", 4).sh("for i in 1 2 3 4 5 6; do sleep 5 & done; true").run();
        assertTrue(result.stderr().contains("can't fork"), result::toString);
    }

    @Test
    void aLimitThatTheKernelRefusesIsAnError(Sandbox box) {
        Result result = box.bundle().args("true").set("/linux/resources/cpu/cpus", "4000").command("create", "c").run().exits(1);
        assertTrue(result.stderr().contains("cpuset.cpus"), result::toString);
        box.assertNothingLeft();
    }

    @Test
    void devicesThatNoRuleAllowsAreOutOfReachEvenWithANodeOfOnesOwn(Sandbox box) {
        Bundle bundle = box.bundle().writable().capabilities("CAP_MKNOD").sh("mknod /kmsg c 1 11 && head -c 1 /kmsg");
        Result result = bundle.run();
        assertTrue(result.stderr().contains("Operation not permitted"), result::toString);
    }

    @Test
    @OnlyCaisson("runc 1.1 counts the process that starts the container as well")
    void aContainerMayHaveAsManyProcessesAsItsLimitSays(Sandbox box) {
        assertEquals("2", box.bundle().set("/linux/resources/pids/limit", 2).sh("sh -c 'echo $$'; true").run().ok());
    }
}
