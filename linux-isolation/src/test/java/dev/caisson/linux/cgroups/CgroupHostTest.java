package dev.caisson.linux.cgroups;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CgroupHostTest {

    @Test
    void readsAHybridHost() {
        CgroupHost host = CgroupHost.parse("""
                22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
                30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
                31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
                34 30 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
                39 30 0:36 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/bin/x,name=systemd
                40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
                """, """
                9:name=systemd:/
                4:memory:/some/where
                1:cpu,cpuacct:/
                0::/
                """);
        assertFalse(host.unified());
        assertEquals(List.of(
                new CgroupHost.Hierarchy("/sys/fs/cgroup/cpu,cpuacct", "/", Set.of("cpu", "cpuacct")),
                new CgroupHost.Hierarchy("/sys/fs/cgroup/memory", "/", Set.of("memory")),
                new CgroupHost.Hierarchy("/sys/fs/cgroup/systemd", "/", Set.of("name=systemd"))), host.v1());
        assertEquals("/sys/fs/cgroup/unified", host.v2().mountPoint());
    }

    @Test
    void readsAUnifiedHost() {
        CgroupHost host = CgroupHost.parse("""
                30 22 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate
                """, "0::/user.slice\n");
        assertTrue(host.unified());
        assertEquals("/sys/fs/cgroup", host.v2().mountPoint());
        assertEquals(List.of(), host.v1());
    }

    @Test
    void aNamedHierarchyBesideUnifiedOnesChangesNothing() {
        CgroupHost host = CgroupHost.parse("""
                30 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
                31 30 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
                """, "1:name=systemd:/\n0::/\n");
        assertTrue(host.unified());
    }

    @Test
    void usesThePartOfTheTreeThatAContainerWasGiven() {
        CgroupHost host = CgroupHost.parse("""
                31 30 0:28 /docker/other /mnt/other rw - cgroup cgroup rw,memory
                32 30 0:28 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                33 30 0:28 /docker/abcd /mnt/neighbour rw - cgroup cgroup rw,memory
                """, "4:memory:/docker/abc\n");
        assertEquals(List.of(new CgroupHost.Hierarchy("/sys/fs/cgroup/memory", "/docker/abc", Set.of("memory"))), host.v1());
    }

    @Test
    void prefersTheWholeOfAHierarchy() {
        CgroupHost host = CgroupHost.parse("""
                31 30 0:28 /a /mnt/part rw - cgroup2 cgroup2 rw
                32 30 0:28 / /mnt/with\\040space rw - cgroup2 cgroup2 rw
                33 30 0:28 /a /mnt/part2 rw - cgroup2 cgroup2 rw
                """, "0::/a\n");
        assertEquals("/mnt/with space", host.v2().mountPoint());
    }

    @Test
    void aMountOnTheSamePlaceHidesWhatWasThere() {
        CgroupHost host = CgroupHost.parse("""
                31 30 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
                32 31 0:29 / /sys/fs/cgroup rw - tmpfs tmpfs rw
                """, "0::/\n");
        assertNull(host.v2());
        assertFalse(host.unified());
    }

    @Test
    void takesNoMountOptionForAController() {
        CgroupHost host = CgroupHost.parse("""
                31 30 0:28 / /cg rw - cgroup cgroup rw,noprefix,cpuset,clone_children
                """, "3:cpuset:/\n");
        assertEquals(Set.of("cpuset"), host.v1().getFirst().controllers());
    }

    @Test
    void readsThisHost() throws CgroupException {
        CgroupHost host = CgroupHost.read();
        assertTrue(host.unified() || !host.v1().isEmpty() || host.v2() == null);
    }
}
