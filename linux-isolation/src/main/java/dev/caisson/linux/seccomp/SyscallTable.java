package dev.caisson.linux.seccomp;

import java.util.HashMap;
import java.util.Map;

/** The numbers of an ABI's system calls, by name. Immutable. */
final class SyscallTable {

    private final Map<String, Integer> numbers;

    private SyscallTable(Map<String, Integer> numbers) {
        this.numbers = numbers;
    }

    /**
     * Reads a table.
     *
     * @param text words separated by blanks: a number says which call the next name has, and the names after it count on
     */
    static SyscallTable of(String text) {
        Map<String, Integer> numbers = new HashMap<>(1024);
        int next = 0;
        int at = 0;
        while (at < text.length()) {
            int end = at;
            while (text.charAt(end) > ' ') {
                end++;
            }
            if (end > at) {
                char first = text.charAt(at);
                if (first >= '0' && first <= '9') {
                    next = Integer.parseInt(text, at, end, 10);
                } else {
                    numbers.put(text.substring(at, end), next++);
                }
            }
            at = end + 1;
        }
        return new SyscallTable(numbers);
    }

    /** The number of a call, or -1 if this ABI has none of that name. */
    int number(String name) {
        Integer number = numbers.get(name);
        return number == null ? -1 : number;
    }

    /** All of them. */
    Map<String, Integer> numbers() {
        return Map.copyOf(numbers);
    }
}
