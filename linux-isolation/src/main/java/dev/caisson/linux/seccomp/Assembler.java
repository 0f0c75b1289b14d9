package dev.caisson.linux.seccomp;

import java.util.Arrays;

/**
 * Writes a program from its end to its start. BPF jumps only forward, so every target is there when a jump to it is written. A label
 * is how many instructions follow the one that it names. Where a jump's 8 bits don't reach, a copy of the verdict or a long jump
 * is put between.
 */
final class Assembler {

    /** Instructions as code, jt, jf, k, the last of the program first. */
    private long[] instructions = new long[128];
    private int count;

    /** The newest RETURN of each verdict, as pairs of verdict and label. */
    private int[] verdicts = new int[16];
    private int verdictCount;

    /** Whether the program is longer than the kernel takes; what is written from then on is lost. */
    boolean overflown() {
        return count > Bpf.MAX_INSTRUCTIONS;
    }

    /** A place that gives the verdict. */
    int verdict(int verdict) {
        int at = 0;
        while (at < verdictCount && verdicts[at] != verdict) {
            at += 2;
        }
        // Half the reach is left to the jumps between here and those that will use the label.
        if (at < verdictCount && count - verdicts[at + 1] < Bpf.MAX_JUMP / 2) {
            return verdicts[at + 1];
        }
        int label = write(Bpf.RETURN, 0, 0, verdict);
        if (at == verdictCount) {
            if (at == verdicts.length) {
                verdicts = Arrays.copyOf(verdicts, 2 * at);
            }
            verdictCount += 2;
        }
        verdicts[at] = verdict;
        verdicts[at + 1] = label;
        return label;
    }

    /** Loads 32 bits of the call's data, and goes on at {@code next}. */
    int load(int offset, int next) {
        follow(next);
        return write(Bpf.LOAD, 0, 0, offset);
    }

    /** Clears bits of what was loaded, and goes on at {@code next}. */
    int and(int mask, int next) {
        follow(next);
        return write(Bpf.AND, 0, 0, mask);
    }

    /** Compares what was loaded. */
    int branch(int comparison, int value, int yes, int no) {
        if (yes == no) {
            return yes;
        }
        // Making the second target near may take one instruction more, which the first has to bear.
        int nearYes = near(yes, Bpf.MAX_JUMP - 1);
        int nearNo = near(no, Bpf.MAX_JUMP);
        return write(comparison, count - 1 - nearYes, count - 1 - nearNo, value);
    }

    /** The program that starts at {@code start}, in the byte order of the machines that there are. */
    byte[] program(int start) {
        follow(start);
        byte[] bytes = new byte[count * Bpf.INSTRUCTION_SIZE];
        for (int i = 0; i < count; i++) {
            long instruction = instructions[count - 1 - i];
            for (int b = 0; b < Bpf.INSTRUCTION_SIZE; b++) {
                bytes[i * Bpf.INSTRUCTION_SIZE + b] = (byte) (instruction >>> 8 * b);
            }
        }
        return bytes;
    }

    /** Makes what is written next run into {@code label}. */
    private void follow(int label) {
        if (label != count - 1) {
            reach(label);
        }
    }

    private int near(int label, int reach) {
        return count - 1 - label <= reach ? label : reach(label);
    }

    /** A place right here that leads to {@code label}. */
    private int reach(int label) {
        int code = (int) instructions[label] & 0xffff;
        return code == Bpf.RETURN ? write(code, 0, 0, (int) (instructions[label] >>> 32))
            : write(Bpf.JUMP, 0, 0, count - 1 - label);
    }

    private int write(int code, int yes, int no, int k) {
        if (overflown()) {
            return count - 1;
        }
        if (count == instructions.length) {
            instructions = Arrays.copyOf(instructions, 2 * count);
        }
        instructions[count] = code | (long) yes << 16 | (long) no << 24 | (long) k << 32;
        return count++;
    }
}
