package dev.caisson.spec;

import java.util.List;
import java.util.Map;

/**
 * What a runtime can do (features.md). In lists and booleans, null says "unknown" and is left out; an empty list or {@code false} says
 * "nothing of the kind" and is written.
 *
 * @param ociVersionMin                      least version of the specification that the runtime takes
 * @param ociVersionMax                      greatest version of the specification that the runtime takes
 * @param hooks                              names of hooks; null when unknown
 * @param mountOptions                       mount options that are not a filesystem's own; null when unknown
 * @param linux                              the Linux section; null when absent
 * @param annotations                        texts of the runtime's own, by reverse domain names
 * @param potentiallyUnsafeConfigAnnotations annotations of config.json that change what the runtime does; a name that ends in a dot is
 *                                           a prefix; null when unknown
 */
public record Features(String ociVersionMin, String ociVersionMax, List<String> hooks, List<String> mountOptions, Linux linux,
                       Map<String, String> annotations, List<String> potentiallyUnsafeConfigAnnotations) {

    /** Copies the lists and the map. */
    public Features {
        hooks = Copies.listOrNull(hooks);
        mountOptions = Copies.listOrNull(mountOptions);
        annotations = Copies.map(annotations);
        potentiallyUnsafeConfigAnnotations = Copies.listOrNull(potentiallyUnsafeConfigAnnotations);
    }

    /**
     * What a runtime can do on Linux (features-linux.md).
     *
     * @param namespaces   types of namespaces by their names in config.json; null when unknown
     * @param capabilities names of capabilities; null when unknown
     * @param cgroup       control groups; null when unknown
     * @param seccomp      system call filters; null when unknown
     * @param apparmor     whether AppArmor is supported; null when unknown
     * @param selinux      whether SELinux is supported; null when unknown
     * @param intelRdt     Intel RDT; null when unknown
     * @param memoryPolicy NUMA memory policies; null when unknown
     * @param idmap        JSON {@code mountExtensions.idmap.enabled}: whether id-mapped mounts are supported; null when unknown
     * @param netDevices   whether network devices can be moved; null when unknown
     */
    public record Linux(List<String> namespaces, List<String> capabilities, Cgroup cgroup, Seccomp seccomp, Boolean apparmor,
                        Boolean selinux, IntelRdt intelRdt, MemoryPolicy memoryPolicy, Boolean idmap, Boolean netDevices) {

        /** Copies the lists. */
        public Linux {
            namespaces = Copies.listOrNull(namespaces);
            capabilities = Copies.listOrNull(capabilities);
        }
    }

    /**
     * Control groups.
     *
     * @param v1          whether version 1 is supported; null when unknown
     * @param v2          whether version 2 is supported; null when unknown
     * @param systemd     whether cgroups can be made through systemd; null when unknown
     * @param systemdUser whether that works through the user's own systemd too; null when unknown
     * @param rdma        whether the rdma controller is supported; null when unknown
     */
    public record Cgroup(Boolean v1, Boolean v2, Boolean systemd, Boolean systemdUser, Boolean rdma) {
    }

    /**
     * System call filters.
     *
     * @param enabled        whether they are supported; null when unknown
     * @param actions        names of actions; null when unknown
     * @param operators      names of operators; null when unknown
     * @param archs          names of architectures; null when unknown
     * @param knownFlags     names of flags; null when unknown
     * @param supportedFlags names of flags that the kernel takes as well; null when unknown
     */
    public record Seccomp(Boolean enabled, List<String> actions, List<String> operators, List<String> archs, List<String> knownFlags,
                          List<String> supportedFlags) {

        /** Copies the lists. */
        public Seccomp {
            actions = Copies.listOrNull(actions);
            operators = Copies.listOrNull(operators);
            archs = Copies.listOrNull(archs);
            knownFlags = Copies.listOrNull(knownFlags);
            supportedFlags = Copies.listOrNull(supportedFlags);
        }
    }

    /**
     * Intel RDT.
     *
     * @param enabled    whether it is supported; null when unknown
     * @param schemata   whether {@code schemata} is supported; null when unknown
     * @param monitoring whether {@code enableMonitoring} is supported; null when unknown
     */
    public record IntelRdt(Boolean enabled, Boolean schemata, Boolean monitoring) {
    }

    /**
     * NUMA memory policies.
     *
     * @param modes names of modes; null when unknown
     * @param flags names of flags; null when unknown
     */
    public record MemoryPolicy(List<String> modes, List<String> flags) {

        /** Copies the lists. */
        public MemoryPolicy {
            modes = Copies.listOrNull(modes);
            flags = Copies.listOrNull(flags);
        }
    }
}
