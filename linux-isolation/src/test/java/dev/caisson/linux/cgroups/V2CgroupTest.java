package dev.caisson.linux.cgroups;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.linux.sys.Bpf;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class V2CgroupTest {

    private static ContainerCgroup on(Path mount, String path) throws CgroupException {
        return ContainerCgroup.of(new CgroupHost(List.of(), new CgroupHost.Hierarchy(mount.toString(), "/", Set.of())), path, "id");
    }

    /** On ordinary directories with the files that the kernel would put there. */
    @Nested
    class Imitated {

        @TempDir
        Path mount;

        private final List<String> files = List.of("cgroup.procs", "cgroup.subtree_control", "cgroup.freeze", "memory.max",
                "memory.low", "memory.swap.max", "cpu.weight", "cpu.max", "pids.max", "memory.high");

        private Path directory(String path, String controllers, String... values) throws IOException {
            Path dir = Files.createDirectories(mount.resolve(path));
            for (String file : files) {
                Files.createFile(dir.resolve(file));
            }
            Files.writeString(dir.resolve("cgroup.controllers"), controllers + "\n");
            for (int i = 0; i < values.length; i += 2) {
                Files.writeString(dir.resolve(values[i]), values[i + 1]);
            }
            return dir;
        }

        private String read(Path dir, String file) throws IOException {
            return Files.readString(dir.resolve(file));
        }

        @Test
        void enablesControllersFromTheRootDown() throws IOException {
            Path root = directory("", "cpu memory pids");
            Path parent = directory("p", "cpu memory pids", "cgroup.subtree_control", "");
            Path leaf = directory("p/c", "cpu memory pids");
            on(mount, "/p/c").create(new Resources(null, new Resources.Memory(100L, 50L, 300L, null, null, null, null, null, null),
                    new Resources.Cpu(1024L, 5000L, null, 10000L, null, null, null, null, null), new Resources.Pids(-1L), null, null,
                    null, null, Map.of("memory.high", "77")));
            assertEquals("+cpu +memory +pids", read(root, "cgroup.subtree_control"));
            assertEquals("+cpu +memory +pids", read(parent, "cgroup.subtree_control"));
            assertEquals("", read(leaf, "cgroup.subtree_control"));
            assertEquals("100", read(leaf, "memory.max"));
            assertEquals("50", read(leaf, "memory.low"));
            assertEquals("200", read(leaf, "memory.swap.max"));
            assertEquals("100", read(leaf, "cpu.weight"));
            assertEquals("5000 10000", read(leaf, "cpu.max"));
            assertEquals("max", read(leaf, "pids.max"));
            assertEquals("77", read(leaf, "memory.high"));
        }

        @Test
        void leavesParentsAloneThatHandDownEverything() throws IOException {
            Path root = directory("", "cpu pids", "cgroup.subtree_control", "untouched");
            Path parent = directory("p", "cpu pids", "cgroup.subtree_control", "cpu memory pids\n");
            directory("p/c", "cpu pids");
            on(mount, "p/c").create(Limit.pids(7L));
            assertEquals("untouched", read(root, "cgroup.subtree_control"));
            assertEquals("cpu memory pids\n", read(parent, "cgroup.subtree_control"));
        }

        @Test
        void namesFieldAndControllerThatIsNotThere() throws IOException {
            directory("", "cpu", "cgroup.subtree_control", "cpu");
            directory("c", "cpu");
            for (Map.Entry<Resources, String> bad : Map.of(
                    Limit.pids(7L), "linux.resources.pids.limit: the pids controller is not available: ",
                    Limit.memory(1L, null, null), "linux.resources.memory.limit: the memory controller is not available: ",
                    Limit.network(3L), "linux.resources.network.classID: the net_cls controller is not available: ",
                    Limit.unified("memory.high", "1"), "linux.resources.unified[\"memory.high\"]: controller \"memory\" not available",
                    Limit.unified("a/b", "1"), "linux.resources.unified[\"a/b\"]: must be a file name",
                    Limit.unified("memory", "1"), "linux.resources.unified[\"memory\"]: must be in the form").entrySet()) {
                CgroupException e = assertThrows(CgroupException.class, () -> on(mount, "c").create(bad.getKey()));
                assertTrue(e.getMessage().startsWith(bad.getValue()), e.getMessage());
                assertFalse(e.getMessage().contains("\n"));
            }
            on(mount, "c").create(Limit.pids(-1L));
        }

        @Test
        void refusesAThreadedCgroupAndAFrozenOneAndSaysWhoIsInIt() throws IOException {
            directory("", "");
            Path leaf = directory("c", "", "cgroup.type", "domain invalid\n");
            assertTrue(assertThrows(CgroupException.class, () -> on(mount, "c").create(null)).getMessage().contains("domain invalid"));
            Files.writeString(leaf.resolve("cgroup.type"), "domain\n");
            assertEquals(0, on(mount, "c").occupants());
            on(mount, "c").create(null);
            Files.writeString(leaf.resolve("cgroup.freeze"), "1\n");
            assertTrue(assertThrows(CgroupException.class, () -> on(mount, "c").create(null)).getMessage().contains("frozen"));
            Files.writeString(leaf.resolve("cgroup.procs"), "12\n0\n");
            Files.writeString(leaf.resolve("cgroup.freeze"), "0\n");
            assertEquals(1, on(mount, "c").occupants());
            assertArrayEquals(new int[] {12}, on(mount, "c").pids());
        }

        @Test
        void takesBackTheDirectoriesItMade() throws IOException {
            directory("", "");
            CgroupException e = assertThrows(CgroupException.class, () -> on(mount, "/x/y/z").create(Limit.pids(5L)));
            assertTrue(e.getMessage().startsWith("linux.resources.pids.limit: "), e.getMessage());
            assertFalse(Files.exists(mount.resolve("x")));
        }
    }

    /** On a cgroup2 that the machine has, below a cgroup of our own that plays the root; so there are no controllers, but all else. */
    @Nested
    class Real {

        private Path mount;
        private ContainerCgroup cgroup;

        private void setUp() throws IOException {
            CgroupHost host = CgroupHost.read();
            assumeTrue(host.v2() != null && Sys.euid() == 0, "needs a cgroup2 mount and root");
            mount = Path.of(host.v2().mountPoint(), "caisson-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
            Files.createDirectory(mount);
            cgroup = on(mount, "/p/c");
        }

        @AfterEach
        void tearDown() throws IOException {
            if (cgroup != null) {
                cgroup.killAll(ContainerCgroup.SIGKILL);
                cgroup.remove();
                assertFalse(Files.exists(mount.resolve("p/c")));
            }
            if (mount != null) {
                new CgroupDir(mount.toString()).removeTree(System.nanoTime() + CgroupDir.REMOVAL_NANOS);
            }
        }

        @Test
        void freezesKillsAndRemoves() throws Exception {
            setUp();
            cgroup.create(Limit.NOTHING);
            assertFalse(cgroup.frozen());
            Path below = Files.createDirectory(mount.resolve("p/c/below"));
            try (Victim victim = Victim.in(cgroup.placement(), "exec sleep 30");
                    Victim second = Victim.in(new Placement.Directory(below.toString()), "exec sleep 30")) {
                assertArrayEquals(new int[] {victim.pid(), second.pid()}, cgroup.pids());
                assertEquals(2, on(mount, "/p/c").occupants());
                cgroup.freeze();
                assertTrue(cgroup.frozen());
                ContainerCgroup reopened = ContainerCgroup.fromPaths(cgroup.paths());
                reopened.thaw();
                assertFalse(cgroup.frozen());
                reopened.freeze();
                reopened.killAll(9);
                assertTrue(victim.diesWithin(2000));
                assertTrue(second.diesWithin(2000));
                reopened.remove();
            }
        }

        @Test
        void enforcesDeviceRulesAndReplacesThem() throws Exception {
            setUp();
            try {
                cgroup.create(Limit.devices(Limit.denyAll()));
            } catch (CgroupException e) {
                assumeTrue(e.errno() == 0, "the machine attaches no programs: " + e.getMessage());
                throw e;
            }
            String look = "echo x > /dev/null && echo null-works; dd if=/dev/kmsg of=/dev/null bs=1 count=0 && echo kmsg-works";
            try (Victim victim = Victim.in(cgroup.placement(), look)) {
                String output = victim.output();
                assertTrue(output.contains("null-works"), output);
                assertFalse(output.contains("kmsg-works"), output);
                assertTrue(victim.diesWithin(2000));
            }
            int first = attached();
            cgroup.create(Limit.devices(Limit.allowAll(), Limit.deny("c", 1, 3, "w")));
            assertTrue(first != attached());
            try (Victim victim = Victim.in(cgroup.placement(), look.replace("of=/dev/null", "of=/dev/zero"))) {
                String output = victim.output();
                assertFalse(output.contains("null-works"), output);
                assertTrue(output.contains("kmsg-works"), output);
            }
        }

        @Test
        void sendsOtherSignalsToAll() throws Exception {
            setUp();
            cgroup.create(null);
            try (Victim victim = Victim.in(cgroup.placement(), "trap 'exit 7' USR1; echo ready; while :; do sleep 0.01; done")) {
                assertEquals("ready", victim.says());
                cgroup.killAll(10);
                assertTrue(victim.diesWithin(2000));
                assertEquals(7, victim.process().exitValue());
            }
        }

        private int attached() throws IOException {
            try (Descriptor dir = Sys.open(mount.resolve("p/c").toString(), Sys.O_RDONLY | Sys.O_DIRECTORY, 0)) {
                int[] ids = Bpf.attached(dir.fd(), Bpf.CGROUP_DEVICE);
                assertEquals(1, ids.length);
                return ids[0];
            }
        }
    }
}
