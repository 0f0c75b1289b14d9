package dev.caisson.linux.mounts;

import java.util.List;

/**
 * One cgroup v1 hierarchy as a container sees it.
 *
 * @param name    its folder's name under the cgroup mount, as on the host: {@code "cpu,cpuacct"}
 * @param path    the container's cgroup in it, an absolute path of the host
 * @param aliases further names that link to the folder: {@code "cpu"}, {@code "cpuacct"}
 */
public record CgroupHierarchy(String name, String path, List<String> aliases) {

    /** Copies the aliases. */
    public CgroupHierarchy {
        aliases = List.copyOf(aliases);
    }
}
