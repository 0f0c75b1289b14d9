package dev.caisson.linux.cgroups;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.linux.sys.Bpf;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Resources.DeviceCgroup;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What device rules come to, by the rule of the v1 kernel and by the program made of it, which a small interpreter runs. */
class DevicePolicyTest {

    private static final int READ = DevicePolicy.READ;
    private static final int WRITE = DevicePolicy.WRITE;
    private static final int MKNOD = DevicePolicy.MKNOD;

    private static DevicePolicy policy(DeviceCgroup... rules) throws CgroupException {
        return DevicePolicy.of(List.of(rules));
    }

    /** Asks the kernel's v1 rule and the program, which have to agree. */
    private static boolean permits(DevicePolicy policy, char type, long major, long minor, int access) {
        DevicePolicy.Device device = new DevicePolicy.Device(type, major, minor);
        // One exemption has to allow all of an access; a single denied part denies it.
        boolean exempt = policy.exemptions().stream().filter(each -> each.device().covers(device))
                .anyMatch(each -> policy.allowed() ? (each.access() & access) != 0 : (access & ~each.access()) == 0);
        boolean permitted = policy.allowed() != exempt;
        assertEquals(permitted, run(DeviceProgram.of(policy), type, major, minor, access) == 1,
                policy + " on " + type + " " + major + ":" + minor + " " + access);
        return permitted;
    }

    @Test
    void aContainerWithoutFurtherRulesMayTheUsual() throws CgroupException {
        DevicePolicy policy = policy(Limit.denyAll());
        for (int[] device : new int[][] {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 1}, {5, 2}, {10, 200}, {136, 0}, {136, 77}}) {
            assertTrue(permits(policy, 'c', device[0], device[1], READ | WRITE | MKNOD));
            assertFalse(permits(policy, 'b', device[0], device[1], READ));
        }
        assertFalse(permits(policy, 'c', 1, 1, READ));
        assertFalse(permits(policy, 'c', 10, 229, WRITE));
        assertFalse(permits(policy, 'b', 8, 0, READ));
        assertTrue(permits(policy, 'b', 8, 0, MKNOD));
        assertTrue(permits(policy, 'c', 1, 1, MKNOD));
        assertFalse(permits(policy, 'c', 1, 1, MKNOD | READ));
    }

    @Test
    void oneExemptionHasToAllowAllOfAnAccess() throws CgroupException {
        DevicePolicy policy = policy(Limit.denyAll(), Limit.allow("b", 8, -1, "r"), Limit.allow("b", 8, 1, "w"));
        assertTrue(permits(policy, 'b', 8, 1, READ));
        assertTrue(permits(policy, 'b', 8, 1, WRITE));
        assertFalse(permits(policy, 'b', 8, 1, READ | WRITE));
        assertTrue(permits(policy(Limit.denyAll(), Limit.allow("b", 8, 1, "r"), Limit.allow("b", 8, 1, "w")), 'b', 8, 1, READ | WRITE));
    }

    @Test
    void aPrivilegedContainerMayAllButWhatIsDenied() throws CgroupException {
        DevicePolicy policy = policy(Limit.denyAll(), Limit.allowAll(), Limit.deny("c", 1, 3, "w"), Limit.deny("b", -1, 5, null));
        assertTrue(permits(policy, 'c', 1, 3, READ));
        assertFalse(permits(policy, 'c', 1, 3, WRITE));
        assertFalse(permits(policy, 'c', 1, 3, READ | WRITE));
        assertFalse(permits(policy, 'b', 99, 5, READ));
        assertFalse(permits(policy, 'b', 99, 5, MKNOD));
        assertTrue(permits(policy, 'b', 99, 6, READ | WRITE | MKNOD));
        assertTrue(permits(policy, 'c', 200, 200, READ | WRITE | MKNOD));
    }

    @Test
    void rulesApplyInOrder() throws CgroupException {
        assertFalse(permits(policy(Limit.allow("c", 10, 1, null), Limit.denyAll()), 'c', 10, 1, READ));
        assertFalse(permits(policy(Limit.allow("c", 10, 1, null), Limit.deny("c", 10, 1, "r")), 'c', 10, 1, READ));
        assertTrue(permits(policy(Limit.allow("c", 10, 1, null), Limit.deny("c", 10, 1, "r")), 'c', 10, 1, WRITE));
        assertFalse(permits(policy(Limit.allow("c", 10, 1, null), Limit.deny("c", 10, -1, null)), 'c', 10, 1, READ));
        assertTrue(permits(policy(Limit.deny("c", 10, -1, null), Limit.allow("c", 10, 1, null)), 'c', 10, 1, READ));
    }

    @Test
    void numbersBeyondASignedIntAreNumbers() throws CgroupException {
        DevicePolicy policy = policy(Limit.allow("c", 0xffff_ffffL, 0x8000_0000L, null));
        assertTrue(permits(policy, 'c', 0xffff_ffffL, 0x8000_0000L, READ));
        assertFalse(permits(policy, 'c', 0x7fff_ffffL, 0x8000_0000L, READ));
    }

    @Test
    void dockersRulesWork() throws CgroupException {
        DevicePolicy policy = policy(Limit.denyAll(), Limit.allow("c", 1, 5, "rwm"), Limit.allow("c", 1, 3, "rwm"),
                Limit.allow("c", 1, 9, "rwm"), Limit.allow("c", 1, 8, "rwm"), Limit.allow("c", 5, 0, "rwm"),
                Limit.allow("c", 5, 1, "rwm"), Limit.deny("c", 10, 229, "rwm"));
        assertEquals(12, policy.exemptions().size());
        assertFalse(permits(policy, 'c', 10, 229, READ));
        assertTrue(permits(policy, 'c', 1, 5, READ));
    }

    @Test
    void lettersThatMeanNothingGrantNothing() throws CgroupException {
        DevicePolicy policy = policy(Limit.denyAll(), Limit.allow("c", 10, 229, "rx"), Limit.allow("c", 10, 230, "a"));
        assertTrue(permits(policy, 'c', 10, 229, READ));
        assertFalse(permits(policy, 'c', 10, 229, WRITE));
        assertFalse(permits(policy, 'c', 10, 230, READ));
    }

    @Test
    void refusesWhatTheKernelWouldTakeForNothing() {
        CgroupException e = assertThrows(CgroupException.class,
                () -> policy(Limit.denyAll(), Limit.allow("c", 10, -1, "rw"), Limit.deny("c", 10, 229, "w")));
        assertEquals("linux.resources.devices[2]: the rule for c 10:229 takes back a part of the one for c 10:*, "
                + "which the kernel can't express", e.getMessage());
        assertThrows(CgroupException.class, () -> policy(Limit.allowAll(), Limit.deny("b", 8, -1, null), Limit.allow("b", -1, 1, null)));
        assertThrows(CgroupException.class, () -> policy(Limit.allow("a", 10, 229, "rwm")));
        assertThrows(CgroupException.class, () -> policy(new DeviceCgroup(true, "a", null, null, "r")));
        assertThrows(CgroupException.class, () -> policy(Limit.allow("p", 1, 1, "r")));
        assertThrows(CgroupException.class, () -> policy(Limit.allow("c", -2, 1, "r")));
        assertThrows(CgroupException.class, () -> policy(Limit.allow("c", 1, 1L << 32, "r")));
    }

    @Test
    void theKernelTakesThePrograms() throws Exception {
        assumeTrue(Sys.euid() == 0, "loading programs needs root");
        for (DevicePolicy policy : List.of(policy(Limit.denyAll()),
                policy(Limit.denyAll(), Limit.allow("b", 8, -1, "r"), Limit.allow("c", 0xffff_ffffL, 0x8000_0000L, "rw")),
                policy(Limit.allowAll()),
                policy(Limit.allowAll(), Limit.deny("c", 1, 3, "w"), Limit.deny("b", -1, 5, null)))) {
            try (Descriptor program = Bpf.load(Bpf.PROG_TYPE_CGROUP_DEVICE, DeviceProgram.of(policy))) {
                assertTrue(program.fd() >= 0);
            } catch (LinuxException e) {
                assumeTrue(e.errno() != Errno.EPERM && e.errno() != Errno.ENOSYS, "this machine loads no programs: " + e.getMessage());
                throw e;
            }
        }
    }

    @Test
    void theVerifiersWordsAreTheError() {
        assumeTrue(Sys.euid() == 0, "loading programs needs root");
        // Only "exit", with nothing in r0.
        byte[] exit = {(byte) DeviceProgram.EXIT, 0, 0, 0, 0, 0, 0, 0};
        LinuxException e = assertThrows(LinuxException.class, () -> Bpf.load(Bpf.PROG_TYPE_CGROUP_DEVICE, exit).close());
        assumeTrue(e.errno() == Errno.EACCES, "this machine loads no programs: " + e.getMessage());
        assertTrue(e.getMessage().startsWith("load a BPF program ("), e.getMessage());
    }

    /** Runs a program of the instructions that {@link DeviceProgram} uses, and gives r0. */
    private static long run(byte[] program, char type, long major, long minor, int access) {
        ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
        long[] context = {access << 16 | (type == 'b' ? DeviceProgram.TYPE_BLOCK : DeviceProgram.TYPE_CHARACTER), major, minor};
        long[] r = new long[11];
        boolean[] set = new boolean[11];
        set[1] = true;
        for (int pc = 0, steps = 0; steps < 10_000; steps++) {
            long instruction = code.getLong(pc++ * DeviceProgram.INSTRUCTION_SIZE);
            int op = (int) (instruction & 0xff);
            int to = (int) (instruction >> 8 & 0xf);
            int from = (int) (instruction >> 12 & 0xf);
            int offset = (short) (instruction >> 16);
            int immediate = (int) (instruction >> 32);
            switch (op) {
                case DeviceProgram.LDX_W -> {
                    assertEquals(1, from, "only the context is loaded from");
                    assertEquals(0, r[1], "the context's pointer is still in r1");
                    r[to] = context[offset / 4] & 0xffff_ffffL;
                    set[to] = true;
                }
                case DeviceProgram.ALU32_MOV_X -> {
                    assertTrue(set[from]);
                    r[to] = r[from] & 0xffff_ffffL;
                    set[to] = true;
                }
                case DeviceProgram.ALU32_RSH_K -> r[to] = (r[to] & 0xffff_ffffL) >>> immediate;
                case DeviceProgram.ALU32_AND_K -> r[to] = r[to] & immediate & 0xffff_ffffL;
                case DeviceProgram.ALU64_MOV_K -> {
                    r[to] = immediate;
                    set[to] = true;
                }
                case DeviceProgram.JMP32_JEQ_K -> pc += (int) r[to] == immediate ? offset : 0;
                case DeviceProgram.JMP32_JNE_K -> pc += (int) r[to] != immediate ? offset : 0;
                case DeviceProgram.EXIT -> {
                    assertTrue(set[0]);
                    return r[0];
                }
                default -> throw new AssertionError("instruction " + Long.toHexString(instruction));
            }
        }
        throw new AssertionError("does not end");
    }
}
