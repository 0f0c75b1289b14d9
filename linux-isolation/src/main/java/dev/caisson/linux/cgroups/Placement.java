package dev.caisson.linux.cgroups;

import java.util.List;

/** How a process gets into a container's cgroup. */
public sealed interface Placement {

    /**
     * The process writes {@code 0} into each of these v1 files, which moves the thread that writes. They are {@code tasks} files, not
     * {@code cgroup.procs}: for a whole process the kernel takes cgroup_threadgroup_rwsem for writing, whose RCU grace periods last
     * 2 to 8 ms, and a process that has just been cloned has a single thread anyway.
     *
     * @param files absolute paths, one a hierarchy
     */
    record Tasks(List<String> files) implements Placement {

        /** Copies the list. */
        public Tasks {
            files = List.copyOf(files);
        }
    }

    /**
     * The process is born in this v2 cgroup, by a descriptor of the directory given to clone3 with CLONE_INTO_CGROUP.
     *
     * @param path the directory's absolute path
     */
    record Directory(String path) implements Placement {
    }
}
