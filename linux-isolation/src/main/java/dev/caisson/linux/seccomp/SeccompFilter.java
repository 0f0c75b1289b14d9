package dev.caisson.linux.seccomp;

import dev.caisson.linux.sys.Arch;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Seccomp.Action;
import dev.caisson.spec.Seccomp.Arg;
import dev.caisson.spec.Seccomp.Syscall;
import java.util.ArrayList;
import java.util.List;

/**
 * A profile as seccomp(2) takes it: {@code seccomp(SECCOMP_SET_MODE_FILTER, flags, program)}.
 *
 * @param flags    SECCOMP_FILTER_FLAG_*; with {@link #NEW_LISTENER} seccomp(2) returns the listener's descriptor
 * @param program  struct sock_filter[], as {@link Bpf} draws it
 * @param notifies whether some call asks a listener
 */
public record SeccompFilter(long flags, byte[] program, boolean notifies) {

    /** SECCOMP_FILTER_FLAG_TSYNC: the filter is for all threads. */
    public static final long TSYNC = 1;
    /** SECCOMP_FILTER_FLAG_LOG: what is not allowed is logged. */
    public static final long LOG = 1 << 1;
    /** SECCOMP_FILTER_FLAG_SPEC_ALLOW: speculative store bypass stays as it is. */
    public static final long SPEC_ALLOW = 1 << 2;
    /** SECCOMP_FILTER_FLAG_NEW_LISTENER: make a descriptor for the listener. */
    public static final long NEW_LISTENER = 1 << 3;
    /** SECCOMP_FILTER_FLAG_TSYNC_ESRCH: tell a failed TSYNC by an errno. */
    public static final long TSYNC_ESRCH = 1 << 4;
    /** SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: a call that the listener has received waits for fatal signals alone. */
    public static final long WAIT_KILLABLE_RECV = 1 << 5;

    private static final String PATH = "linux.seccomp";

    private static final List<String> FLAGS = List.of("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");

    /** The name of every architecture that the specification and libseccomp know. */
    private static final List<String> ARCHITECTURES = List.of("SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM",
        "SCMP_ARCH_AARCH64", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64",
        "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
        "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
        "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64");

    /** The names of architectures that a profile may use, whether they are this machine's or not. */
    public static List<String> architectures() {
        return ARCHITECTURES;
    }

    /** The names of flags that a profile may use. */
    public static List<String> knownFlags() {
        return FLAGS;
    }

    /** Those of them that this machine's kernel takes. */
    public static List<String> supportedFlags() {
        List<String> supported = new ArrayList<>();
        for (String flag : FLAGS) {
            // With no program to load a flag is as far as the kernel looks; the last one goes with a listener alone.
            if (Sys.seccompKnows(flag(flag) | (flag(flag) == WAIT_KILLABLE_RECV ? NEW_LISTENER : 0))) {
                supported.add(flag);
            }
        }
        return supported;
    }

    private static long flag(String name) {
        return switch (name) {
            case "SECCOMP_FILTER_FLAG_TSYNC" -> TSYNC;
            case "SECCOMP_FILTER_FLAG_LOG" -> LOG;
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW" -> SPEC_ALLOW;
            case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" -> WAIT_KILLABLE_RECV;
            default -> 0;
        };
    }

    /** A program that nobody else has. */
    @Override
    public byte[] program() {
        return program.clone();
    }

    /** Compiles a profile for this machine. */
    public static SeccompFilter compile(Seccomp profile) throws SeccompException {
        return compile(profile, Arch.current());
    }

    /** Compiles a profile for a machine of that architecture. */
    public static SeccompFilter compile(Seccomp profile, Arch arch) throws SeccompException {
        boolean notifies = check(profile);
        Abi own = Abi.of(arch);
        boolean[] wanted = new boolean[Abi.values().length];
        wanted[own.ordinal()] = true;
        for (int i = 0; i < profile.architectures().size(); i++) {
            String name = profile.architectures().get(i);
            if (!ARCHITECTURES.contains(name)) {
                throw new SeccompException(PATH + ".architectures[" + i + "]", "unknown architecture \"" + name + "\"");
            }
            // Programs for other machines can't run here, so there is nothing to filter of them.
            Abi abi = own.companion(name);
            if (abi != null) {
                wanted[abi.ordinal()] = true;
            }
        }
        return new SeccompFilter(flags(profile, notifies), program(profile, own, wanted), notifies);
    }

    private static byte[] program(Seccomp profile, Abi own, boolean[] wanted) throws SeccompException {
        Assembler out = new Assembler();
        // A call of any other ABI would pass by all rules.
        int foreign = out.verdict(Verdict.KILL_THREAD);
        Abi other = own == Abi.X86_64 ? Abi.X86 : Abi.ARM;
        int next = foreign;
        if (wanted[other.ordinal()]) {
            Ranges ranges = new Ranges();
            decide(profile, other, ranges, 1L << 32);
            next = out.branch(Bpf.IF_EQUAL, other.audit(), ranges.write(out), foreign);
        }
        Ranges ranges = new Ranges();
        if (own != Abi.X86_64) {
            decide(profile, own, ranges, 1L << 32);
        } else {
            long x32 = Abi.X32.base();
            decide(profile, own, ranges, x32);
            if (wanted[Abi.X32.ordinal()]) {
                decide(profile, Abi.X32, ranges, (1L << 32) - x32);
            } else {
                ranges.from(x32, new Decision(Verdict.KILL_THREAD));
                // -1 is no call, but what a tracer puts in the place of one that is to be skipped.
                ranges.from((1L << 32) - 1, new Decision(otherwise(profile)));
            }
        }
        next = out.branch(Bpf.IF_EQUAL, own.audit(), ranges.write(out), next);
        int start = out.load(Bpf.ARCH, next);
        if (out.overflown()) {
            throw new SeccompException(PATH, "the filter takes more than the " + Bpf.MAX_INSTRUCTIONS
                + " instructions that the kernel allows");
        }
        return out.program(start);
    }

    private static void decide(Seccomp profile, Abi abi, Ranges ranges, long end) {
        Calls calls = new Calls(abi);
        int otherwise = otherwise(profile);
        for (int i = 0; i < profile.syscalls().size(); i++) {
            Syscall entry = profile.syscalls().get(i);
            int verdict = Verdict.of(entry.action(), entry.errnoRet());
            // Other runtimes pass over what says no more than the default, even where an earlier or later entry says otherwise.
            calls.add(entry, verdict, verdict != otherwise);
        }
        calls.decide(ranges, end, otherwise, newer(profile, otherwise));
    }

    private static int otherwise(Seccomp profile) {
        return Verdict.of(profile.defaultAction(), profile.defaultErrnoRet());
    }

    // Programs try new calls and fall back to old ones when they hear ENOSYS; EPERM or a signal would break them. Where the default lets
    // calls pass, or leaves them to a tracer, the kernel or the tracer says so itself.
    private static int newer(Seccomp profile, int otherwise) {
        return switch (profile.defaultAction()) {
            case SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_TRACE -> otherwise;
            default -> Verdict.NO_SUCH_CALL;
        };
    }

    /** Refuses what can't be compiled, and says whether a listener is needed. */
    private static boolean check(Seccomp profile) throws SeccompException {
        if (profile.defaultAction() == Action.SCMP_ACT_NOTIFY) {
            // Nobody would be there to answer for the calls by which the listener itself is handed over.
            throw new SeccompException(PATH + ".defaultAction", "SCMP_ACT_NOTIFY cannot be used as default action");
        }
        data(profile.defaultErrnoRet(), -1);
        boolean notifies = false;
        for (int i = 0; i < profile.syscalls().size(); i++) {
            Syscall entry = profile.syscalls().get(i);
            data(entry.errnoRet(), i);
            for (int j = 0; j < entry.args().size(); j++) {
                Arg arg = entry.args().get(j);
                if (arg.index() < 0 || arg.index() > 5) {
                    throw new SeccompException(PATH + ".syscalls[" + i + "].args[" + j + "].index",
                        "there is no argument " + arg.index());
                }
            }
            if (entry.action() == Action.SCMP_ACT_NOTIFY) {
                notifies = true;
                if (entry.names().contains("write")) {
                    throw new SeccompException(PATH + ".syscalls[" + i + "].action",
                        "SCMP_ACT_NOTIFY cannot be used for the write syscall");
                }
            }
        }
        return notifies;
    }

    private static void data(Long errnoRet, int entry) throws SeccompException {
        if (errnoRet != null && (errnoRet < 0 || errnoRet > Verdict.MAX_DATA)) {
            String path = entry < 0 ? PATH + ".defaultErrnoRet" : PATH + ".syscalls[" + entry + "].errnoRet";
            throw new SeccompException(path, errnoRet + " is more than the " + Verdict.MAX_DATA + " that the kernel has room for");
        }
    }

    private static long flags(Seccomp profile, boolean notifies) throws SeccompException {
        long flags = notifies ? NEW_LISTENER : 0;
        if (profile.flags() == null) {
            return flags | SPEC_ALLOW; // as other runtimes: of a kernel that would slow filtered programs down, few ask it to
        }
        for (int i = 0; i < profile.flags().size(); i++) {
            long flag = flag(profile.flags().get(i));
            if (flag == 0) {
                throw new SeccompException(PATH + ".flags[" + i + "]", "unknown flag \"" + profile.flags().get(i) + "\"");
            }
            flags |= flag;
        }
        // It says how calls wait for the listener. The kernel refuses it where none is asked for, but nothing is amiss then.
        flags &= notifies ? -1 : ~WAIT_KILLABLE_RECV;
        // Without ESRCH the kernel would return the thread that it couldn't reach, which looks like success.
        return (flags & TSYNC) != 0 ? flags | TSYNC_ESRCH : flags;
    }
}
