package dev.caisson.spec;

import java.util.Set;

/** {@link SpecValidator}'s part for {@link Seccomp}. */
final class SeccompValidator {

    private static final Set<String> ARCHITECTURES = Set.of("SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM",
        "SCMP_ARCH_AARCH64", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64",
        "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
        "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
        "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64");

    private static final Set<String> FLAGS = Set.of("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");

    private SeccompValidator() {
    }

    static void seccomp(Check check, Path at, Seccomp seccomp) throws SpecException {
        errnoRet(check, at.field("defaultErrnoRet"), seccomp.defaultAction(), seccomp.defaultErrnoRet());
        for (int i = 0; i < seccomp.architectures().size(); i++) {
            check.known(at.field("architectures").item(i), "seccomp architecture", seccomp.architectures().get(i), ARCHITECTURES);
        }
        for (int i = 0; seccomp.flags() != null && i < seccomp.flags().size(); i++) {
            check.known(at.field("flags").item(i), "seccomp flag", seccomp.flags().get(i), FLAGS);
        }
        check.noNul(at.field("listenerPath"), seccomp.listenerPath());
        if (seccomp.listenerMetadata() != null && seccomp.listenerPath() == null) {
            throw check.error(at.field("listenerMetadata"), "must not be set without listenerPath");
        }
        if (notifies(seccomp) && (seccomp.listenerPath() == null || seccomp.listenerPath().isEmpty())) {
            throw check.error(at.field("listenerPath"), "must be set where SCMP_ACT_NOTIFY is used");
        }
        Path syscalls = at.field("syscalls");
        for (int i = 0; i < seccomp.syscalls().size(); i++) {
            Seccomp.Syscall syscall = seccomp.syscalls().get(i);
            if (syscall.names().isEmpty()) {
                throw check.error(syscalls.item(i).field("names"), "must contain at least one name");
            }
            for (int j = 0; j < syscall.names().size(); j++) {
                String name = syscall.names().get(j);
                if (name.isEmpty() || name.indexOf('\0') >= 0) {
                    throw check.error(syscalls.item(i).field("names").item(j), Texts.quote(name) + " is not a valid syscall name");
                }
            }
            errnoRet(check, syscalls.item(i).field("errnoRet"), syscall.action(), syscall.errnoRet());
            for (int j = 0; j < syscall.args().size(); j++) {
                check.range(syscalls.item(i).field("args").item(j).field("index"), syscall.args().get(j).index(), 0, 5);
            }
        }
    }

    private static boolean notifies(Seccomp seccomp) {
        boolean notifies = seccomp.defaultAction() == Seccomp.Action.SCMP_ACT_NOTIFY;
        for (Seccomp.Syscall syscall : seccomp.syscalls()) {
            notifies |= syscall.action() == Seccomp.Action.SCMP_ACT_NOTIFY;
        }
        return notifies;
    }

    // An errno that would be dropped without a word is refused: the specification wants it so.
    private static void errnoRet(Check check, Path at, Seccomp.Action action, Long errnoRet) throws SpecException {
        if (errnoRet != null && action != Seccomp.Action.SCMP_ACT_ERRNO && action != Seccomp.Action.SCMP_ACT_TRACE) {
            throw check.error(at, "the action " + action + " does not support an errno, found " + errnoRet);
        }
    }
}
