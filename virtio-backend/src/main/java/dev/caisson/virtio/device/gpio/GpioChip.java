package dev.caisson.virtio.device.gpio;

import java.util.List;
import java.util.function.IntConsumer;

/** A chip with lines. Used by the device's thread alone, but for what {@link #onEdge} says. */
public interface GpioChip extends AutoCloseable {

    /** Whether a line is driven, read, or neither; in VirtIO's order. */
    enum Direction { NONE, OUT, IN }

    /** When a line interrupts, as VirtIO's bits have it: 1 rising, 2 falling, 4 while high, 8 while low. */
    enum Trigger {
        NONE(0), RISING(1), FALLING(2), BOTH(3), HIGH(4), LOW(8);

        private final int bits;

        Trigger(int bits) {
            this.bits = bits;
        }

        /** The trigger with these bits, or null. */
        static Trigger of(int bits) {
            for (Trigger trigger : values()) {
                if (trigger.bits == bits) {
                    return trigger;
                }
            }
            return null;
        }

        boolean isLevel() {
            return this == HIGH || this == LOW;
        }
    }

    /** The lines' names, one a line, empty for none: as many as there are lines, 1 to 1,024. */
    List<String> names();

    /** A line's direction. */
    Direction direction(int line);

    /** Sets a line's direction, driving it with {@code value} if it becomes an output; false if it can't be. */
    boolean setDirection(int line, Direction direction, boolean value);

    /** Whether a line is high. */
    boolean value(int line);

    /** Drives a line; false if it can't be. */
    boolean setValue(int line, boolean value);

    /** Sets when a line interrupts; false if it can't be. */
    boolean setTrigger(int line, Trigger trigger);

    /** What is called, on any thread, with a line's number when its trigger has come. */
    void onEdge(IntConsumer listener);

    @Override
    void close();
}
