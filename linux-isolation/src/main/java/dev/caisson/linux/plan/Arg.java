package dev.caisson.linux.plan;

import java.util.List;
import java.util.Objects;

/** An argument of an operation. */
public sealed interface Arg {

    /** An integer or a descriptor's number, or NULL (0) in the place of a string. */
    record Int(long value) implements Arg {
        static final Int NULL = new Int(0);
    }

    /** What a register holds when the operation runs. */
    record Reg(Register register) implements Arg {}

    /** A string; it has no NUL inside. */
    record Text(String text) implements Arg {
        /** Refuses a NUL, which would end the string early. */
        public Text {
            if (text.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("a NUL inside the string \"" + text.replace("\0", "\\0") + "\"");
            }
        }
    }

    /**
     * Bytes, whose length travels as the argument after them. The same array is the same place in the plan's data, so that one
     * operation can fill in what a later one uses.
     *
     * @param bytes the array
     * @param from  where in it the argument begins
     * @param length how much of it the argument is
     */
    record Bytes(byte[] bytes, int from, int length) implements Arg {

        /** Checks the range. */
        public Bytes {
            Objects.checkFromIndexSize(from, length, bytes.length);
        }

        /** All of an array. */
        public Bytes(byte[] bytes) {
            this(bytes, 0, bytes.length);
        }
    }

    /** Strings: {@link Text}, or {@link Bytes} that hold a NUL-terminated string which an operation fills in. */
    record Texts(List<Arg> items) implements Arg {
        /** Copies the list. */
        public Texts {
            items = List.copyOf(items);
        }
    }
}
