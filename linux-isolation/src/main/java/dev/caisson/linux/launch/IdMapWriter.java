package dev.caisson.linux.launch;

/** Who writes the id mappings of a container's new user namespace (user_namespaces(7)). */
public sealed interface IdMapWriter {

    /**
     * The runtime itself: it has the right to map any id, or the one id that it maps is its own.
     *
     * @param denySetgroups whether setgroups(2) is forbidden inside, which the kernel demands of who maps no more than its own group
     */
    record Direct(boolean denySetgroups) implements IdMapWriter {}

    /**
     * The programs that let an ordinary user map what /etc/subuid and /etc/subgid grant.
     *
     * @param newuidmap newuidmap(1), an absolute path
     * @param newgidmap newgidmap(1), an absolute path
     */
    record Programs(String newuidmap, String newgidmap) implements IdMapWriter {}
}
