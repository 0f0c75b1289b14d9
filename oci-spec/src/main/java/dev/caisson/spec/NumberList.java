package dev.caisson.spec;

import java.util.BitSet;

/** Lists of CPUs and memory nodes as the kernel writes them: numbers and ranges with commas between them, like {@code 0-3,7}. */
public final class NumberList {

    /** The greatest number that a list may name, far above what kernels are built for. */
    public static final int MAX = 65535;

    private NumberList() {
    }

    /**
     * The numbers of a list. Spaces around an entry and entries that are empty mean nothing.
     *
     * @throws IllegalArgumentException with words about the entry that is no number and no range, or above {@link #MAX}
     */
    public static BitSet parse(String list) {
        BitSet numbers = new BitSet();
        for (int start = 0; start <= list.length(); ) {
            int comma = list.indexOf(',', start);
            int end = comma < 0 ? list.length() : comma;
            String entry = list.substring(start, end).strip();
            if (!entry.isEmpty()) {
                add(numbers, entry);
            }
            start = end + 1;
        }
        return numbers;
    }

    private static void add(BitSet numbers, String entry) {
        int dash = entry.indexOf('-');
        int first = number(entry, dash < 0 ? entry : entry.substring(0, dash));
        int last = dash < 0 ? first : number(entry, entry.substring(dash + 1));
        if (first > last) {
            throw new IllegalArgumentException("the range " + Texts.quote(entry) + " ends before it begins");
        }
        numbers.set(first, last + 1);
    }

    private static int number(String entry, String digits) {
        int value = digits.isEmpty() ? -1 : 0;
        for (int i = 0; i < digits.length() && value >= 0; i++) {
            char c = digits.charAt(i);
            value = c < '0' || c > '9' ? -1 : value * 10 + (c - '0');
            if (value > MAX) {
                throw new IllegalArgumentException(Texts.quote(entry) + " is above " + MAX);
            }
        }
        if (value < 0) {
            throw new IllegalArgumentException(Texts.quote(entry) + " is no number and no range");
        }
        return value;
    }
}
