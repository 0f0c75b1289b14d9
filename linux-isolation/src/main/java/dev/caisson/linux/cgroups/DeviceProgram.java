package dev.caisson.linux.cgroups;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The eBPF program (BPF_PROG_TYPE_CGROUP_DEVICE) that enforces a {@link DevicePolicy} on v2: the kernel runs it at every open and
 * mknod of a device, with r1 pointing at this (linux/bpf.h), and lets pass what it answers 1 to:
 *
 * <pre>
 * struct bpf_cgroup_dev_ctx
 *        31            16 15             0
 *       +----------------+----------------+
 *     0 |     access     |      type      |   access: 1 mknod, 2 read, 4 write; type: 1 block, 2 character
 *       +----------------+----------------+
 *     4 |              major              |
 *       +---------------------------------+
 *     8 |              minor              |
 *       +---------------------------------+
 *
 * an instruction
 *        63            32 31     16 15 12 11  8 7     0
 *       +----------------+---------+-----+-----+-------+
 *       |   immediate    | offset  | src | dst |  op   |   offset: of a jump in instructions, from the next one
 *       +----------------+---------+-----+-----+-------+
 * </pre>
 *
 * It loads type, access, major and minor into r2 to r5, and then tries one exemption after the other. Comparisons are of 32 bits
 * (kernel 5.1), since 64-bit ones would extend the sign of a number from 2³¹ on.
 */
final class DeviceProgram {

    static final int INSTRUCTION_SIZE = 8;

    // linux/bpf_common.h, linux/bpf.h: class | size or source | operation
    static final int LDX_W = 0x61;
    static final int ALU32_AND_K = 0x54;
    static final int ALU32_RSH_K = 0x74;
    static final int ALU32_MOV_X = 0xbc;
    static final int ALU64_MOV_K = 0xb7;
    static final int JMP32_JEQ_K = 0x16;
    static final int JMP32_JNE_K = 0x56;
    static final int EXIT = 0x95;

    static final int TYPE_BLOCK = 1;
    static final int TYPE_CHARACTER = 2;

    private static final int SCRATCH = 1;
    private static final int TYPE = 2;
    private static final int ACCESS = 3;
    private static final int MAJOR = 4;
    private static final int MINOR = 5;

    private final List<Long> instructions = new ArrayList<>();

    private DeviceProgram() {}

    /** The program's instructions, in the machine's byte order. */
    static byte[] of(DevicePolicy policy) {
        DeviceProgram program = new DeviceProgram();
        program.load(TYPE, 0);
        program.emit(ALU32_MOV_X, ACCESS, TYPE, 0, 0);
        program.emit(ALU32_RSH_K, ACCESS, 0, 0, 16);
        program.emit(ALU32_AND_K, TYPE, 0, 0, 0xffff);
        program.load(MAJOR, 4);
        program.load(MINOR, 8);
        policy.exemptions().forEach(exemption -> program.test(exemption, policy.allowed()));
        program.answer(policy.allowed());

        ByteBuffer bytes = ByteBuffer.allocate(program.instructions.size() * INSTRUCTION_SIZE).order(ByteOrder.nativeOrder());
        program.instructions.forEach(bytes::putLong);
        return bytes.array();
    }

    /** Answers the opposite of the default if the exemption holds, and goes on behind itself if not. */
    private void test(DevicePolicy.Exemption exemption, boolean allowed) {
        List<Integer> leave = new ArrayList<>();
        DevicePolicy.Device device = exemption.device();
        leave.add(emit(JMP32_JNE_K, TYPE, 0, 0, device.type() == 'b' ? TYPE_BLOCK : TYPE_CHARACTER));
        if (!device.anyMajor()) {
            leave.add(emit(JMP32_JNE_K, MAJOR, 0, 0, (int) device.major()));
        }
        if (!device.anyMinor()) {
            leave.add(emit(JMP32_JNE_K, MINOR, 0, 0, (int) device.minor()));
        }
        if (exemption.access() != DevicePolicy.ALL) {
            emit(ALU32_MOV_X, SCRATCH, ACCESS, 0, 0);
            if (allowed) {
                emit(ALU32_AND_K, SCRATCH, 0, 0, exemption.access());
                leave.add(emit(JMP32_JEQ_K, SCRATCH, 0, 0, 0));
            } else {
                emit(ALU32_AND_K, SCRATCH, 0, 0, ~exemption.access());
                leave.add(emit(JMP32_JNE_K, SCRATCH, 0, 0, 0));
            }
        }
        answer(!allowed);
        for (int jump : leave) {
            long offset = instructions.size() - (jump + 1);
            instructions.set(jump, instructions.get(jump) | offset << 16);
        }
    }

    private void answer(boolean yes) {
        emit(ALU64_MOV_K, 0, 0, 0, yes ? 1 : 0);
        emit(EXIT, 0, 0, 0, 0);
    }

    private void load(int register, int offset) {
        emit(LDX_W, register, 1, offset, 0);
    }

    /** Appends an instruction, and gives its index. */
    private int emit(int op, int destination, int source, int offset, int immediate) {
        instructions.add((long) immediate << 32 | (long) (offset & 0xffff) << 16 | source << 12 | destination << 8 | op);
        return instructions.size() - 1;
    }
}
