package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Cgroups;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Namespaces: new, the runtime's own, and another's. The first column is how config.json calls one, the second how the kernel does. */
@RealContainers
class NamespacesTest {

    private static Bundle showing(Sandbox box, String kind) {
        return box.bundle().args("readlink", "/proc/self/ns/" + kind);
    }

    private static String own(String kind) {
        return Proc.namespace(ProcessHandle.current().pid(), kind);
    }

    @ParameterizedTest
    @CsvSource({"pid,pid", "network,net", "ipc,ipc", "uts,uts", "mount,mnt", "cgroup,cgroup", "time,time"})
    void aNewOneIsNotTheRuntimes(String type, String kind, Sandbox box) {
        String inside = showing(box, kind).namespace(type, null).run().ok();
        assertEquals(kind, inside.substring(0, inside.indexOf(':')));
        assertNotEquals(own(kind), inside);
    }

    @ParameterizedTest
    @CsvSource({"pid,pid", "network,net", "ipc,ipc", "uts,uts", "cgroup,cgroup", "time,time"})
    void theRuntimesIsKeptWhereNoneIsNamed(String type, String kind, Sandbox box) {
        assertEquals(own(kind), showing(box, kind).withoutNamespace(type).without("/hostname").run().ok());
    }

    @ParameterizedTest
    @CsvSource({"pid,pid", "network,net", "ipc,ipc", "uts,uts", "cgroup,cgroup", "time,time"})
    void anothersIsJoinedByItsPath(String type, String kind, Sandbox box) {
        try (Container other = box.bundle().namespace("cgroup", null).namespace("time", null).args("sleep", "1000").up("other")) {
            String path = "/proc/" + other.pid() + "/ns/" + kind;
            assertEquals(Proc.namespace(other.pid(), kind),
                    showing(box, kind).namespace(type, path).without("/hostname").run().ok());
        }
    }

    @Test
    void theFirstProcessOfANewPidNamespaceIsNumberOne(Sandbox box) {
        assertEquals("1", box.bundle().sh("echo $$").run().ok());
    }

    @Test
    void aJoinedPidNamespaceShowsTheOthersProcesses(Sandbox box) {
        try (Container other = box.bundle().args("sleep", "1234").up("other")) {
            assertEquals("sleep 1234", box.bundle().namespace("pid", "/proc/" + other.pid() + "/ns/pid")
                    .sh("tr '\\0' ' ' < /proc/1/cmdline").run().ok());
        }
    }

    @Test
    void aNewNetworkHasNothingButLoopback(Sandbox box) {
        assertEquals("lo", box.bundle().sh("ls /sys/class/net").run().ok());
    }

    @Test
    void theHostnameIsTheContainersAlone(Sandbox box) {
        assertEquals("inside", box.bundle().set("/hostname", "inside").args("hostname").run().ok());
        assertNotEquals("inside", dev.caisson.it.harness.Files.text(java.nio.file.Path.of("/proc/sys/kernel/hostname")).strip());
    }

    @Test
    void theDomainnameIsTheContainersAlone(Sandbox box) {
        try (Container container = box.bundle().set("/domainname", "inside.example").args("sleep", "1000").up("c")) {
            assertEquals("inside.example", container.sh("cat /proc/sys/kernel/domainname"));
            assertNotEquals("inside.example",
                    dev.caisson.it.harness.Files.text(java.nio.file.Path.of("/proc/sys/kernel/domainname")).strip());
        }
    }

    @Test
    void sysctlsOfTheContainersNamespacesAreSet(Sandbox box) {
        assertEquals("1\n333", box.bundle().set("/linux/sysctl", java.util.Map.of("net.ipv4.ip_forward", "1", "net.core.somaxconn", "333"))
                .args("cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/core/somaxconn").run().ok());
    }

    @Test
    void aContainersCgroupNamespaceHidesWhereItIs(Sandbox box) {
        String line = Cgroups.areV1() ? ":pids:" : "^0::";
        assertEquals("/", box.bundle().namespace("cgroup", null).sh("grep " + line + " /proc/self/cgroup | cut -d: -f3").run().ok());
    }

    // ---- time ----

    private static final String UPTIME = "cut -d. -f1 /proc/uptime";

    private static long uptime() {
        String text = dev.caisson.it.harness.Files.text(java.nio.file.Path.of("/proc/uptime"));
        return Long.parseLong(text.substring(0, text.indexOf('.')));
    }

    private static Bundle shifted(Sandbox box, long monotonic, long boottime) {
        return box.bundle().namespace("time", null).set("/linux/timeOffsets", java.util.Map.of(
                "monotonic", java.util.Map.of("secs", monotonic, "nanosecs", 5), "boottime", java.util.Map.of("secs", boottime)));
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than time namespaces")
    void theClocksOfANewTimeNamespaceAreSetOff(Sandbox box) {
        List<String> seen = shifted(box, 7200, 1_000_000).sh(UPTIME + "; cat /proc/self/timens_offsets; echo $$").run().lines();
        long inside = Long.parseLong(seen.getFirst());
        assertTrue(inside >= 1_000_000 && inside <= 1_000_000 + uptime() + 1, seen::toString);
        assertEquals("monotonic 7200 5", seen.get(1).replaceAll(" +", " ").strip());
        assertEquals("boottime 1000000 0", seen.get(2).replaceAll(" +", " ").strip());
        assertEquals("1", seen.get(3), "it is still the first of its pid namespace");
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than time namespaces")
    void clocksMayBeSetBack(Sandbox box) {
        long before = uptime();
        long inside = Long.parseLong(shifted(box, -10, -10).sh(UPTIME).run().ok());
        assertTrue(inside >= before - 10 && inside <= uptime() - 9, () -> inside + " against " + before);
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than time namespaces")
    void othersJoinItWithItsClocks(Sandbox box) {
        try (Container other = shifted(box, 7200, 1_000_000).args("sleep", "1000").up("other")) {
            assertTrue(Long.parseLong(other.sh(UPTIME)) >= 1_000_000, "an executed process");
            assertTrue(Long.parseLong(box.bundle().namespace("time", "/proc/" + other.pid() + "/ns/time").sh(UPTIME).run().ok()) >= 1_000_000,
                    "another container");
            assertEquals("42", Integer.toString(other.exec("sh", "-c", "exit 42").exits(42).code()));
        }
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than time namespaces")
    void aUserNamespaceGoesWithOffsets(Sandbox box) {
        var mappings = List.of(java.util.Map.of("containerID", 0, "hostID", 100_000, "size", 65536));
        try (Container other = shifted(box, 1, 1_000_000).namespace("user", null).set("/linux/uidMappings", mappings)
                .set("/linux/gidMappings", mappings).args("sleep", "1000").up("other")) {
            assertTrue(Long.parseLong(other.sh(UPTIME)) >= 1_000_000);
        }
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than time namespaces")
    void aJoinedPidNamespaceGoesWithOffsets(Sandbox box) {
        try (Container other = box.bundle().args("sleep", "1234").up("other")) {
            assertEquals("sleep 1234 ", shifted(box, 1, 1_000_000).namespace("pid", "/proc/" + other.pid() + "/ns/pid")
                    .sh("tr '\\0' ' ' < /proc/1/cmdline").run().stdout());
        }
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than time namespaces")
    void whatCannotBeIsRefusedByName(Sandbox box) {
        Bundle shifted = shifted(box, 0, -4_000_000_000L);
        refused(shifted, "set linux.timeOffsets", "boottime -4000000000 0", "numerical result out of range");
        refused(shifted(box, 1, 1).namespace("time", "/proc/self/ns/time"), "linux.timeOffsets");
        refused(shifted(box, 1, 1).withoutNamespace("time"), "linux.timeOffsets");
        refused(shifted(box, 1, 1).set("/linux/timeOffsets/boottime/nanosecs", 1_000_000_000), "linux.timeOffsets.boottime.nanosecs");
        refused(shifted(box, 1, 1).set("/linux/timeOffsets/realtime", java.util.Map.of("secs", 1)), "linux.timeOffsets.realtime");
        box.assertNothingLeft();
    }

    private static void refused(Bundle bundle, String... parts) {
        Result result = bundle.command("create", "c").run().exits(1);
        for (String part : parts) {
            assertTrue(result.stderr().contains(part), result::toString);
        }
        assertEquals(1, result.stderr().lines().count(), result::toString);
    }
}
