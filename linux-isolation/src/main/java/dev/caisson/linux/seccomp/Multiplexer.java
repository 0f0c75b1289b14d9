package dev.caisson.linux.seccomp;

import dev.caisson.spec.Seccomp.Operator;

/**
 * The calls that 32-bit x86 programs may make in two ways: by a number of their own, which the kernel has had since 4.3, and through
 * socketcall(2) or ipc(2), whose first argument says which is meant (linux/net.h, linux/ipc.h). A rule for such a call has to
 * hold for both.
 */
final class Multiplexer {

    private Multiplexer() {}

    /** The name of the call through which {@code name} can be made; null for nearly all. */
    static String through(String name) {
        return socketcall(name) != 0 ? "socketcall" : ipc(name) != 0 ? "ipc" : null;
    }

    /** The condition on that call's first argument. */
    static Condition which(String name) {
        int socketcall = socketcall(name);
        return socketcall != 0 ? new Condition(0, Operator.SCMP_CMP_EQ, socketcall, Condition.LOW, false)
            // Above the 16 bits that count is a version, which changes nothing of what is done.
            : new Condition(0, Operator.SCMP_CMP_MASKED_EQ, ipc(name), 0xffff, false);
    }

    private static int socketcall(String name) {
        return switch (name) {
            case "socket" -> 1;
            case "bind" -> 2;
            case "connect" -> 3;
            case "listen" -> 4;
            case "accept" -> 5;
            case "getsockname" -> 6;
            case "getpeername" -> 7;
            case "socketpair" -> 8;
            case "send" -> 9;
            case "recv" -> 10;
            case "sendto" -> 11;
            case "recvfrom" -> 12;
            case "shutdown" -> 13;
            case "setsockopt" -> 14;
            case "getsockopt" -> 15;
            case "sendmsg" -> 16;
            case "recvmsg" -> 17;
            case "accept4" -> 18;
            case "recvmmsg" -> 19;
            case "sendmmsg" -> 20;
            default -> 0;
        };
    }

    private static int ipc(String name) {
        return switch (name) {
            case "semop" -> 1;
            case "semget" -> 2;
            case "semctl" -> 3;
            case "semtimedop" -> 4;
            case "msgsnd" -> 11;
            case "msgrcv" -> 12;
            case "msgget" -> 13;
            case "msgctl" -> 14;
            case "shmat" -> 21;
            case "shmdt" -> 22;
            case "shmget" -> 23;
            case "shmctl" -> 24;
            default -> 0;
        };
    }
}
