package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Cgroups;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Sandbox;
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
    @CsvSource({"pid,pid", "network,net", "ipc,ipc", "uts,uts", "mount,mnt", "cgroup,cgroup"})
    void aNewOneIsNotTheRuntimes(String type, String kind, Sandbox box) {
        String inside = showing(box, kind).namespace(type, null).run().ok();
        assertEquals(kind, inside.substring(0, inside.indexOf(':')));
        assertNotEquals(own(kind), inside);
    }

    @ParameterizedTest
    @CsvSource({"pid,pid", "network,net", "ipc,ipc", "uts,uts", "cgroup,cgroup"})
    void theRuntimesIsKeptWhereNoneIsNamed(String type, String kind, Sandbox box) {
        assertEquals(own(kind), showing(box, kind).withoutNamespace(type).without("/hostname").run().ok());
    }

    @ParameterizedTest
    @CsvSource({"pid,pid", "network,net", "ipc,ipc", "uts,uts", "cgroup,cgroup"})
    void anothersIsJoinedByItsPath(String type, String kind, Sandbox box) {
        try (Container other = box.bundle().namespace("cgroup", null).args("sleep", "1000").up("other")) {
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
}
