package dev.caisson.spec;

import java.util.List;

/**
 * The system call filter (config-linux.md, "Seccomp").
 *
 * @param defaultAction    what happens to a call that no rule matches
 * @param defaultErrnoRet  errno for a default action of ERRNO or TRACE, uint32; null when absent, meaning EPERM
 * @param architectures    names like {@code SCMP_ARCH_X86_64}; the native one is always there too
 * @param flags            flags for seccomp(2), names like {@code SECCOMP_FILTER_FLAG_LOG}; null when absent, where other runtimes
 *                         have a default of their own
 * @param listenerPath     unix socket to send the notification descriptor to; null when absent
 * @param listenerMetadata opaque text for that listener; null when absent
 * @param syscalls         the rules
 */
public record Seccomp(Action defaultAction, Long defaultErrnoRet, List<String> architectures, List<String> flags, String listenerPath,
                      String listenerMetadata, List<Syscall> syscalls) {

    /** Copies the lists. */
    public Seccomp {
        architectures = Copies.list(architectures);
        flags = Copies.listOrNull(flags);
        syscalls = Copies.list(syscalls);
    }

    /** What happens to a system call. The constants' names are the JSON names. */
    public enum Action {
        /** Kills the thread; the old name of {@link #SCMP_ACT_KILL_THREAD}. */
        SCMP_ACT_KILL,
        /** Kills the whole process. */
        SCMP_ACT_KILL_PROCESS,
        /** Kills the thread. */
        SCMP_ACT_KILL_THREAD,
        /** Sends SIGSYS. */
        SCMP_ACT_TRAP,
        /** Fails the call with {@code errnoRet}. */
        SCMP_ACT_ERRNO,
        /** Tells a tracer, with {@code errnoRet} as its message. */
        SCMP_ACT_TRACE,
        /** Lets the call pass. */
        SCMP_ACT_ALLOW,
        /** Logs the call and lets it pass. */
        SCMP_ACT_LOG,
        /** Asks the listener. */
        SCMP_ACT_NOTIFY
    }

    /** How an argument is compared, unsigned. The constants' names are the JSON names. */
    public enum Operator {
        /** Argument differs from value. */
        SCMP_CMP_NE,
        /** Argument is less than value. */
        SCMP_CMP_LT,
        /** Argument is at most value. */
        SCMP_CMP_LE,
        /** Argument equals value. */
        SCMP_CMP_EQ,
        /** Argument is at least value. */
        SCMP_CMP_GE,
        /** Argument is greater than value. */
        SCMP_CMP_GT,
        /** Argument masked with value equals valueTwo. */
        SCMP_CMP_MASKED_EQ
    }

    /**
     * A rule.
     *
     * @param names    names of the system calls, one at least; names that nobody knows are skipped
     * @param action   what happens to them
     * @param errnoRet errno for an action of ERRNO or TRACE, uint32; null when absent, meaning EPERM
     * @param args     conditions that must all hold; empty for none
     */
    public record Syscall(List<String> names, Action action, Long errnoRet, List<Arg> args) {

        /** Copies the lists. */
        public Syscall {
            names = Copies.list(names);
            args = Copies.list(args);
        }
    }

    /**
     * A condition on an argument of a system call.
     *
     * @param index    which argument, 0 to 5
     * @param value    what it is compared with, uint64 as its 64 bits; the mask for MASKED_EQ
     * @param valueTwo what the masked argument is compared with for MASKED_EQ, uint64 as its 64 bits; 0 when absent
     * @param op       how it is compared
     */
    public record Arg(int index, long value, long valueTwo, Operator op) {
    }
}
