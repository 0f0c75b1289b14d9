package dev.caisson.linux.seccomp;

import dev.caisson.linux.sys.Arch;

/**
 * A way in which a program calls the kernel. The kernel tells a filter which one it is by {@code seccomp_data.arch}
 * (linux/audit.h, AUDIT_ARCH_*); x86-64 and x32 share one, and tell themselves apart by a bit of the call's number.
 */
enum Abi {
    X86_64(0xc000003e, true, 0),
    X86(0x40000003, false, 0),
    X32(0xc000003e, false, 0x40000000),
    AARCH64(0xc00000b7, true, 0),
    ARM(0x40000028, false, 0);

    /** arm's own calls (asm/unistd.h, __ARM_NR_BASE) are numbered from here; they aren't newer than the others. */
    private static final int ARM_PRIVATE = 0x0f0000;

    private final int audit;
    private final boolean wide;
    private final int base;

    Abi(int audit, boolean wide, int base) {
        this.audit = audit;
        this.wide = wide;
        this.base = base;
    }

    /** The machine's own. */
    static Abi of(Arch arch) {
        return arch == Arch.X86_64 ? X86_64 : AARCH64;
    }

    /** The ABI of programs for {@code arch}, an SCMP_ARCH_ name, on a machine whose own is this; null if it runs none such. */
    Abi companion(String arch) {
        return switch (arch) {
            case "SCMP_ARCH_X86_64" -> this == X86_64 ? X86_64 : null;
            case "SCMP_ARCH_X86" -> this == X86_64 ? X86 : null;
            case "SCMP_ARCH_X32" -> this == X86_64 ? X32 : null;
            case "SCMP_ARCH_AARCH64" -> this == AARCH64 ? AARCH64 : null;
            case "SCMP_ARCH_ARM" -> this == AARCH64 ? ARM : null;
            default -> null;
        };
    }

    /** The value of {@code seccomp_data.arch}. */
    int audit() {
        return audit;
    }

    /** Whether arguments have 64 bits that count, or 32. */
    boolean wide() {
        return wide;
    }

    /** What the kernel adds to the numbers of the table. */
    int base() {
        return base;
    }

    /** Whether a call of that number would have to be in a profile that knows all calls up to it. */
    boolean counts(int number) {
        return this != ARM || number < ARM_PRIVATE;
    }

    SyscallTable table() {
        return switch (this) {
            case X86_64 -> SyscallsX8664.TABLE;
            case X86 -> SyscallsX86.TABLE;
            case X32 -> SyscallsX32.TABLE;
            case AARCH64 -> SyscallsAarch64.TABLE;
            case ARM -> SyscallsArm.TABLE;
        };
    }
}
