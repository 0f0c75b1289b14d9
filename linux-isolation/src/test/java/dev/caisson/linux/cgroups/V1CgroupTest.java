package dev.caisson.linux.cgroups;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On the machine's own v1 hierarchies, in cgroups of its own. */
@Timeout(value = 20, unit = TimeUnit.SECONDS)
class V1CgroupTest {

    private static final List<String> NEEDED = List.of("cpu", "cpuset", "memory", "pids", "devices", "freezer");

    private final String name = "caisson-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();

    private CgroupHost host;
    private ContainerCgroup cgroup;

    @BeforeEach
    void setUp() throws CgroupException {
        host = CgroupHost.read();
        List<String> mounted = host.v1().stream().flatMap(hierarchy -> hierarchy.controllers().stream()).toList();
        assumeTrue(!host.unified() && mounted.containsAll(NEEDED), "the machine has no v1 hierarchies with " + NEEDED);
        assumeTrue(Sys.euid() == 0, "making cgroups needs root");
        cgroup = ContainerCgroup.of(host, "/" + name, "unused");
    }

    @AfterEach
    void tearDown() throws CgroupException {
        if (cgroup != null) {
            cgroup.killAll(ContainerCgroup.SIGKILL);
            cgroup.remove();
            assertNothingLeft();
        }
    }

    private void assertNothingLeft() {
        for (CgroupHost.Hierarchy hierarchy : host.v1()) {
            assertFalse(Files.exists(Path.of(hierarchy.mountPoint(), name)), hierarchy.mountPoint());
        }
    }

    private String read(String controller, String file) throws IOException {
        return Files.readString(Path.of(cgroup.paths().get(controller), file)).strip();
    }

    @Test
    void makesADirectoryInEveryHierarchy() throws IOException {
        cgroup.create(null);
        for (CgroupHost.Hierarchy hierarchy : host.v1()) {
            assertTrue(Files.isDirectory(Path.of(hierarchy.mountPoint(), name)), hierarchy.mountPoint());
        }
        assertEquals(Files.readString(Path.of(cgroup.paths().get("cpuset")).resolveSibling("cpuset.cpus")).strip(),
                read("cpuset", "cpuset.cpus"));
        assertEquals(Files.readString(Path.of(cgroup.paths().get("cpuset")).resolveSibling("cpuset.mems")).strip(),
                read("cpuset", "cpuset.mems"));
        assertEquals(0, cgroup.pids().length);
        cgroup.remove();
        assertNothingLeft();
        cgroup.remove();
        assertEquals(0, cgroup.pids().length);
        assertFalse(cgroup.frozen());
        cgroup.killAll(15);
    }

    @Test
    void setsLimits() throws IOException {
        cgroup.create(new Resources(List.of(Limit.denyAll(), Limit.allow("c", 10, 229, "rwm")),
                new Resources.Memory(67108864L, 33554432L, 134217728L, 0L, null, null, false, null, null),
                new Resources.Cpu(512L, 50000L, 10000L, 100000L, null, null, "0", "0", null),
                new Resources.Pids(2048L), new Resources.BlockIO(0, null, null, null, null, null, null), null, null, null, null));
        assertEquals("67108864", read("memory", "memory.limit_in_bytes"));
        assertEquals("33554432", read("memory", "memory.soft_limit_in_bytes"));
        assertEquals("134217728", read("memory", "memory.memsw.limit_in_bytes"));
        assertEquals("512", read("cpu", "cpu.shares"));
        assertEquals("50000", read("cpu", "cpu.cfs_quota_us"));
        assertEquals("100000", read("cpu", "cpu.cfs_period_us"));
        assertEquals("10000", read("cpu", "cpu.cfs_burst_us"));
        assertEquals("0", read("cpuset", "cpuset.cpus"));
        assertEquals("2048", read("pids", "pids.max"));
        List<String> devices = read("devices", "devices.list").lines().toList();
        assertTrue(devices.contains("c 10:229 rwm"), devices.toString());
        assertTrue(devices.contains("c 136:* rwm"), devices.toString());
        assertFalse(devices.contains("a *:* rwm"), devices.toString());
        assertEquals(13, devices.size());
    }

    @Test
    void updatesUpAndDown() throws IOException {
        cgroup.create(Limit.memory(64L << 20, null, 128L << 20));
        ContainerCgroup reopened = ContainerCgroup.fromPaths(Map.copyOf(cgroup.paths()));
        reopened.update(Resources.NONE, Limit.memory(256L << 20, null, 300L << 20));
        assertEquals(Long.toString(300L << 20), read("memory", "memory.memsw.limit_in_bytes"));
        reopened.update(Resources.NONE, Limit.memory(32L << 20, 0L, 33L << 20));
        assertEquals(Long.toString(32L << 20), read("memory", "memory.limit_in_bytes"));
        reopened.update(Resources.NONE, Limit.memory(-1L, null, null));
        assertTrue(read("memory", "memory.memsw.limit_in_bytes").startsWith("92233720368547"));
        reopened.update(Resources.NONE, Limit.pids(5L));
        reopened.update(Resources.NONE, Limit.pids(-1L));
        assertEquals("max", read("pids", "pids.max"));
        reopened.update(Resources.NONE, Limit.cpu(null, 1000L, null, 1000L));
        reopened.update(Resources.NONE, Limit.cpu(null, 500000L, null, 1000000L));
        reopened.update(Resources.NONE, Limit.cpu(null, 1000L, null, 1000L));
        assertEquals("1000", read("cpu", "cpu.cfs_quota_us"));
        assertEquals("1000", read("cpu", "cpu.cfs_period_us"));
        reopened.update(Resources.NONE, Limit.devices(Limit.denyAll(), Limit.allow("c", 1, 11, "rw")));
        List<String> devices = read("devices", "devices.list").lines().toList();
        assertTrue(devices.contains("c 1:11 rw"), devices.toString());
        reopened.update(Limit.devices(Limit.denyAll(), Limit.allow("c", 1, 11, "rw")), Limit.devices(Limit.deny("c", 1, 11, "w")));
        devices = read("devices", "devices.list").lines().toList();
        assertTrue(devices.contains("c 1:11 r"), devices.toString());
        assertThrows(IllegalStateException.class, () -> reopened.create(null));
    }

    @Test
    void takesInAProcessAndDeniesItsDevices() throws Exception {
        cgroup.create(Limit.devices(Limit.denyAll()));
        try (Victim victim = Victim.in(cgroup.placement(), """
                cat /proc/self/cgroup
                echo x > /dev/null && echo null-works
                dd if=/dev/kmsg of=/dev/null bs=1 count=0
                """)) {
            String output = victim.output();
            for (CgroupHost.Hierarchy hierarchy : host.v1()) {
                for (String controller : hierarchy.controllers()) {
                    assertTrue(output.lines().anyMatch(line -> line.endsWith(controller + ":/" + name)), controller + " in " + output);
                }
            }
            assertTrue(output.contains("null-works"), output);
            assertTrue(output.contains("Operation not permitted"), output);
        }
    }

    @Test
    void holdsTheLimitOfPids() throws Exception {
        cgroup.create(Limit.pids(3L));
        try (Victim victim = Victim.in(cgroup.placement(), "for i in 1 2 3 4 5; do sleep 30 > /dev/null 2>&1 & done; wait")) {
            assertTrue(victim.output().toLowerCase(java.util.Locale.ROOT).contains("fork"));
        }
    }

    @Test
    void freezesAndThaws() throws Exception {
        cgroup.create(null);
        assertFalse(cgroup.frozen());
        try (Victim victim = Victim.in(cgroup.placement(), "while :; do :; done")) {
            cgroup.freeze();
            assertTrue(cgroup.frozen());
            long before = cpuTicks(victim);
            Thread.sleep(60);
            assertEquals(before, cpuTicks(victim));
            assertEquals('D', victim.state());
            cgroup.freeze();
            assertThrows(CgroupException.class, () -> ContainerCgroup.of(host, name, "x").create(null));
            cgroup.thaw();
            assertFalse(cgroup.frozen());
            assertEquals('R', victim.state());
            cgroup.thaw();
        }
    }

    private static long cpuTicks(Victim victim) throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/" + victim.pid() + "/stat")).split("\\) ")[1].split(" ")[11]);
    }

    @Test
    void killsAFrozenCgroup() throws Exception {
        cgroup.create(null);
        try (Victim victim = Victim.in(cgroup.placement(), "sleep 30")) {
            cgroup.freeze();
            cgroup.killAll(15);
            assertFalse(victim.diesWithin(30));
            assertTrue(cgroup.frozen());
            cgroup.killAll(9);
            assertTrue(victim.diesWithin(2000));
            cgroup.remove();
            assertNothingLeft();
        }
    }

    @Test
    void killsWhatKeepsForking() throws Exception {
        cgroup.create(Limit.pids(40L));
        try (Victim victim = Victim.in(cgroup.placement(), """
                for i in 1 2 3 4 5 6; do ( while :; do ( : ) & wait; done ) & done 2> /dev/null; while :; do ( : ); done""")) {
            Thread.sleep(50);
            assertTrue(cgroup.pids().length > 1);
            cgroup.killAll(9);
            assertTrue(victim.diesWithin(2000));
            cgroup.remove();
            assertEquals(0, cgroup.pids().length);
        }
    }

    @Test
    void sendsOtherSignalsToAll() throws Exception {
        cgroup.create(null);
        try (Victim first = Victim.in(cgroup.placement(), "trap 'exit 7' USR1; echo ready; while :; do sleep 0.01; done");
                Victim second = Victim.in(cgroup.placement(), "trap 'exit 8' USR1; echo ready; while :; do sleep 0.01; done")) {
            assertEquals("ready", first.says());
            assertEquals("ready", second.says());
            cgroup.killAll(10);
            assertTrue(first.diesWithin(2000));
            assertTrue(second.diesWithin(2000));
            assertEquals(7, first.process().exitValue());
            assertEquals(8, second.process().exitValue());
        }
    }

    @Test
    void waitsForAProcessThatDiesLate() throws Exception {
        cgroup.create(null);
        try (Victim victim = Victim.in(cgroup.placement(), "exec sleep 0.3")) {
            assertArrayEquals(new int[] {victim.pid()}, cgroup.pids());
            long start = System.nanoTime();
            cgroup.remove();
            assertTrue(System.nanoTime() - start > 100_000_000L);
            assertNothingLeft();
        }
    }

    @Test
    void saysWhoKeepsACgroup() throws Exception {
        cgroup.create(null);
        try (Victim victim = Victim.in(cgroup.placement(), "exec sleep 30")) {
            CgroupException e = assertThrows(CgroupException.class,
                    () -> new CgroupDir(cgroup.paths().get("pids")).removeTree(System.nanoTime() + 20_000_000));
            assertEquals("remove the cgroup " + cgroup.paths().get("pids") + ": device or resource busy (processes in it: ["
                    + victim.pid() + "])", e.getMessage());
        }
    }

    @Test
    void seesAndRemovesCgroupsBelow() throws Exception {
        cgroup.create(null);
        Path below = Path.of(cgroup.paths().get("freezer"), "a", "b");
        Files.createDirectories(below);
        Files.createDirectory(Path.of(cgroup.paths().get("pids"), "x.y"));
        try (Victim victim = Victim.in(List.of(below + "/tasks"), "exec sleep 30")) {
            assertArrayEquals(new int[] {victim.pid()}, cgroup.pids());
            // A container may freeze a cgroup of its own; it has to die all the same.
            Files.writeString(below.resolve("freezer.state"), "FROZEN");
            cgroup.killAll(9);
            assertTrue(victim.diesWithin(2000));
            cgroup.remove();
            assertNothingLeft();
        }
    }

    @Test
    void takesOverACgroupThatIsThereAndSaysWhoIsInIt() throws Exception {
        Path pids = Path.of(cgroup.paths().get("pids"));
        Files.createDirectory(pids);
        try (Victim victim = Victim.in(List.of(pids + "/tasks"), "exec sleep 30")) {
            assertEquals(1, cgroup.occupants());
            cgroup.create(null);
            assertTrue(Files.exists(Path.of(cgroup.paths().get("memory"))));
            victim.process().destroyForcibly();
            assertTrue(victim.diesWithin(2000));
        }
        cgroup.create(Limit.pids(9L));
        assertEquals("9", read("pids", "pids.max"));
    }

    @Test
    void takesBackEverythingWhenALimitFails() throws CgroupException {
        ContainerCgroup deep = ContainerCgroup.of(host, "/" + name + "/x/y", "x");
        for (Map.Entry<Resources, String> bad : Map.of(
                Limit.cpuset("4000", null), "linux.resources.cpu.cpus: write \"4000\" to ",
                Limit.cpu(null, 1L, null, null), "linux.resources.cpu.quota: write \"1\" to ",
                Limit.hugepages("2MB", 1), "linux.resources.hugepageLimits: the hugetlb controller is not available: ",
                Limit.rdma("x", 1L, 1L), "linux.resources.rdma: the rdma controller is not available: ",
                Limit.unified("memory.high", "1"), "invalid configuration: linux.resources.unified: cannot use unified on cgroup v1: memory.high",
                Limit.devices(Limit.allow("x", 1, 1, "r")), "linux.resources.devices[0].type: ").entrySet()) {
            CgroupException e = assertThrows(CgroupException.class, () -> deep.create(bad.getKey()));
            assertTrue(e.getMessage().startsWith(bad.getValue()), e.getMessage());
            assertEquals(0, e.getSuppressed().length);
            assertNothingLeft();
        }
    }

    @Test
    void initialisesTheCpusetsOfParents() throws Exception {
        Path parent = Path.of(cgroup.paths().get("cpuset"));
        Files.createDirectory(parent);
        ContainerCgroup deep = ContainerCgroup.of(host, name + "/x/y", "x");
        deep.create(null);
        try (Victim victim = Victim.in(deep.placement(), "exec sleep 30")) {
            assertArrayEquals(new int[] {victim.pid()}, cgroup.pids());
        }
        try (Stream<Path> files = Files.list(parent)) {
            assertTrue(files.anyMatch(file -> file.endsWith("x")));
        }
    }

    @Test
    void keepsACpusetAndRemovesIt() {
        Path kept = Path.of(cgroup.paths().get("cpuset"));
        try (WarmCpuset warm = WarmCpuset.hold(host, name); WarmCpuset other = WarmCpuset.hold(host, name)) {
            assertTrue(warm.held());
            assertTrue(other.held());
            assertTrue(Files.isDirectory(kept));
        }
        assertFalse(Files.exists(kept));
    }
}
