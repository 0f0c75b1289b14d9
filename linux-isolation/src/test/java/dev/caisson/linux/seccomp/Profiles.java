package dev.caisson.linux.seccomp;

import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Seccomp.Action;
import dev.caisson.spec.Seccomp.Arg;
import dev.caisson.spec.Seccomp.Operator;
import dev.caisson.spec.Seccomp.Syscall;
import dev.caisson.spec.Spec;
import dev.caisson.spec.SpecReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Profiles to test with, and calls to test them on. */
final class Profiles {

    static final List<String> X86 = List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
    static final List<String> ARM = List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");

    private static final int[] EDGES = {-1, -2, -105, 0x3fffffff, 0x7fffffff, 0x80000000, 0x40000000 + 4096, 983040, 983041, 983045,
        983047};

    private static final long[] VALUES = {0, 1, 2, 3, 8, 9, 16, 22, 40, 0xff, 0x20000, 0x20008, 0x7e020000L, 0x7fffffffL, 0x80000000L,
        0xffffffffL, 0x1_0000_0000L, 0x1_0000_0008L, 0x7fffffff_ffffffffL, Long.MIN_VALUE, -1, -2, 0xffffffff_00000000L};

    private Profiles() {}

    /** Of neighbouring seeds the first numbers are nearly the same: they are spread. */
    static Random seeded(int seed) {
        return new Random((seed + 1) * 0x9e3779b97f4a7c15L);
    }

    static Seccomp of(Action otherwise, List<String> architectures, Syscall... entries) {
        return new Seccomp(otherwise, null, architectures, List.of(), null, null, List.of(entries));
    }

    static Syscall entry(Action action, Long errnoRet, List<String> names, Arg... args) {
        return new Syscall(names, action, errnoRet, List.of(args));
    }

    static Arg arg(int index, Operator op, long value) {
        return new Arg(index, value, 0, op);
    }

    /** A profile of the shape that container engines use: nearly everything of old is allowed, a few calls on conditions. */
    static Seccomp containerLike() {
        TreeSet<String> allowed = new TreeSet<>();
        for (Abi abi : List.of(Abi.X86_64, Abi.X86, Abi.AARCH64, Abi.ARM)) {
            for (Map.Entry<String, Integer> call : abi.table().numbers().entrySet()) {
                if (call.getValue() < 441 && call.getValue() % 11 != 0) {
                    allowed.add(call.getKey());
                }
            }
        }
        allowed.removeAll(List.of("uretprobe", "uprobe", "clone", "clone3", "personality", "socket", "mount", "bpf", "unshare",
            "kexec_load"));
        allowed.addAll(List.of("getpid", "read", "write", "exit", "exit_group", "prctl", "socketcall"));
        return of(Action.SCMP_ACT_ERRNO, List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64",
            "SCMP_ARCH_ARM", "SCMP_ARCH_S390X"),
            entry(Action.SCMP_ACT_ALLOW, null, List.copyOf(allowed)),
            entry(Action.SCMP_ACT_ALLOW, null, List.of("personality"), arg(0, Operator.SCMP_CMP_EQ, 0)),
            entry(Action.SCMP_ACT_ALLOW, null, List.of("personality"), arg(0, Operator.SCMP_CMP_EQ, 0xffffffffL)),
            entry(Action.SCMP_ACT_ALLOW, null, List.of("clone"), new Arg(0, 0x7e020000L, 0, Operator.SCMP_CMP_MASKED_EQ)),
            entry(Action.SCMP_ACT_ERRNO, 38L, List.of("clone3")),
            entry(Action.SCMP_ACT_ERRNO, 22L, List.of("socket"), arg(0, Operator.SCMP_CMP_EQ, 16), arg(2, Operator.SCMP_CMP_EQ, 9)),
            entry(Action.SCMP_ACT_ALLOW, null, List.of("socket"), arg(2, Operator.SCMP_CMP_NE, 9)),
            entry(Action.SCMP_ACT_ALLOW, null, List.of("socket"), arg(0, Operator.SCMP_CMP_NE, 16)));
    }

    /** The profiles that were recorded from clients, by file; none where they aren't beside this checkout. */
    static Map<String, Seccomp> recorded() throws Exception {
        Map<String, Seccomp> profiles = new TreeMap<>();
        for (String up : List.of("../..", "../../..")) {
            Path folder = Path.of(up, "shared/contract");
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file : files.filter(path -> path.toString().endsWith(".config.json")).toList()) {
                        Spec spec = new SpecReader().read(Files.readAllBytes(file));
                        if (spec.linux().seccomp() != null) {
                            profiles.put(file.getFileName().toString(), spec.linux().seccomp());
                        }
                    }
                }
            }
        }
        return profiles;
    }

    /**
     * Any profile.
     *
     * @param tame whether no call has two entries with conditions, of which libseccomp makes what it likes
     */
    static Seccomp random(Random random, List<String> names, List<String> architectures, boolean tame) {
        Action[] actions = Action.values();
        Action otherwise = actions[random.nextInt(actions.length - 1)];
        List<String> archs = new ArrayList<>(architectures);
        archs.removeIf(arch -> random.nextInt(4) == 0);
        List<String> unused = new ArrayList<>(names);
        List<Syscall> entries = new ArrayList<>();
        for (int i = 1 + random.nextInt(30); i > 0; i--) {
            List<String> some = new ArrayList<>();
            for (int j = random.nextInt(3) == 0 ? random.nextInt(60) : 0; j >= 0 && !unused.isEmpty(); j--) {
                int at = random.nextInt(unused.size());
                some.add(tame ? unused.remove(at) : unused.get(at));
            }
            if (random.nextInt(20) == 0) {
                some.add("no_such_call");
            }
            Action action = actions[random.nextInt(actions.length)];
            if (action == Action.SCMP_ACT_NOTIFY) {
                some.removeIf("write"::equals);
            }
            Long errnoRet = random.nextBoolean() ? null : (long) random.nextInt(200);
            List<Arg> args = new ArrayList<>();
            if (random.nextInt(3) != 0) {
                for (int j = random.nextInt(4); j > 0; j--) {
                    int index = random.nextInt(tame || random.nextBoolean() ? 6 : 2);
                    if (!tame || args.stream().noneMatch(arg -> arg.index() == index)) {
                        args.add(new Arg(index, value(random), value(random),
                            Operator.values()[random.nextInt(Operator.values().length)]));
                    }
                }
            }
            entries.add(new Syscall(some, action, errnoRet, args));
        }
        return new Seccomp(otherwise, random.nextBoolean() ? null : (long) random.nextInt(200), archs, List.of(), null, null, entries);
    }

    /** All numbers that calls have or may soon have, with those of x32 where they count, and what lies at some edge. */
    static int[] numbers(boolean x32) {
        IntStream low = IntStream.range(0, 600);
        IntStream high = x32 ? IntStream.range(0x40000000, 0x40000000 + 600) : IntStream.empty();
        return IntStream.concat(IntStream.concat(low, high), IntStream.of(EDGES)).toArray();
    }

    /** Arguments near the values that the profile compares with. */
    static List<long[]> arguments(Random random, Seccomp profile, int count) {
        List<Long> values = new ArrayList<>();
        for (Syscall entry : profile.syscalls()) {
            for (Arg arg : entry.args()) {
                values.addAll(List.of(arg.value(), arg.valueTwo()));
            }
        }
        List<long[]> all = new ArrayList<>();
        all.add(new long[6]);
        while (all.size() < count) {
            long[] args = new long[6];
            for (int i = 0; i < args.length; i++) {
                args[i] = values.isEmpty() || random.nextInt(3) == 0 ? value(random) : values.get(random.nextInt(values.size()));
                args[i] += random.nextInt(4) == 0 ? random.nextInt(3) - 1 : 0;
                args[i] ^= random.nextInt(6) == 0 ? 1L << random.nextInt(64) : 0;
            }
            all.add(args);
        }
        return all;
    }

    private static long value(Random random) {
        return random.nextInt(4) == 0 ? random.nextLong() : VALUES[random.nextInt(VALUES.length)];
    }
}
