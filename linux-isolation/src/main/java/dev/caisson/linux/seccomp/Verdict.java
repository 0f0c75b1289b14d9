package dev.caisson.linux.seccomp;

import dev.caisson.spec.Seccomp.Action;

/** What a filter answers (linux/seccomp.h, SECCOMP_RET_*): an action in the upper 16 bits, its data in the lower. */
final class Verdict {

    static final int KILL_THREAD = 0;
    static final int KILL_PROCESS = 0x80000000;
    static final int TRAP = 0x00030000;
    static final int ERRNO = 0x00050000;
    static final int NOTIFY = 0x7fc00000;
    static final int TRACE = 0x7ff00000;
    static final int LOG = 0x7ffc0000;
    static final int ALLOW = 0x7fff0000;

    static final int MAX_DATA = 0xffff;

    private static final int EPERM = 1;
    private static final int ENOSYS = 38;

    static final int NO_SUCH_CALL = ERRNO | ENOSYS;

    private Verdict() {}

    /**
     * The verdict of an action.
     *
     * @param errnoRet the errno or the tracer's message; null for EPERM
     */
    static int of(Action action, Long errnoRet) {
        int data = errnoRet == null ? EPERM : errnoRet.intValue();
        return switch (action) {
            case SCMP_ACT_KILL, SCMP_ACT_KILL_THREAD -> KILL_THREAD;
            case SCMP_ACT_KILL_PROCESS -> KILL_PROCESS;
            case SCMP_ACT_TRAP -> TRAP;
            case SCMP_ACT_ERRNO -> ERRNO | data;
            case SCMP_ACT_TRACE -> TRACE | data;
            case SCMP_ACT_ALLOW -> ALLOW;
            case SCMP_ACT_LOG -> LOG;
            case SCMP_ACT_NOTIFY -> NOTIFY;
        };
    }
}
