package dev.caisson.linux.cgroups;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CgroupPathTest {

    @Test
    void isBelowTheMountWhetherAbsoluteOrNot() throws CgroupException {
        assertEquals("/a/b", CgroupPath.of("/a/b", "id").path());
        assertEquals("/a/b", CgroupPath.of("a//./b/", "id").path());
        assertEquals("/id", CgroupPath.of("", "id").path());
        assertEquals("/id", CgroupPath.of(null, "id").path());
    }

    @Test
    void refusesWhatLeadsUpwards() {
        for (String path : List.of("..", "/..", "/a/../b", "../a", "a/..")) {
            CgroupException e = assertThrows(CgroupException.class, () -> CgroupPath.of(path, "id"), path);
            assertEquals("linux.cgroupsPath: \"" + path + "\" has a \"..\" component", e.getMessage());
        }
    }

    @Test
    void refusesTheRoot() {
        for (String path : List.of("/", "//", ".", "/./")) {
            CgroupException e = assertThrows(CgroupException.class, () -> CgroupPath.of(path, "id"), path);
            assertTrue(e.getMessage().contains("is the root cgroup"), e.getMessage());
        }
    }

    @Test
    void refusesANulWhichTheKernelWouldEndAt() {
        assertThrows(CgroupException.class, () -> CgroupPath.of("/a\0/b", "id"));
    }

    @Test
    void tellsASystemdUnitFromAPathWithColons() throws CgroupException {
        for (String unit : List.of("system.slice:docker:abc", ":crio:abc", "kubepods-pod1.slice:cri-containerd:abc", "user.slice::x")) {
            SystemdCgroupException e = assertThrows(SystemdCgroupException.class, () -> CgroupPath.of(unit, "id"), unit);
            assertTrue(e.getMessage().contains("not supported yet"), e.getMessage());
        }
        for (String path : List.of("/system.slice:docker:abc", "a:b:c", "a.slice:b", "a.slice:b:c:d", "x/a.slice:b:c")) {
            assertEquals(path.startsWith("/") ? path : "/" + path, CgroupPath.of(path, "id").path());
        }
    }

    @Test
    void isJoinedToEveryHierarchy() throws CgroupException {
        CgroupHost host = new CgroupHost(List.of(
                new CgroupHost.Hierarchy("/m/cpu", "/", Set.of("cpu")),
                new CgroupHost.Hierarchy("/m/pids", "/x", Set.of("pids"))), null);
        ContainerCgroup cgroup = ContainerCgroup.of(host, "p/q", "id");
        assertEquals(Map.of("cpu", "/m/cpu/p/q", "pids", "/m/pids/p/q"), cgroup.paths());
        assertEquals(new Placement.Tasks(List.of("/m/cpu/p/q/tasks", "/m/pids/p/q/tasks")), cgroup.placement());
        assertEquals(cgroup.placement(), ContainerCgroup.fromPaths(cgroup.paths()).placement());
    }

    @Test
    void isOneDirectoryOnV2() throws CgroupException {
        CgroupHost host = new CgroupHost(List.of(), new CgroupHost.Hierarchy("/m", "/", Set.of()));
        ContainerCgroup cgroup = ContainerCgroup.of(host, null, "id");
        assertEquals(Map.of("", "/m/id"), cgroup.paths());
        assertEquals(new Placement.Directory("/m/id"), cgroup.placement());
        assertEquals(cgroup.placement(), ContainerCgroup.fromPaths(cgroup.paths()).placement());
    }

    @Test
    void refusesToReopenWhatItHasNotWritten() {
        assertThrows(CgroupException.class, () -> ContainerCgroup.fromPaths(Map.of()));
        assertThrows(CgroupException.class, () -> ContainerCgroup.fromPaths(Map.of("", "relative")));
        assertThrows(CgroupException.class, () -> ContainerCgroup.fromPaths(Map.of("cpu", "/sys/fs/cgroup/cpu/a/../..")));
        assertThrows(CgroupException.class, () -> ContainerCgroup.fromPaths(Map.of("cpu", "/")));
    }

    @Test
    void needsAHierarchy() {
        CgroupException e = assertThrows(CgroupException.class, () -> ContainerCgroup.of(new CgroupHost(List.of(), null), "/a", "id"));
        assertTrue(e.getMessage().contains("no cgroup hierarchy is mounted"), e.getMessage());
    }
}
