package dev.caisson.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.linux.sys.Arch;
import dev.caisson.spec.Seccomp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Compiled filters, run by an interpreter, decide every call as the model of the profile does. */
class FilterAgainstModelTest {

    @Test
    void recordedProfiles() throws Exception {
        for (Map.Entry<String, Seccomp> profile : Profiles.recorded().entrySet()) {
            compare(profile.getKey(), profile.getValue(), Arch.X86_64, 25);
            compare(profile.getKey(), profile.getValue(), Arch.AARCH64, 25);
        }
    }

    @Test
    void containerLikeProfile() throws Exception {
        compare("container-like", Profiles.containerLike(), Arch.X86_64, 40);
        compare("container-like", Profiles.containerLike(), Arch.AARCH64, 40);
    }

    @Test
    void randomProfiles() throws Exception {
        for (int seed = 0; seed < 600; seed++) {
            Random random = Profiles.seeded(seed);
            Arch arch = random.nextBoolean() ? Arch.X86_64 : Arch.AARCH64;
            List<String> architectures = arch == Arch.X86_64 ? Profiles.X86 : Profiles.ARM;
            compare("seed " + seed, Profiles.random(random, names(random), architectures, false), arch, 4);
        }
    }

    /** Few names now and then, so that many entries meet on one call. */
    private static List<String> names(Random random) {
        TreeSet<String> all = new TreeSet<>();
        for (Abi abi : Abi.values()) {
            all.addAll(abi.table().numbers().keySet());
        }
        List<String> names = new ArrayList<>(all);
        Collections.shuffle(names, random);
        if (random.nextBoolean()) {
            names = new ArrayList<>(names.subList(0, 5));
            names.addAll(List.of("socket", "accept", "shmat", "ipc", "socketcall", "clone", "set_tls"));
        }
        return names;
    }

    private static void compare(String name, Seccomp profile, Arch arch, int vectors) throws Exception {
        Interpreter filter = new Interpreter(SeccompFilter.compile(profile, arch).program());
        Model model = new Model(profile, arch);
        List<long[]> arguments = Profiles.arguments(new Random(7), profile, vectors);
        for (int audit : new int[] {Abi.X86_64.audit(), Abi.X86.audit(), Abi.AARCH64.audit(), Abi.ARM.audit()}) {
            for (int number : Profiles.numbers(audit == Abi.X86_64.audit())) {
                for (int v = 0; v < arguments.size(); v++) {
                    long[] args = arguments.get(v);
                    if (number == 102 || number == 117) {
                        args = args.clone();
                        args[0] = v;
                    }
                    int expected = model.decide(audit, number, args);
                    int actual = filter.run(audit, number, args);
                    if (expected != actual) {
                        assertEquals(Integer.toHexString(expected), Integer.toHexString(actual), name + ", " + arch + ", arch "
                            + Integer.toHexString(audit) + ", call " + Integer.toUnsignedString(number) + ", " + profile);
                    }
                }
            }
        }
    }
}
