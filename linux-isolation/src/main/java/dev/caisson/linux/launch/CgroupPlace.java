package dev.caisson.linux.launch;

import dev.caisson.linux.mounts.CgroupHierarchy;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a container's process goes and what it sees of its cgroups.
 *
 * @param taskFiles   the {@code tasks} files into which the process writes itself: those of cgroup v1, and of a resctrl group
 * @param folder      cgroup v2: the cgroup that the process is made in (CLONE_INTO_CGROUP), or null
 * @param hierarchies cgroup v1: what a mount of type cgroup shows
 */
public record CgroupPlace(List<String> taskFiles, String folder, List<CgroupHierarchy> hierarchies) {

    /** No cgroup: the process stays where the caller is. */
    public static final CgroupPlace NONE = new CgroupPlace(List.of(), null, List.of());

    /** The same, with further files for the process to write itself into. */
    public CgroupPlace with(List<String> more) {
        List<String> all = new ArrayList<>(taskFiles);
        all.addAll(more);
        return new CgroupPlace(all, folder, hierarchies);
    }

    /** Copies the lists. */
    public CgroupPlace {
        taskFiles = List.copyOf(taskFiles);
        hierarchies = List.copyOf(hierarchies);
    }
}
