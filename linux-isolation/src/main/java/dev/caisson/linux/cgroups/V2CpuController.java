package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.Cpu;

/** {@code linux.resources.cpu} into cpu.weight, cpu.max, cpu.max.burst and cpu.idle (cgroup-v2.rst, "CPU"). */
final class V2CpuController implements Controller {

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String neededFor(Resources resources) {
        return V1CpuController.limitIn(resources);
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        Cpu cpu = resources.cpu();
        if (cpu == null) {
            return;
        }
        if (Limits.orZero(cpu.realtimePeriod()) != 0) {
            throw new CgroupException(V1CpuController.RT_PERIOD_FIELD + ": realtime period not supported on cgroupv2");
        }
        if (Limits.orZero(cpu.realtimeRuntime()) != 0) {
            throw new CgroupException(V1CpuController.RT_RUNTIME_FIELD + ": realtime runtime not supported on cgroupv2");
        }
        // An idle cgroup's weight can't be set.
        if (cpu.idle() != null && cpu.idle() == 0) {
            files.writeIfPresent("cpu.idle", "0", V1CpuController.IDLE_FIELD);
        }
        if (Limits.orZero(cpu.shares()) != 0) {
            files.write("cpu.weight", Integer.toString(weight(cpu.shares())), V1CpuController.SHARES_FIELD);
        }
        setBandwidth(files, cpu);
        if (Limits.orZero(cpu.idle()) != 0) {
            files.write("cpu.idle", cpu.idle().toString(), V1CpuController.IDLE_FIELD);
        }
    }

    private static void setBandwidth(ControlFiles files, Cpu cpu) throws CgroupException {
        long quota = Limits.orZero(cpu.quota());
        long period = Limits.orZero(cpu.period());
        Long burst = cpu.burst();
        // A burst must not exceed the quota, and is checked against the quota of the time.
        boolean burstLater = burst != null && !setBurst(files, burst, quota != 0);
        if (quota != 0) {
            // Without a period the kernel keeps the present one.
            String max = (quota < 0 ? "max" : Long.toString(quota)) + (period == 0 ? "" : " " + Long.toUnsignedString(period));
            files.write("cpu.max", max, V1CpuController.QUOTA_FIELD);
        } else if (period != 0) {
            String now = files.read("cpu.max", V1CpuController.PERIOD_FIELD);
            String max = Limits.isSet(now) ? now.split(" ")[0] : "max";
            files.write("cpu.max", max + " " + Long.toUnsignedString(period), V1CpuController.PERIOD_FIELD);
        }
        if (burstLater) {
            setBurst(files, burst, false);
        }
    }

    private static boolean setBurst(ControlFiles files, long burst, boolean again) throws CgroupException {
        if (burst == 0) {
            files.writeIfPresent("cpu.max.burst", "0", V1CpuController.BURST_FIELD);
            return true;
        }
        return V1CpuController.fits(files, "cpu.max.burst", burst, V1CpuController.BURST_FIELD, again);
    }

    /**
     * The weight (1 to 10000, 100 by default) for shares (2 to 262144, 1024 by default). The curve goes through the ends and the
     * default of both; it is runc's and crun's since 2025.
     *
     * @param shares uint64 as its 64 bits, not 0
     */
    static int weight(long shares) {
        if (Long.compareUnsigned(shares, 2) <= 0) {
            return 1;
        }
        if (Long.compareUnsigned(shares, 262144) >= 0) {
            return 10000;
        }
        // Exact for powers of two, whose weights are to be exact too: 1024 is 100, and just above it were 101.
        double log2 = Long.bitCount(shares) == 1 ? Long.numberOfTrailingZeros(shares) : Math.log(shares) / Math.log(2);
        double exponent = (log2 * log2 + 125 * log2) / 612 - 7.0 / 34;
        return (int) Math.ceil(Math.pow(10, exponent));
    }
}
