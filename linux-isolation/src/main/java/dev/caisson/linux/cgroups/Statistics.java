package dev.caisson.linux.cgroups;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the processes of a cgroup have used, as v1 and v2 both can tell it. Numbers are uint64 as their 64 bits; what the kernel does not
 * tell is 0, empty or null.
 *
 * @param cpu       processor time
 * @param cpuset    the processors and memory nodes, and how they are used; v1 only, else null
 * @param memory    memory
 * @param pids      tasks
 * @param blockIo   block devices
 * @param hugePages huge pages by size, as in {@code 2MB}
 */
public record Statistics(Cpu cpu, Cpuset cpuset, Memory memory, Pids pids, BlockIo blockIo, Map<String, HugePages> hugePages) {

    /** Copies the map, in its order. */
    public Statistics {
        hugePages = Collections.unmodifiableMap(new LinkedHashMap<>(hugePages));
    }

    /**
     * Processor time in nanoseconds.
     *
     * @param total            all of it
     * @param user             in user mode
     * @param kernel           in kernel mode
     * @param perCpu           all of it by processor; v1 only
     * @param perCpuUser       in user mode by processor; v1 only
     * @param perCpuKernel     in kernel mode by processor; v1 only
     * @param periods          periods of the quota that have passed
     * @param throttledPeriods those in which the quota was used up
     * @param throttled        time for which processes had to wait for a new period
     * @param pressure         time lost by waiting for processors; null where the kernel does not tell
     */
    public record Cpu(long total, long user, long kernel, List<Long> perCpu, List<Long> perCpuUser, List<Long> perCpuKernel,
                      long periods, long throttledPeriods, long throttled, Pressure pressure) {

        /** Copies the lists. */
        public Cpu {
            perCpu = List.copyOf(perCpu);
            perCpuUser = List.copyOf(perCpuUser);
            perCpuKernel = List.copyOf(perCpuKernel);
        }
    }

    /** The files of v1's cpuset controller under their own names (cgroup-v1/cpusets.rst). */
    public record Cpuset(List<Integer> cpus, List<Integer> mems, long cpuExclusive, long memExclusive, long memHardwall,
                         long memoryMigrate, long memorySpreadPage, long memorySpreadSlab, long memoryPressure, long schedLoadBalance,
                         long schedRelaxDomainLevel) {

        /** Copies the lists. */
        public Cpuset {
            cpus = List.copyOf(cpus);
            mems = List.copyOf(mems);
        }
    }

    /**
     * Memory in bytes.
     *
     * @param cache     page cache
     * @param usage     memory
     * @param swap      memory and swap together
     * @param kernel    the kernel's own; v1 only
     * @param kernelTcp the kernel's TCP buffers; v1 only
     * @param raw       memory.stat
     * @param pressure  time lost by waiting for memory; null where the kernel does not tell
     */
    public record Memory(long cache, Use usage, Use swap, Use kernel, Use kernelTcp, Map<String, Long> raw, Pressure pressure) {

        /** Copies the map, in its order. */
        public Memory {
            raw = Collections.unmodifiableMap(new LinkedHashMap<>(raw));
        }
    }

    /**
     * Use of something that has a limit.
     *
     * @param limit    the limit; all ones for none
     * @param usage    now
     * @param max      the most there was
     * @param failures how often the limit was met
     */
    public record Use(long limit, long usage, long max, long failures) {

        static final Use NONE = new Use(0, 0, 0, 0);
    }

    /**
     * Tasks.
     *
     * @param current now
     * @param limit   the most that there may be; 0 for no limit
     */
    public record Pids(long current, long limit) {}

    /**
     * Use of block devices, by device and kind of operation.
     *
     * @param bytes       bytes transferred
     * @param operations  requests
     * @param queued      requests in the queue
     * @param serviceTime time in nanoseconds that requests took
     * @param waitTime    time in nanoseconds that requests waited
     * @param merged      requests that were merged into others
     * @param time        time in milliseconds that the devices were the cgroup's
     * @param sectors     sectors transferred
     * @param pressure    time lost by waiting for devices; null where the kernel does not tell
     */
    public record BlockIo(List<Entry> bytes, List<Entry> operations, List<Entry> queued, List<Entry> serviceTime, List<Entry> waitTime,
                          List<Entry> merged, List<Entry> time, List<Entry> sectors, Pressure pressure) {

        /** Copies the lists. */
        public BlockIo {
            bytes = List.copyOf(bytes);
            operations = List.copyOf(operations);
            queued = List.copyOf(queued);
            serviceTime = List.copyOf(serviceTime);
            waitTime = List.copyOf(waitTime);
            merged = List.copyOf(merged);
            time = List.copyOf(time);
            sectors = List.copyOf(sectors);
        }
    }

    /**
     * One number of {@link BlockIo}.
     *
     * @param operation {@code Read}, {@code Write} and so on; empty where they are not told apart
     */
    public record Entry(long major, long minor, String operation, long value) {}

    /**
     * Huge pages of one size, in bytes.
     *
     * @param usage    now
     * @param max      the most there was; v1 only
     * @param failures how often the limit was met
     */
    public record HugePages(long usage, long max, long failures) {}

    /**
     * Pressure stall information (accounting/psi.rst).
     *
     * @param some of any process
     * @param full of all processes at once
     */
    public record Pressure(Stall some, Stall full) {}

    /**
     * Time lost.
     *
     * @param avg10  per cent of the last 10 seconds
     * @param avg60  per cent of the last minute
     * @param avg300 per cent of the last five minutes
     * @param total  microseconds
     */
    public record Stall(double avg10, double avg60, double avg300, long total) {

        static final Stall NONE = new Stall(0, 0, 0, 0);
    }
}
