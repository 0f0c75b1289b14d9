package dev.caisson.virtio.device.gpio;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** A chip in memory, whose inputs are set by {@link #drive}. Thread-safe. */
public final class SimulatedGpioChip implements GpioChip {

    private final List<String> names;
    private final Direction[] directions;
    private final Trigger[] triggers;
    private final boolean[] values;
    private IntConsumer listener = line -> {};

    /** With a line for each of {@code names}. */
    public SimulatedGpioChip(List<String> names) {
        this.names = List.copyOf(names);
        directions = new Direction[names.size()];
        triggers = new Trigger[names.size()];
        values = new boolean[names.size()];
        Arrays.fill(directions, Direction.NONE);
        Arrays.fill(triggers, Trigger.NONE);
    }

    /** Sets a line from outside. */
    public void drive(int line, boolean value) {
        IntConsumer listening;
        synchronized (this) {
            boolean was = values[line];
            values[line] = value;
            boolean isDue = switch (triggers[line]) {
                case NONE -> false;
                case RISING -> !was && value;
                case FALLING -> was && !value;
                case BOTH -> was != value;
                case HIGH -> value;
                case LOW -> !value;
            };
            listening = isDue ? listener : null;
        }
        if (listening != null) {
            listening.accept(line);
        }
    }

    @Override
    public List<String> names() {
        return names;
    }

    @Override
    public synchronized Direction direction(int line) {
        return directions[line];
    }

    @Override
    public synchronized boolean setDirection(int line, Direction direction, boolean value) {
        directions[line] = direction;
        if (direction == Direction.OUT) {
            values[line] = value;
        }
        return true;
    }

    @Override
    public synchronized boolean value(int line) {
        return values[line];
    }

    @Override
    public synchronized boolean setValue(int line, boolean value) {
        values[line] = value;
        return true;
    }

    @Override
    public synchronized boolean setTrigger(int line, Trigger trigger) {
        triggers[line] = trigger;
        return true;
    }

    @Override
    public synchronized void onEdge(IntConsumer newListener) {
        listener = newListener;
    }

    @Override
    public void close() {
        onEdge(line -> {});
    }
}
