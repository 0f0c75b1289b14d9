package dev.caisson.linux.launch;

import dev.caisson.linux.plan.Kernel;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.spec.IOPriority;
import dev.caisson.spec.Linux;
import dev.caisson.spec.MemoryPolicy;
import dev.caisson.spec.NumberList;
import dev.caisson.spec.Personality;
import dev.caisson.spec.Process;
import dev.caisson.spec.Scheduler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;

/**
 * How the kernel is to run a process: its scheduler, I/O priority, execution domain, memory policy and CPUs. What the configuration
 * does not name is left as it is inherited, and adds nothing to the plan. All of it takes rights that the process itself may not have.
 */
final class SchedulingSteps {

    /** By number, from 0 on (linux/sched.h). */
    private static final List<String> POLICIES = List.of("SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO",
            "SCHED_IDLE", "SCHED_DEADLINE");

    /** By bit, from the lowest on (linux/sched.h). */
    private static final List<String> SCHEDULER_FLAGS = List.of("SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM",
            "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN",
            "SCHED_FLAG_UTIL_CLAMP_MAX");

    /** By number, from 1 on (linux/ioprio.h). */
    private static final List<String> IO_CLASSES = List.of("IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE");

    private static final int SCHED_ATTR_SIZE = 56;

    private SchedulingSteps() {}

    /** All but the CPUs. */
    static void add(PlanBuilder plan, Process process, Linux linux) {
        Scheduler scheduler = process.scheduler();
        if (scheduler != null) {
            plan.schedule("set process.scheduler " + scheduler.policy(), attributes(scheduler));
        }
        IOPriority io = process.ioPriority();
        if (io != null) {
            plan.ioPriority("set process.ioPriority " + io.priorityClass() + " " + io.priority(), Kernel.IOPRIO_WHO_PGRP, 0,
                    ioPriority(io));
        }
        Personality personality = linux.personality();
        if (personality != null) {
            plan.personality("set linux.personality " + personality.domain(),
                    personality.domain().equals("LINUX32") ? Kernel.PER_LINUX32 : Kernel.PER_LINUX);
        }
        MemoryPolicy memory = linux.memoryPolicy();
        if (memory != null) {
            plan.memoryPolicy("set linux.memoryPolicy " + memory.mode(), mode(memory),
                    memory.nodes() == null ? new byte[0] : mask(NumberList.parse(memory.nodes())));
        }
    }

    /** The CPUs that a process (and what it makes from now on) may run on; nothing where {@code cpus} is null or empty. */
    static void cpus(PlanBuilder plan, String field, String cpus) {
        if (cpus != null && !cpus.isEmpty()) {
            plan.affinity("set process.execCPUAffinity." + field + " " + cpus, mask(NumberList.parse(cpus)));
        }
    }

    /**
     * struct sched_attr (linux/sched/types.h), 56 bytes:
     *
     * <pre>
     *   0 u32 size     | 4 u32 policy
     *   8 u64 flags
     *  16 s32 nice     | 20 u32 priority
     *  24 u64 runtime, 32 u64 deadline, 40 u64 period (nanoseconds)
     *  48 u32 util_min | 52 u32 util_max: config.json has no values for these
     * </pre>
     */
    static byte[] attributes(Scheduler scheduler) {
        ByteBuffer out = ByteBuffer.allocate(SCHED_ATTR_SIZE).order(ByteOrder.nativeOrder());
        out.putInt(SCHED_ATTR_SIZE).putInt(POLICIES.indexOf(scheduler.policy()));
        long flags = 0;
        for (String flag : scheduler.flags()) {
            flags |= 1L << SCHEDULER_FLAGS.indexOf(flag);
        }
        out.putLong(flags).putInt(scheduler.nice()).putInt(scheduler.priority());
        out.putLong(scheduler.runtime()).putLong(scheduler.deadline()).putLong(scheduler.period());
        return out.array();
    }

    /** The class in the bits from 13 on, the level below (linux/ioprio.h). */
    static long ioPriority(IOPriority io) {
        return (IO_CLASSES.indexOf(io.priorityClass()) + 1L) << 13 | io.priority();
    }

    /** A mode with its flags, as set_mempolicy(2) takes them. */
    static long mode(MemoryPolicy memory) {
        long mode = MemoryPolicy.MODES.indexOf(memory.mode());
        for (String flag : memory.flags()) {
            mode |= 1L << MemoryPolicy.FIRST_FLAG + MemoryPolicy.FLAGS.indexOf(flag);
        }
        return mode;
    }

    /** A mask of whole longs, as the kernel reads masks; empty for no numbers. */
    static byte[] mask(BitSet numbers) {
        long[] words = numbers.toLongArray();
        ByteBuffer out = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.nativeOrder());
        for (long word : words) {
            out.putLong(word);
        }
        return out.array();
    }
}
