package dev.caisson.spec;

import java.util.List;

/**
 * Scheduling of the process, see sched_setattr(2) (config.md, "Linux Process", {@code scheduler}).
 *
 * @param policy   {@code SCHED_OTHER}, {@code SCHED_FIFO}, {@code SCHED_RR}, {@code SCHED_BATCH}, {@code SCHED_ISO},
 *                 {@code SCHED_IDLE} or {@code SCHED_DEADLINE}
 * @param nice     nice value for OTHER and BATCH, -20 to 19; 0 when absent
 * @param priority static priority for FIFO and RR, 1 to 99; 0 when absent
 * @param flags    names like {@code SCHED_FLAG_RESET_ON_FORK}
 * @param runtime  DEADLINE: run time per period in nanoseconds, uint64 as its 64 bits; 0 when absent
 * @param deadline DEADLINE: relative deadline in nanoseconds, uint64 as its 64 bits; 0 when absent
 * @param period   DEADLINE: period in nanoseconds, uint64 as its 64 bits; 0 when absent
 */
public record Scheduler(String policy, int nice, int priority, List<String> flags, long runtime, long deadline, long period) {

    /** Copies the flags. */
    public Scheduler {
        flags = Copies.list(flags);
    }
}
