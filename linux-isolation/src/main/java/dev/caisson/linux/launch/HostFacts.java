package dev.caisson.linux.launch;

/**
 * What a plan depends on besides the configuration, and what stays the same for as long as the machine runs.
 *
 * @param lastCapability the kernel's highest capability (/proc/sys/kernel/cap_last_cap)
 * @param unifiedCgroups whether /sys/fs/cgroup is cgroup v2 alone
 * @param root           whether the caller is root of the user namespace it is in
 * @param initialUsers   whether that is the machine's first one: the only one in which device nodes can be made
 */
public record HostFacts(int lastCapability, boolean unifiedCgroups, boolean root, boolean initialUsers) {}
