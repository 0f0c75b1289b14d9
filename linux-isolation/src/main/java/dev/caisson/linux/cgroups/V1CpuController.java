package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Errno;
import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.Cpu;

/**
 * {@code linux.resources.cpu} into cpu.shares, cpu.cfs_*, cpu.idle and cpu.rt_* (scheduler/sched-bwc.rst, scheduler/sched-rt-group.rst).
 */
final class V1CpuController implements Controller {

    static final String SHARES_FIELD = "linux.resources.cpu.shares";
    static final String QUOTA_FIELD = "linux.resources.cpu.quota";
    static final String PERIOD_FIELD = "linux.resources.cpu.period";
    static final String BURST_FIELD = "linux.resources.cpu.burst";
    static final String IDLE_FIELD = "linux.resources.cpu.idle";
    static final String RT_RUNTIME_FIELD = "linux.resources.cpu.realtimeRuntime";
    static final String RT_PERIOD_FIELD = "linux.resources.cpu.realtimePeriod";

    // The kernel silently takes the nearest of these (kernel/sched/sched.h).
    private static final long LEAST_SHARES = 2;
    private static final long MOST_SHARES = 1 << 18;

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String neededFor(Resources resources) {
        return limitIn(resources);
    }

    /** See {@link Controller#neededFor}; the same on v2. */
    static String limitIn(Resources resources) {
        Cpu cpu = resources.cpu();
        if (cpu == null) {
            return null;
        }
        return Limits.orZero(cpu.shares()) != 0 ? SHARES_FIELD
                : Limits.orZero(cpu.quota()) > 0 ? QUOTA_FIELD
                : Limits.orZero(cpu.period()) != 0 ? PERIOD_FIELD
                : Limits.orZero(cpu.burst()) != 0 ? BURST_FIELD
                : Limits.orZero(cpu.idle()) != 0 ? IDLE_FIELD
                : Limits.orZero(cpu.realtimeRuntime()) != 0 ? RT_RUNTIME_FIELD
                : Limits.orZero(cpu.realtimePeriod()) != 0 ? RT_PERIOD_FIELD : null;
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        Cpu cpu = resources.cpu();
        if (cpu == null) {
            return;
        }
        // An idle cgroup's shares can't be set.
        if (cpu.idle() != null && cpu.idle() == 0) {
            files.writeIfPresent("cpu.idle", "0", IDLE_FIELD);
        }
        setShares(files, Limits.orZero(cpu.shares()));
        setBandwidth(files, cpu);
        if (Limits.orZero(cpu.idle()) != 0) {
            files.write("cpu.idle", cpu.idle().toString(), IDLE_FIELD);
        }
        setRealtime(files, Limits.orZero(cpu.realtimePeriod()), Limits.orZero(cpu.realtimeRuntime()));
    }

    private static void setShares(ControlFiles files, long shares) throws CgroupException {
        if (shares == 0) {
            return;
        }
        if (Long.compareUnsigned(shares, MOST_SHARES) > 0) {
            throw new CgroupException(SHARES_FIELD + ": the maximum allowed cpu-shares is " + MOST_SHARES);
        }
        if (shares < LEAST_SHARES) {
            throw new CgroupException(SHARES_FIELD + ": the minimum allowed cpu-shares is " + LEAST_SHARES);
        }
        files.write("cpu.shares", Long.toString(shares), SHARES_FIELD);
    }

    private static void setBandwidth(ControlFiles files, Cpu cpu) throws CgroupException {
        long quota = Limits.orZero(cpu.quota());
        long period = Limits.orZero(cpu.period());
        Long burst = cpu.burst();
        // Each is checked against what the others are at the time, so what does not fit yet may fit after the quota.
        boolean periodLater = period != 0 && !fits(files, "cpu.cfs_period_us", period, PERIOD_FIELD, quota != 0);
        boolean burstLater = burst != null && !setBurst(files, burst, quota != 0);
        if (quota != 0) {
            files.write("cpu.cfs_quota_us", Long.toString(quota), QUOTA_FIELD);
        }
        if (periodLater) {
            fits(files, "cpu.cfs_period_us", period, PERIOD_FIELD, false);
        }
        if (burstLater) {
            setBurst(files, burst, false);
        }
    }

    private static boolean setBurst(ControlFiles files, long burst, boolean again) throws CgroupException {
        if (burst == 0) {
            files.writeIfPresent("cpu.cfs_burst_us", "0", BURST_FIELD);
            return true;
        }
        return fits(files, "cpu.cfs_burst_us", burst, BURST_FIELD, again);
    }

    private static void setRealtime(ControlFiles files, long period, long runtime) throws CgroupException {
        boolean later = period != 0 && !fits(files, "cpu.rt_period_us", period, RT_PERIOD_FIELD, runtime != 0);
        if (runtime != 0) {
            files.write("cpu.rt_runtime_us", Long.toString(runtime), RT_RUNTIME_FIELD);
        }
        if (later) {
            fits(files, "cpu.rt_period_us", period, RT_PERIOD_FIELD, false);
        }
    }

    /**
     * Writes a value.
     *
     * @param again whether there will be another try
     * @return false if there is to be one, since the kernel says EINVAL
     */
    static boolean fits(ControlFiles files, String file, long value, String field, boolean again) throws CgroupException {
        try {
            files.write(file, Long.toUnsignedString(value), field);
            return true;
        } catch (CgroupException e) {
            if (!again || e.errno() != Errno.EINVAL) {
                throw e;
            }
            return false;
        }
    }
}
