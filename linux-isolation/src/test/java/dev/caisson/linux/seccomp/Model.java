package dev.caisson.linux.seccomp;

import dev.caisson.linux.sys.Arch;
import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Seccomp.Arg;
import dev.caisson.spec.Seccomp.Operator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a profile means, said as plainly as possible and without regard to speed: the compiled filters have to agree with it. */
final class Model {

    private static final List<String> SOCKETCALL = List.of("", "socket", "bind", "connect", "listen", "accept", "getsockname",
        "getpeername", "socketpair", "send", "recv", "sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg",
        "accept4", "recvmmsg", "sendmmsg");
    private static final Map<String, Integer> IPC = Map.ofEntries(Map.entry("semop", 1), Map.entry("semget", 2),
        Map.entry("semctl", 3), Map.entry("semtimedop", 4), Map.entry("msgsnd", 11), Map.entry("msgrcv", 12), Map.entry("msgget", 13),
        Map.entry("msgctl", 14), Map.entry("shmat", 21), Map.entry("shmdt", 22), Map.entry("shmget", 23), Map.entry("shmctl", 24));

    private record Condition(int index, Operator op, long value, long valueTwo) {}

    private record Outcome(int verdict, List<Condition> conditions) {}

    private final Seccomp profile;
    private final Abi own;
    private final Set<Abi> abis = new HashSet<>();
    private final int otherwise;
    private final Map<Abi, Map<Long, List<Outcome>>> known = new HashMap<>();
    private final Map<Abi, Integer> newest = new HashMap<>();

    Model(Seccomp profile, Arch arch) {
        this.profile = profile;
        own = Abi.of(arch);
        abis.add(own);
        for (String name : profile.architectures()) {
            Abi abi = own.companion(name);
            if (abi != null) {
                abis.add(abi);
            }
        }
        otherwise = Verdict.of(profile.defaultAction(), profile.defaultErrnoRet());
    }

    int decide(int audit, int number, long[] args) {
        Abi abi = abi(audit, number);
        if (abi == null) {
            return own == Abi.X86_64 && audit == own.audit() && number == -1 ? otherwise : Verdict.KILL_THREAD;
        }
        long n = Integer.toUnsignedLong(number - abi.base());
        List<Outcome> outcomes = known.computeIfAbsent(abi, this::outcomes).getOrDefault(n, List.of());
        for (Outcome outcome : outcomes) {
            if (outcome.conditions.isEmpty()) {
                return outcome.verdict;
            }
        }
        for (Outcome outcome : outcomes) {
            boolean holds = true;
            for (Condition condition : outcome.conditions) {
                holds &= holds(condition, args, abi);
            }
            if (holds) {
                return outcome.verdict;
            }
        }
        return outcomes.isEmpty() && newer(abi, n) ? Verdict.ERRNO | 38 : otherwise;
    }

    private Abi abi(int audit, int number) {
        for (Abi abi : abis) {
            boolean x32 = number < 0 || (number & 0x40000000) != 0;
            if (abi.audit() == audit && (abi == Abi.X32 ? x32 : abi != Abi.X86_64 || !x32)) {
                return abi;
            }
        }
        return null;
    }

    private Map<Long, List<Outcome>> outcomes(Abi abi) {
        Map<Long, List<Outcome>> calls = new HashMap<>();
        for (Seccomp.Syscall entry : profile.syscalls()) {
            int verdict = Verdict.of(entry.action(), entry.errnoRet());
            if (verdict == otherwise) {
                continue;
            }
            for (List<Arg> args : alternatives(entry.args())) {
                List<Condition> conditions = conditions(args, abi);
                for (String name : entry.names()) {
                    add(calls, abi.table().number(name), new Outcome(verdict, conditions));
                    if (abi == Abi.X86 && SOCKETCALL.contains(name)) {
                        Condition which = new Condition(0, Operator.SCMP_CMP_EQ, SOCKETCALL.indexOf(name), 0);
                        add(calls, 102, new Outcome(verdict, through(which, conditions)));
                    } else if (abi == Abi.X86 && IPC.containsKey(name)) {
                        Condition which = new Condition(0, Operator.SCMP_CMP_MASKED_EQ, 0xffff, IPC.get(name));
                        add(calls, 117, new Outcome(verdict, through(which, conditions)));
                    }
                }
            }
        }
        return calls;
    }

    private static void add(Map<Long, List<Outcome>> calls, long number, Outcome outcome) {
        calls.computeIfAbsent(number, none -> new ArrayList<>()).add(outcome);
    }

    private static List<Condition> through(Condition which, List<Condition> conditions) {
        List<Condition> all = new ArrayList<>(conditions);
        all.removeIf(condition -> condition.index == 0);
        all.add(which);
        return all;
    }

    private static List<List<Arg>> alternatives(List<Arg> args) {
        long distinct = args.stream().map(Arg::index).distinct().count();
        return distinct == args.size() ? List.of(args) : args.stream().map(List::of).toList();
    }

    private static List<Condition> conditions(List<Arg> args, Abi abi) {
        return args.stream().filter(arg -> arg.op() != Operator.SCMP_CMP_MASKED_EQ || bits(arg.value(), abi) != 0)
            .map(arg -> new Condition(arg.index(), arg.op(), arg.value(), arg.valueTwo())).toList();
    }

    private static boolean holds(Condition condition, long[] args, Abi abi) {
        long argument = bits(args[condition.index], abi);
        long value = bits(condition.value, abi);
        int order = Long.compareUnsigned(argument, value);
        return switch (condition.op) {
            case SCMP_CMP_EQ -> order == 0;
            case SCMP_CMP_NE -> order != 0;
            case SCMP_CMP_LT -> order < 0;
            case SCMP_CMP_LE -> order <= 0;
            case SCMP_CMP_GT -> order > 0;
            case SCMP_CMP_GE -> order >= 0;
            case SCMP_CMP_MASKED_EQ -> (argument & value) == (bits(condition.valueTwo, abi) & value);
        };
    }

    private static long bits(long value, Abi abi) {
        return abi == Abi.X86_64 || abi == Abi.AARCH64 ? value : value & 0xffffffffL;
    }

    /** Whether the call came after the newest that the profile names, and the default is one that programs would trip over. */
    boolean newer(Abi abi, long n) {
        int last = newest.computeIfAbsent(abi, this::newest);
        return last >= 0 && n > last && switch (profile.defaultAction()) {
            case SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_TRACE -> false;
            default -> true;
        };
    }

    private int newest(Abi abi) {
        int last = -1;
        for (Seccomp.Syscall entry : profile.syscalls()) {
            for (String name : entry.names()) {
                int number = abi.table().number(name);
                if (number < 983040) {
                    last = Math.max(last, number);
                }
            }
        }
        return last;
    }
}
