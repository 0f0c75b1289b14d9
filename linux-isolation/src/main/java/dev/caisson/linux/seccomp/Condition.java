package dev.caisson.linux.seccomp;

import dev.caisson.spec.Seccomp.Arg;
import dev.caisson.spec.Seccomp.Operator;

/**
 * A condition on an argument, unsigned.
 *
 * @param argument which, 0 to 5
 * @param operator how it is compared
 * @param value    with what
 * @param mask     the bits that count
 * @param wide     whether the ABI's arguments have 64 bits; if not, the lower halves alone are compared, since the kernel reads no more
 */
record Condition(int argument, Operator operator, long value, long mask, boolean wide) {

    static final long LOW = 0xffffffffL;

    /** The condition as an ABI sees it. */
    static Condition of(Arg arg, Abi abi) {
        long bits = abi.wide() ? -1 : LOW;
        return arg.op() == Operator.SCMP_CMP_MASKED_EQ
            ? new Condition(arg.index(), arg.op(), arg.valueTwo() & arg.value() & bits, arg.value() & bits, abi.wide())
            : new Condition(arg.index(), arg.op(), arg.value() & bits, bits, abi.wide());
    }

    /** Whether it holds of everything, because it looks at no bit. */
    boolean empty() {
        return mask == 0;
    }

    /** Writes the comparison, which goes on at {@code yes} or {@code no}; returns where it starts. */
    int write(Assembler out, int yes, int no) {
        return switch (operator) {
            case SCMP_CMP_EQ -> equal(out, yes, no);
            case SCMP_CMP_NE -> equal(out, no, yes);
            case SCMP_CMP_GT -> above(out, Bpf.IF_GREATER, yes, no);
            case SCMP_CMP_GE -> above(out, Bpf.IF_AT_LEAST, yes, no);
            case SCMP_CMP_LE -> above(out, Bpf.IF_GREATER, no, yes);
            case SCMP_CMP_LT -> above(out, Bpf.IF_AT_LEAST, no, yes);
            case SCMP_CMP_MASKED_EQ -> masked(out, yes, no);
        };
    }

    private int equal(Assembler out, int yes, int no) {
        int low = out.load(Bpf.low(argument), out.branch(Bpf.IF_EQUAL, (int) value, yes, no));
        return wide ? out.load(Bpf.high(argument), out.branch(Bpf.IF_EQUAL, upper(value), low, no)) : low;
    }

    // The upper halves decide unless they are equal.
    private int above(Assembler out, int comparison, int yes, int no) {
        int low = out.load(Bpf.low(argument), out.branch(comparison, (int) value, yes, no));
        if (!wide) {
            return low;
        }
        int tie = out.branch(Bpf.IF_EQUAL, upper(value), low, no);
        return out.load(Bpf.high(argument), out.branch(Bpf.IF_GREATER, upper(value), yes, tie));
    }

    private int masked(Assembler out, int yes, int no) {
        int low = half(out, Bpf.low(argument), (int) mask, (int) value, yes, no);
        return wide ? half(out, Bpf.high(argument), upper(mask), upper(value), low, no) : low;
    }

    private static int half(Assembler out, int offset, int mask, int value, int yes, int no) {
        if (mask == 0) {
            return yes;
        }
        if (value == 0) {
            return out.load(offset, out.branch(Bpf.IF_ANY_BIT, mask, no, yes));
        }
        int compare = out.branch(Bpf.IF_EQUAL, value, yes, no);
        return out.load(offset, mask == -1 ? compare : out.and(mask, compare));
    }

    private static int upper(long value) {
        return (int) (value >>> 32);
    }
}
