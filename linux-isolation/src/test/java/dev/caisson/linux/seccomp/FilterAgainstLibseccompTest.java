package dev.caisson.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.linux.sys.Arch;
import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Seccomp.Action;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Compiled filters decide every call as libseccomp's do, with ENOSYS for calls newer than the profile as other runtimes put before
 * them.
 */
class FilterAgainstLibseccompTest {

    private Libseccomp lib;

    @BeforeEach
    void load() {
        assumeTrue("amd64".equals(System.getProperty("os.arch")), "libseccomp's programs are compared on x86-64");
        lib = Libseccomp.orNull();
        assumeTrue(lib != null, "libseccomp.so.2 is not installed");
    }

    @Test
    void recordedProfiles() throws Exception {
        for (Map.Entry<String, Seccomp> profile : Profiles.recorded().entrySet()) {
            assertTrue(compare(profile.getKey(), profile.getValue(), 25));
        }
    }

    @Test
    void containerLikeProfile() throws Exception {
        assertTrue(compare("container-like", Profiles.containerLike(), 25));
    }

    @Test
    void randomProfiles() throws Exception {
        // Where all names of a profile are foreign to x86-64, or nearly so, libseccomp 2.5.4 forgets to load the call's number.
        TreeSet<String> common = new TreeSet<>(SyscallsX8664.TABLE.numbers().keySet());
        common.removeIf(name -> !agreed(name));
        int compared = 0;
        for (int seed = 0; seed < 120; seed++) {
            Random random = Profiles.seeded(seed);
            Seccomp profile = Profiles.random(random, new ArrayList<>(common), Profiles.X86, true);
            compared += compare("seed " + seed, profile, 4) ? 1 : 0;
        }
        assertTrue(compared > 60, "libseccomp took only " + compared);
    }

    private boolean agreed(String name) {
        for (Abi abi : List.of(Abi.X86_64, Abi.X86, Abi.X32)) {
            int ours = abi.table().number(name);
            if (ours != Math.max(-1, lib.number(abi, name)) && !(abi == Abi.X86 && Multiplexer.through(name) != null)) {
                return false;
            }
        }
        return true;
    }

    private boolean compare(String name, Seccomp profile, int vectors) throws Exception {
        byte[] program = lib.compile(profile);
        if (program == null) {
            return false;
        }
        Interpreter peer = new Interpreter(program);
        Interpreter filter = new Interpreter(SeccompFilter.compile(profile, Arch.X86_64).program());
        Model model = new Model(profile, Arch.X86_64);
        boolean x32 = profile.architectures().contains("SCMP_ARCH_X32");
        boolean multiplexes = conditionsOnMultiplexed(profile);
        List<long[]> arguments = Profiles.arguments(new Random(7), profile, vectors);
        for (Abi abi : List.of(Abi.X86_64, Abi.X86, Abi.ARM)) {
            for (int number : Profiles.numbers(abi == Abi.X86_64)) {
                if (abi == Abi.X86 && multiplexes && (number == 102 || number == 117)) {
                    continue;
                }
                boolean numberOfX32 = abi == Abi.X86_64 && (number < 0 || number >= 0x40000000);
                Abi its = numberOfX32 ? Abi.X32 : abi;
                boolean listed = its == Abi.X86_64 || its == Abi.X32 && x32
                    || its == Abi.X86 && profile.architectures().contains("SCMP_ARCH_X86");
                boolean newer = listed && model.newer(its, Integer.toUnsignedLong(number - its.base()));
                for (long[] args : arguments) {
                    int expected = newer ? Verdict.ERRNO | 38 : peer.run(abi.audit(), number, args);
                    int actual = filter.run(abi.audit(), number, args);
                    if (expected != actual) {
                        assertEquals(Integer.toHexString(expected), Integer.toHexString(actual), name + ", " + abi + ", call "
                            + Integer.toUnsignedString(number) + ", " + Arrays.toString(args) + ", " + profile);
                    }
                }
            }
        }
        return true;
    }

    /** Whether ours may differ on socketcall and ipc: rules of several calls meet there, and libseccomp orders them by argument. */
    private static boolean conditionsOnMultiplexed(Seccomp profile) {
        for (Seccomp.Syscall entry : profile.syscalls()) {
            if (entry.action() != Action.SCMP_ACT_NOTIFY && !entry.args().isEmpty()
                && entry.names().stream().anyMatch(name -> Multiplexer.through(name) != null)) {
                return profile.syscalls().stream().noneMatch(other -> other.args().isEmpty() && other.names().contains("socketcall"));
            }
        }
        return false;
    }
}
