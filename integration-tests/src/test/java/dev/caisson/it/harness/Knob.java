package dev.caisson.it.harness;

import java.nio.file.Path;

/** What can be set for a cgroup, by the name of its file on each version. */
public enum Knob {
    MEMORY("memory", "memory.limit_in_bytes", "memory.max"),
    MEMORY_RESERVATION("memory", "memory.soft_limit_in_bytes", "memory.low"),
    PIDS("pids", "pids.max", "pids.max"),
    CPU_SHARE("cpu", "cpu.shares", "cpu.weight"),
    CPU_IDLE("cpu", "cpu.idle", "cpu.idle"),
    CPU_BURST("cpu", "cpu.cfs_burst_us", "cpu.max.burst"),
    CPUS("cpuset", "cpuset.cpus", "cpuset.cpus"),
    MEMS("cpuset", "cpuset.mems", "cpuset.mems");

    private final String controller;
    private final String version1;
    private final String version2;

    Knob(String controller, String version1, String version2) {
        this.controller = controller;
        this.version1 = version1;
        this.version2 = version2;
    }

    /** Whether the machine has it. */
    public boolean isThere() {
        return Cgroups.has(controller);
    }

    /** Where a container sees it. */
    public String inside() {
        return Cgroups.areV1() ? "/sys/fs/cgroup/" + controller + "/" + version1 : "/sys/fs/cgroup/" + version2;
    }

    /** What it is set to, for a cgroup as in config.json. */
    public String of(String cgroup) {
        return Cgroups.read(controller, cgroup, Cgroups.areV1() ? version1 : version2);
    }

    /** Quota and period of processor time, in microseconds, as v2 writes them. */
    public static String bandwidth(String cgroup) {
        if (!Cgroups.areV1()) {
            return Cgroups.read("cpu", cgroup, "cpu.max");
        }
        String quota = Cgroups.read("cpu", cgroup, "cpu.cfs_quota_us");
        return (quota.equals("-1") ? "max" : quota) + " " + Cgroups.read("cpu", cgroup, "cpu.cfs_period_us");
    }

    /** The limit of memory and swap together, or -1; on v2 that is of two files. */
    public static long swap(String cgroup) {
        if (Cgroups.areV1()) {
            long both = Long.parseLong(Cgroups.read("memory", cgroup, "memory.memsw.limit_in_bytes"));
            return both > Long.MAX_VALUE / 2 ? -1 : both;
        }
        String swap = Cgroups.read("memory", cgroup, "memory.swap.max");
        return swap.equals("max") ? -1 : Long.parseLong(swap) + Long.parseLong(MEMORY.of(cgroup));
    }

    /** Whether swap is counted. */
    public static boolean countsSwap() {
        return Cgroups.areV1() ? java.nio.file.Files.exists(Path.of("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"))
                : Files.text(Path.of("/proc/swaps")).length() > 0;
    }

    /** What the kernel says for "no limit" of memory. */
    public static String unlimitedMemory() {
        return Cgroups.areV1() ? "9223372036854771712" : "max";
    }
}
