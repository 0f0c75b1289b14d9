package dev.caisson.linux.sys;

/**
 * What differs between the architectures that Caisson runs on: the numbers of system calls that libc has no wrapper for
 * (asm/unistd.h) and the open flags of aarch64 (asm/fcntl.h).
 */
public enum Arch {
    X86_64(434, 424, 321, 317, 0200000, 0400000),
    AARCH64(434, 424, 280, 277, 040000, 0100000);

    private final long pidfdOpen;
    private final long pidfdSendSignal;
    private final long bpf;
    private final long seccomp;
    private final int oDirectory;
    private final int oNofollow;

    Arch(long pidfdOpen, long pidfdSendSignal, long bpf, long seccomp, int oDirectory, int oNofollow) {
        this.pidfdOpen = pidfdOpen;
        this.pidfdSendSignal = pidfdSendSignal;
        this.bpf = bpf;
        this.seccomp = seccomp;
        this.oDirectory = oDirectory;
        this.oNofollow = oNofollow;
    }

    /**
     * The machine's.
     *
     * @throws IllegalStateException on any other architecture
     */
    public static Arch current() {
        String name = System.getProperty("os.arch");
        return switch (name) { // without patterns, which would be linked anew in every JVM
            case "amd64" -> X86_64;
            case "aarch64" -> AARCH64;
            default -> throw new IllegalStateException("Caisson runs on x86-64 and aarch64, not on " + name);
        };
    }

    long pidfdOpen() {
        return pidfdOpen;
    }

    long pidfdSendSignal() {
        return pidfdSendSignal;
    }

    long bpf() {
        return bpf;
    }

    long seccomp() {
        return seccomp;
    }

    /** O_DIRECTORY. */
    public int oDirectory() {
        return oDirectory;
    }

    /** O_NOFOLLOW. */
    public int oNofollow() {
        return oNofollow;
    }
}
