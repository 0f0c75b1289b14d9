package dev.caisson.linux.seccomp;

import java.util.Arrays;

/**
 * The decisions for all numbers of calls, as ranges: each goes up to where the next starts, the last to the highest number. It becomes a
 * binary search, so that a call is decided in the logarithm of their number.
 */
final class Ranges {

    private int[] starts = new int[64];
    private Decision[] decisions = new Decision[64];
    private int count;

    /** Decides the numbers from {@code start}, above all earlier ones. */
    void from(long start, Decision decision) {
        if (count > 0 && decisions[count - 1].same(decision)) {
            return;
        }
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            decisions = Arrays.copyOf(decisions, 2 * count);
        }
        starts[count] = (int) start;
        decisions[count++] = decision;
    }

    /** Writes the search; returns where it starts. */
    int write(Assembler out) {
        return out.load(Bpf.NUMBER, search(out, 0, count - 1));
    }

    private int search(Assembler out, int first, int last) {
        if (first == last) {
            return decisions[first].write(out);
        }
        // A lone number amid its likes takes one comparison instead of two.
        if (last - first == 2 && starts[last] - starts[first + 1] == 1 && decisions[first].same(decisions[last])) {
            int around = decisions[last].write(out);
            return out.branch(Bpf.IF_EQUAL, starts[first + 1], decisions[first + 1].write(out), around);
        }
        int middle = (first + last + 1) / 2;
        int above = search(out, middle, last);
        return out.branch(Bpf.IF_AT_LEAST, starts[middle], above, search(out, first, middle - 1));
    }
}
