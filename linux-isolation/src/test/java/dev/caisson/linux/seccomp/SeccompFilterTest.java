package dev.caisson.linux.seccomp;

import static dev.caisson.linux.seccomp.Profiles.arg;
import static dev.caisson.linux.seccomp.Profiles.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.sys.Arch;
import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Seccomp.Action;
import dev.caisson.spec.Seccomp.Arg;
import dev.caisson.spec.Seccomp.Operator;
import dev.caisson.spec.Seccomp.Syscall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SeccompFilterTest {

    private static final int X86_64 = 0xc000003e;
    private static final long[] NO_ARGS = new long[6];

    @Test
    void everyActionHasItsVerdict() throws Exception {
        Map<Action, Integer> verdicts = Map.of(Action.SCMP_ACT_KILL, 0, Action.SCMP_ACT_KILL_THREAD, 0,
            Action.SCMP_ACT_KILL_PROCESS, 0x80000000, Action.SCMP_ACT_TRAP, 0x30000, Action.SCMP_ACT_ERRNO, 0x50001,
            Action.SCMP_ACT_TRACE, 0x7ff00001, Action.SCMP_ACT_LOG, 0x7ffc0000, Action.SCMP_ACT_ALLOW, 0x7fff0000,
            Action.SCMP_ACT_NOTIFY, 0x7fc00000);
        for (Map.Entry<Action, Integer> verdict : verdicts.entrySet()) {
            Action other = verdict.getKey() == Action.SCMP_ACT_ALLOW ? Action.SCMP_ACT_LOG : Action.SCMP_ACT_ALLOW;
            assertEquals(verdict.getValue(), run(Profiles.of(other, List.of(), entry(verdict.getKey(), null, List.of("getpid"))), 39));
        }
    }

    @Test
    void errnosAndTracersMessages() throws Exception {
        Seccomp profile = new Seccomp(Action.SCMP_ACT_TRACE, 7L, List.of(), List.of(), null, null, List.of(
            entry(Action.SCMP_ACT_ERRNO, 0L, List.of("getpid")), entry(Action.SCMP_ACT_ERRNO, 4095L, List.of("getuid"))));
        assertEquals(0x50000, run(profile, 39));
        assertEquals(0x50fff, run(profile, 102));
        assertEquals(0x7ff00007, run(profile, 0));
    }

    @Test
    void callsNewerThanTheProfileDoNotExist() throws Exception {
        Seccomp profile = Profiles.of(Action.SCMP_ACT_ERRNO, Profiles.X86, entry(Action.SCMP_ACT_ALLOW, null, List.of("openat2")),
            entry(Action.SCMP_ACT_ERRNO, null, List.of("epoll_pwait2")));
        assertEquals(0x7fff0000, run(profile, 437));
        assertEquals(0x50001, run(profile, 438));
        // It is known, though the entry says no more than the default.
        assertEquals(0x50001, run(profile, 441));
        assertEquals(0x50026, run(profile, 442));
        assertEquals(0x50026, run(profile, 0x40000000 | 442));
        assertEquals(0x50026, run(profile, 0x3fffffff));
        assertEquals(0x7fff0000, run(Profiles.of(Action.SCMP_ACT_ALLOW, List.of(),
            entry(Action.SCMP_ACT_ERRNO, null, List.of("getpid"))), 500));
        assertEquals(0x50026, run(Profiles.of(Action.SCMP_ACT_KILL_PROCESS, List.of(),
            entry(Action.SCMP_ACT_ALLOW, null, List.of("getpid"))), 500));
    }

    @Test
    void armsOwnCallsAreNotTheNewest() throws Exception {
        Interpreter filter = new Interpreter(SeccompFilter.compile(Profiles.of(Action.SCMP_ACT_ERRNO, Profiles.ARM,
            entry(Action.SCMP_ACT_ALLOW, null, List.of("getpid", "set_tls"))), Arch.AARCH64).program());
        assertEquals(0x7fff0000, filter.run(Abi.ARM.audit(), 983045, NO_ARGS));
        assertEquals(0x50026, filter.run(Abi.ARM.audit(), 983044, NO_ARGS));
        assertEquals(0x50026, filter.run(Abi.ARM.audit(), 300, NO_ARGS));
        assertEquals(0x50001, filter.run(Abi.ARM.audit(), 19, NO_ARGS));
    }

    @Test
    void programsOfOtherArchitecturesAreKilled() throws Exception {
        Interpreter filter = compile(Profiles.of(Action.SCMP_ACT_ALLOW, List.of("SCMP_ARCH_S390X", "SCMP_ARCH_ARM")));
        assertEquals(0x7fff0000, filter.run(X86_64, 20, NO_ARGS));
        assertEquals(0, filter.run(Abi.X86.audit(), 20, NO_ARGS));
        assertEquals(0, filter.run(Abi.ARM.audit(), 20, NO_ARGS));
        assertEquals(0, filter.run(X86_64, 0x40000000, NO_ARGS));
        assertEquals(0x7fff0000, filter.run(X86_64, -1, NO_ARGS), "a call that a tracer has skipped");
    }

    @Test
    void flags() throws Exception {
        assertEquals(0, flags(List.of(), false));
        assertEquals(SeccompFilter.TSYNC | SeccompFilter.TSYNC_ESRCH | SeccompFilter.LOG | SeccompFilter.SPEC_ALLOW,
            flags(List.of("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"), false));
        assertEquals(SeccompFilter.NEW_LISTENER | SeccompFilter.WAIT_KILLABLE_RECV,
            flags(List.of("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"), true));
    }

    private static long flags(List<String> flags, boolean notifies) throws Exception {
        List<Syscall> entries = notifies ? List.of(entry(Action.SCMP_ACT_NOTIFY, null, List.of("mount"))) : List.of();
        SeccompFilter filter = SeccompFilter.compile(new Seccomp(Action.SCMP_ACT_ALLOW, null, List.of(), flags, null, null, entries),
            Arch.X86_64);
        assertEquals(notifies, filter.notifies());
        return filter.flags();
    }

    @Test
    void refusesByName() {
        refused("linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be used as default action",
            Profiles.of(Action.SCMP_ACT_NOTIFY, List.of()));
        refused("linux.seccomp.syscalls[1].action: SCMP_ACT_NOTIFY cannot be used for the write syscall",
            Profiles.of(Action.SCMP_ACT_ALLOW, List.of(), entry(Action.SCMP_ACT_LOG, null, List.of("read")),
                entry(Action.SCMP_ACT_NOTIFY, null, List.of("read", "write"))));
        refused("linux.seccomp.syscalls[0].args[1].index: there is no argument 6", Profiles.of(Action.SCMP_ACT_ALLOW, List.of(),
            entry(Action.SCMP_ACT_LOG, null, List.of("read"), arg(0, Operator.SCMP_CMP_EQ, 1), arg(6, Operator.SCMP_CMP_EQ, 1))));
        refused("linux.seccomp.architectures[1]: unknown architecture \"VAX?\"",
            Profiles.of(Action.SCMP_ACT_ALLOW, List.of("SCMP_ARCH_X86", "VAX\n")));
        refused("linux.seccomp.flags[0]: unknown flag \"X\"",
            new Seccomp(Action.SCMP_ACT_ALLOW, null, List.of(), List.of("X"), null, null, List.of()));
        refused("linux.seccomp.defaultErrnoRet: 65536 is more than the 65535 that the kernel has room for",
            new Seccomp(Action.SCMP_ACT_ERRNO, 65536L, List.of(), List.of(), null, null, List.of()));
        refused("linux.seccomp.syscalls[0].errnoRet: 4294967295 is more than the 65535 that the kernel has room for",
            Profiles.of(Action.SCMP_ACT_ALLOW, List.of(), entry(Action.SCMP_ACT_ERRNO, 4294967295L, List.of("read"))));
    }

    @Test
    void refusesWhatIsTooLongForTheKernel() {
        List<Syscall> entries = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            entries.add(entry(Action.SCMP_ACT_ALLOW, null, List.of("personality"), arg(0, Operator.SCMP_CMP_EQ, i)));
        }
        refused("linux.seccomp: the filter takes more than the 4096 instructions that the kernel allows",
            new Seccomp(Action.SCMP_ACT_ERRNO, null, List.of(), List.of(), null, null, entries));
    }

    private static void refused(String message, Seccomp profile) {
        SeccompException refusal = assertThrows(SeccompException.class, () -> SeccompFilter.compile(profile, Arch.X86_64));
        assertEquals(message, refusal.getMessage());
        assertTrue(message.startsWith(refusal.path() + ": "));
    }

    /** Programs of all lengths up to the kernel's limit and beyond: every jump past 255 instructions is bridged. */
    @Test
    void longPrograms() throws Exception {
        List<String> names = new ArrayList<>(new TreeMap<>(SyscallsX8664.TABLE.numbers()).keySet());
        int longest = 0;
        int refused = 0;
        for (int seed = 0; seed < 40; seed++) {
            Random random = Profiles.seeded(seed);
            List<Syscall> entries = new ArrayList<>();
            for (int i = random.nextInt(2400); i >= 0; i--) {
                entries.add(entry(Action.SCMP_ACT_ERRNO, (long) random.nextInt(300), List.of(names.get(random.nextInt(names.size()))),
                    random.nextInt(3) == 0 ? new Arg[0] : new Arg[] {arg(random.nextInt(6), Operator.SCMP_CMP_EQ, random.nextLong())}));
            }
            Seccomp profile = new Seccomp(Action.SCMP_ACT_ALLOW, null, List.of("SCMP_ARCH_X86"), List.of(), null, null, entries);
            Interpreter filter;
            try {
                filter = compile(profile);
            } catch (SeccompException tooLong) {
                assertEquals("linux.seccomp", tooLong.path());
                refused++;
                continue;
            }
            longest = Math.max(longest, filter.length());
            Model model = new Model(profile, Arch.X86_64);
            for (long[] args : Profiles.arguments(random, profile, 3)) {
                for (int number = 0; number < 480; number++) {
                    assertEquals(model.decide(X86_64, number, args), filter.run(X86_64, number, args));
                    assertEquals(model.decide(Abi.X86.audit(), number, args), filter.run(Abi.X86.audit(), number, args));
                }
            }
        }
        assertTrue(longest > 3000 && refused > 0, longest + ", " + refused + " refused");
    }

    @Test
    void programsAreShort() throws Exception {
        Interpreter filter = compile(Profiles.containerLike());
        assertTrue(filter.length() < 600, "length " + filter.length());
        int most = 0;
        for (int number = 0; number < 470; number++) {
            filter.run(X86_64, number, NO_ARGS);
            most = Math.max(most, filter.steps());
        }
        assertTrue(most <= 20, most + " steps");
    }

    @Test
    void programIsNobodyElses() throws Exception {
        SeccompFilter filter = SeccompFilter.compile(Profiles.of(Action.SCMP_ACT_ALLOW, List.of()), Arch.X86_64);
        filter.program()[0] = 1;
        assertEquals(0x20, filter.program()[0]);
        assertFalse(filter.notifies());
    }

    private static int run(Seccomp profile, int number) throws Exception {
        return compile(profile).run(X86_64, number, NO_ARGS);
    }

    private static Interpreter compile(Seccomp profile) throws SeccompException {
        return new Interpreter(SeccompFilter.compile(profile, Arch.X86_64).program());
    }
}
