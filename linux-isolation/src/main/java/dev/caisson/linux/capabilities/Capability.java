package dev.caisson.linux.capabilities;

import java.util.List;

/** The capabilities of linux/capability.h, by number, and sets of them as 64-bit masks. */
public final class Capability {

    private static final List<String> NAMES = List.of("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER",
            "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
            "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE",
            "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
            "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
            "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
            "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE");

    private Capability() {}

    /** All names that Caisson knows, in the order of their numbers. */
    public static List<String> names() {
        return NAMES;
    }

    /** The number of a name, or -1 if it is none. */
    public static int number(String name) {
        return NAMES.indexOf(name);
    }

    /** The name of a number, or {@code "capability N"}. */
    public static String name(int number) {
        return number < NAMES.size() ? NAMES.get(number) : "capability " + number;
    }

    /** The set of these names that the kernel, whose highest capability is {@code last}, has; others are left out. */
    public static long mask(List<String> names, int last) {
        long mask = 0;
        for (String name : names) {
            int number = number(name);
            if (number >= 0 && number <= last) {
                mask |= 1L << number;
            }
        }
        return mask;
    }
}
