package dev.caisson.linux.plan;

/**
 * A place for one operation's result: a descriptor, a pid, an index.
 *
 * @param index 0 to {@link #COUNT} − 1
 * @param name  what it holds, in one word, for the printed plan
 */
public record Register(int index, String name) {

    /** How many the interpreter has. */
    public static final int COUNT = 128;

    /** Checks the index. */
    public Register {
        if (index < 0 || index >= COUNT) {
            throw new IllegalArgumentException("no register " + index);
        }
    }
}
