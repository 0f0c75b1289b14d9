package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.HostMount;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.Pty;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** User namespaces, new and joined, of containers that the host's root makes; and mounts whose owners are mapped. */
@RealContainers
class UserNamespaceTest {

    private static final int HOST_ID = 100_000;
    private static final int IDS = 65_536;

    private static Bundle mapped(Sandbox box) {
        return box.bundle().users(HOST_ID, IDS);
    }

    private static List<Map<String, Integer>> mapping(int container, int host, int size) {
        return List.of(Map.of("containerID", container, "hostID", host, "size", size));
    }

    // ---- identity ----

    @Test
    void rootInsideIsNobodyOutside(Sandbox box) {
        try (Container container = mapped(box).sh("id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map; exec sleep 1000").up("c")) {
            String map = "0     100000      65536";
            dev.caisson.it.harness.Await.until("the ids are printed", () -> container.output().lines().count() == 4);
            assertEquals(List.of("0", "0", map, map), container.output().lines().map(String::strip).toList());
            assertTrue(Proc.status(container.pid(), "Uid").startsWith("100000\t"));
            assertTrue(Proc.status(container.pid(), "Gid").startsWith("100000\t"));
        }
    }

    @Test
    void anyMappedUserAndItsGroupsCanBeHad(Sandbox box) {
        assertEquals("uid=1000(app) gid=1000(app) groups=44(video)",
                mapped(box).user(1000, 1000, 44).args("id").run().ok());
    }

    @Test
    void severalRangesAreMapped(Sandbox box) {
        List<Map<String, Integer>> ranges = List.of(Map.of("containerID", 0, "hostID", HOST_ID, "size", 10),
                Map.of("containerID", 500, "hostID", 300_000, "size", 5));
        try (Container container = mapped(box).set("/linux/uidMappings", ranges).set("/linux/gidMappings", ranges).user(502, 503)
                .args("sleep", "1000").up("c")) {
            assertTrue(Proc.status(container.pid(), "Uid").startsWith("300002\t"));
            assertTrue(Proc.status(container.pid(), "Gid").startsWith("300003\t"));
        }
    }

    @Test
    void capabilitiesAreThoseOfTheNamespace(Sandbox box) {
        // Root of its own network may set it up; of the host's things it may do nothing.
        assertEquals("up", mapped(box).capabilities("CAP_NET_ADMIN").sh("ip link set lo up && ip link show lo | grep -q UP && echo up").run().ok());
        assertEquals("refused", mapped(box).writable().capabilities("CAP_MKNOD")
                .sh("mknod /tmp/device c 1 3 2>/dev/null || echo refused").run().ok());
    }

    // ---- what takes the host's rights ----

    @Test
    void pathsThatOnlyTheHostsRootCanFollowAreReached(Sandbox box) {
        Path closed = Files.mode(Files.folder(box.dir().resolve("closed")), "rwx------");
        Files.write(closed.resolve("folder/file"), "in the folder");
        Files.write(closed.resolve("single"), "alone");
        Bundle bundle = mapped(box).bind(closed.resolve("folder"), "/data").bind(closed.resolve("single"), "/single")
                .sh("cat /data/file /single");
        Files.mode(bundle.folder(), "rwx------");
        assertEquals("in the folderalone", bundle.run().ok());
    }

    @Test
    void itsDevicesAreTheHosts(Sandbox box) {
        assertEquals("1:3 1:5 1:7 1:8 1:9 5:0\n4", mapped(box)
                .sh("cd /dev; echo $(stat -c %t:%T null zero full random urandom tty); echo gone > null; head -c 4 urandom | wc -c")
                .run().ok());
    }

    @Test
    void aDeviceThatTheHostLacksIsNamed(Sandbox box) {
        Result result = mapped(box).add("/linux/devices", Map.of("path", "/dev/no-such", "type", "c", "major", 10, "minor", 200)).run();
        assertNotEquals(0, result.code());
        assertTrue(result.complaint().contains("/dev/no-such"), result::toString);
    }

    @Test
    void theCgroupAndTheOutOfMemoryScoreAreSetFromOutside(Sandbox box) {
        try (Container container = mapped(box).set("/process/oomScoreAdj", 500).args("sleep", "1000").up("c")) {
            assertEquals("500", Files.text(Proc.of(container.pid()).resolve("oom_score_adj")).strip());
            assertTrue(Files.text(Proc.of(container.pid()).resolve("cgroup")).contains(box.name()));
            assertEquals("500", container.sh("cat /proc/self/oom_score_adj"));
            assertEquals(container.sh("grep :pids: /proc/1/cgroup"), container.sh("grep :pids: /proc/self/cgroup"));
        }
    }

    @Test
    void limitsAreSet(Sandbox box) {
        Bundle bundle = mapped(box).set("/process/rlimits", List.of(Map.of("type", "RLIMIT_NOFILE", "soft", 12, "hard", 345)));
        assertEquals("12\n345", bundle.sh("ulimit -Sn; ulimit -Hn").run().ok());
        try (Container container = bundle.args("sleep", "1000").up("c")) {
            assertEquals("12\n345", container.sh("ulimit -Sn; ulimit -Hn"));
        }
    }

    @Test
    void whatIsMadeOnTheWayBelongsToItsRoot(Sandbox box) {
        assertEquals("0 0 0 0 0", mapped(box).writable().mount("/made/up", "tmpfs", "tmpfs")
                .sh("echo $(stat -c %u /made /made/up /dev/shm /dev/mqueue /dev/pts)").run().ok());
    }

    @Test
    void hooksOfTheRuntimeStayOutsideAndTheContainersGoInside(Sandbox box) {
        Path file = box.dir().resolve("map");
        assertEquals("", mapped(box).hook("createRuntime", "cat /proc/self/uid_map > " + file).args("true").run().ok());
        assertEquals("0          0 4294967295", Files.text(file).strip());
        Path own = Files.mode(Files.write(box.dir().resolve("own"), ""), "rw-rw-rw-");
        assertEquals("", mapped(box).hook("createContainer", "cat /proc/self/uid_map > " + own).args("true").run().ok());
        assertEquals("0     100000      65536", Files.text(own).strip());
    }

    @Test
    void itCanHaveATerminal(Sandbox box) {
        try (Pty pty = new Pty()) {
            Running run = mapped(box).terminal().sh("tty; stat -c %u $(tty)").command("run", "c").terminal(pty).start();
            pty.awaitText("/dev/pts/0\r\n0");
            run.await().exits(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared", "slave", "private", "rshared"})
    void itsRootHasAPropagation(String propagation, Sandbox box) {
        assertEquals("ok", mapped(box).set("/linux/rootfsPropagation", propagation).args("echo", "ok").run().ok());
    }

    @Test
    void itCanDoWithoutPivot(Sandbox box) {
        assertEquals("busybox", mapped(box).args("readlink", "/bin/sh").run("--no-pivot").ok());
    }

    @Test
    void sysctlsOfItsNamespacesAreSet(Sandbox box) {
        assertEquals("1", mapped(box).set("/linux/sysctl", Map.of("net.ipv4.ip_forward", "1"))
                .args("cat", "/proc/sys/net/ipv4/ip_forward").run().ok());
    }

    // ---- exec ----

    @Test
    void anotherProcessIsInTheSameNamespaces(Sandbox box) {
        try (Container container = mapped(box).args("sleep", "1000").up("c")) {
            for (String kind : List.of("user", "pid", "net", "mnt", "ipc", "uts")) {
                assertEquals(Proc.namespace(container.pid(), kind), container.sh("readlink /proc/self/ns/" + kind));
            }
            assertEquals("0", container.sh("id -u"));
            assertEquals("uid=1000(app) gid=1000(app)", box.run("exec", "--user", "1000:1000", container.id(), "id").ok()
                    .replaceAll(" groups=.*", ""));
            assertEquals("sleep", container.sh("cat /proc/1/comm"));
        }
    }

    @Test
    void anotherProcessHasAnExitCodeAndATerminal(Sandbox box) {
        try (Container container = mapped(box).args("sleep", "1000").up("c"); Pty pty = new Pty()) {
            container.exec("sh", "-c", "exit 7").exits(7);
            container.exec("no-such-program").exits(255);
            Running exec = box.command("exec", "--tty", container.id(), "sh", "-c", "tty; id -u").terminal(pty).start();
            pty.awaitText("/dev/pts/0\r\n0");
            exec.await().exits(0);
        }
    }

    // ---- joined ----

    @Test
    void anothersIsJoinedWithItsOtherNamespacesOrNewOnes(Sandbox box) {
        try (Container pod = mapped(box).args("sleep", "1000").up("pod")) {
            String of = "/proc/" + pod.pid() + "/ns/";
            Bundle bundle = box.bundle().users(HOST_ID, IDS).without("/linux/uidMappings").without("/linux/gidMappings")
                    .namespace("user", of + "user").namespace("network", of + "net").namespace("ipc", of + "ipc").without("/hostname")
                    .namespace("uts", of + "uts");
            try (Container container = bundle.args("sleep", "1000").up("c")) {
                for (String kind : List.of("user", "net", "ipc", "uts")) {
                    assertEquals(Proc.namespace(pod.pid(), kind), Proc.namespace(container.pid(), kind), kind);
                }
                assertNotEquals(Proc.namespace(pod.pid(), "pid"), Proc.namespace(container.pid(), "pid"));
                assertEquals("0 sleep", container.sh("echo $(id -u) $(cat /proc/1/comm)"));
            }
            try (Container container = bundle.namespace("pid", of + "pid").args("sleep", "2000").up("d")) {
                assertEquals(Proc.namespace(pod.pid(), "pid"), Proc.namespace(container.pid(), "pid"));
                assertEquals("1000", container.sh("tr '\\0' ' ' < /proc/1/cmdline | cut -d' ' -f2"));
            }
        }
    }

    @Test
    void namespacesOfTheHostAreJoinedBesideANewOne(Sandbox box) {
        try (Container other = box.bundle().args("sleep", "1000").up("other")) {
            Bundle bundle = mapped(box).namespace("network", "/proc/" + other.pid() + "/ns/net").without("/mounts");
            try (Container container = bundle.mount("/proc", "proc", "proc").mount("/dev", "tmpfs", "tmpfs").args("sleep", "1000").up("c")) {
                assertEquals(Proc.namespace(other.pid(), "net"), Proc.namespace(container.pid(), "net"));
                assertNotEquals(Proc.namespace(other.pid(), "user"), Proc.namespace(container.pid(), "user"));
                assertEquals(Proc.namespace(other.pid(), "net"), container.sh("readlink /proc/self/ns/net"));
            }
        }
    }

    // ---- mounts with mapped owners ----

    @Test
    void aMountShowsItsFilesAsTheContainersOwn(Sandbox box) {
        Path data = Files.folder(box.dir().resolve("data"));
        Files.write(data.resolve("file"), "");
        Bundle bundle = mapped(box).bind(data, "/data", "idmap").sh("touch /data/new; stat -c %u /data/file /data/new");
        assertEquals("0\n0", bundle.run().ok());
        assertEquals(0, Files.owner(data.resolve("new")));
    }

    @Test
    void aMountHasMappingsOfItsOwn(Sandbox box) {
        Path data = Files.folder(box.dir().resolve("data"));
        Files.write(data.resolve("file"), "");
        Bundle bundle = box.bundle().add("/mounts", Map.of("destination", "/data", "type", "bind", "source", data.toString(), "options",
                List.of("bind", "idmap"), "uidMappings", mapping(0, 1000, 1), "gidMappings", mapping(0, 1000, 1)));
        assertEquals("1000 1000", bundle.args("stat", "-c", "%u %g", "/data/file").run().ok());
        assertEquals("", bundle.user(1000, 1000).args("touch", "/data/new").run().ok());
        assertEquals(0, Files.owner(data.resolve("new")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"idmap", "ridmap"})
    void mountsBelowAreMappedWhenThatIsAsked(String option, Sandbox box) {
        Path data = Files.folder(box.dir().resolve("data"));
        try (HostMount below = HostMount.tmpfs(data.resolve("below"))) {
            assertEquals(option.equals("ridmap") ? "0 0" : "0 65534",
                    mapped(box).bind(data, "/data", "rbind", option).sh("echo $(stat -c %u /data /data/" + below.path().getFileName() + ")").run().ok());
        }
    }

    @Test
    void aMappedMountNeedsAMapping(Sandbox box) {
        Result result = box.bundle().bind(box.dir(), "/data", "idmap").run();
        assertNotEquals(0, result.code());
        assertTrue(result.complaint().contains("mounts"), result::toString);
        result = mapped(box).mount("/data", "tmpfs", "tmpfs", "idmap").run();
        assertNotEquals(0, result.code());
        assertTrue(result.complaint().contains("id-mapped mounts are only supported for bind mounts"), result::toString);
    }

    // ---- bad input ----

    @Test
    @OnlyCaisson("the words are its own")
    void mappingsThatMakeNoSenseAreNamed(Sandbox box) {
        List<Map<String, Integer>> twice = List.of(Map.of("containerID", 0, "hostID", HOST_ID, "size", 10),
                Map.of("containerID", 5, "hostID", 300_000, "size", 5));
        Result result = mapped(box).set("/linux/uidMappings", twice).run();
        result.exits(1);
        assertTrue(result.complaint().contains("linux.uidMappings[1].containerID: the range from 5 overlaps"), result::toString);
        box.assertNothingLeft();
    }

    @Test
    @OnlyCaisson("the words are its own")
    void aNamespaceWithoutARootIsRefused(Sandbox box) {
        Result result = mapped(box).set("/linux/uidMappings", mapping(1000, HOST_ID, 10)).user(1000, 0).run();
        result.exits(1);
        assertTrue(result.complaint().contains("become user 0 of the user namespace: invalid argument"), result::toString);
        box.assertNothingLeft();
    }

    @Test
    void aUserWhoIsNotMappedIsRefused(Sandbox box) {
        Result result = mapped(box).user(70_000, 0).run();
        assertNotEquals(0, result.code());
        box.assertNothingLeft();
    }

    @Test
    void whatIsNoUserNamespaceIsNotJoined(Sandbox box) {
        for (String path : List.of("/proc/self/ns/net", "/etc/passwd", "/no/such")) {
            Result result = mapped(box).without("/linux/uidMappings").without("/linux/gidMappings").namespace("user", path).run();
            assertNotEquals(0, result.code());
            assertTrue(result.complaint().contains(path), result::toString);
        }
        box.assertNothingLeft();
    }
}
