package dev.caisson.linux.seccomp;

/**
 * Classic BPF as seccomp(2) takes it (linux/filter.h, linux/bpf_common.h, linux/seccomp.h). A program is a list of
 * <pre>
 * struct sock_filter
 *  0        2    3    4            8
 *  +--------+----+----+------------+
 *  | code   | jt | jf | k          |   jt, jf: instructions to skip when the comparison holds, and when it doesn't
 *  +--------+----+----+------------+
 * </pre>
 * in the machine's byte order, with one register A, run for every call over
 * <pre>
 * struct seccomp_data
 *  0        4        8                 16                24          56                64
 *  +--------+--------+-----------------+-----------------+--- ... ---+-----------------+
 *  | nr     | arch   | instr. pointer  | args[0]         |           | args[5]         |
 *  +--------+--------+-----------------+-----------------+--- ... ---+-----------------+
 * </pre>
 * of which it loads 32 bits at a time: on the little-endian machines that there are, the lower half of an argument comes first.
 */
final class Bpf {

    /** sizeof(struct sock_filter). */
    static final int INSTRUCTION_SIZE = 8;
    /** BPF_MAXINSNS: the longest program that the kernel takes. */
    static final int MAX_INSTRUCTIONS = 4096;
    /** The longest conditional jump. */
    static final int MAX_JUMP = 255;

    /** BPF_LD | BPF_W | BPF_ABS: A = the 32 bits at k. */
    static final int LOAD = 0x20;
    /** BPF_ALU | BPF_AND | BPF_K: A &= k. */
    static final int AND = 0x54;
    /** BPF_RET | BPF_K: the verdict. */
    static final int RETURN = 0x06;
    /** BPF_JMP | BPF_JA: skip k instructions. */
    static final int JUMP = 0x05;
    /** BPF_JMP | BPF_JEQ | BPF_K: A == k. */
    static final int IF_EQUAL = 0x15;
    /** BPF_JMP | BPF_JGT | BPF_K: A > k, unsigned. */
    static final int IF_GREATER = 0x25;
    /** BPF_JMP | BPF_JGE | BPF_K: A >= k, unsigned. */
    static final int IF_AT_LEAST = 0x35;
    /** BPF_JMP | BPF_JSET | BPF_K: (A & k) != 0. */
    static final int IF_ANY_BIT = 0x45;

    static final int NUMBER = 0;
    static final int ARCH = 4;

    private Bpf() {}

    /** Where the lower 32 bits of an argument are. */
    static int low(int argument) {
        return 16 + 8 * argument;
    }

    /** Where its upper 32 bits are. */
    static int high(int argument) {
        return low(argument) + 4;
    }
}
