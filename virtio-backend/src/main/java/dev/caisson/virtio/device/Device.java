package dev.caisson.virtio.device;

import java.lang.foreign.MemorySegment;

/**
 * A device model: what a VirtIO device does, whatever carries it. Its host calls it; the methods say on which thread.
 *
 * <p>A device answers what its driver asks and trusts nothing that it is told. It outlives its drivers: after {@link #reset} the next one
 * finds it as the first did.
 */
public interface Device extends AutoCloseable {

    /** The device's number (VIRTIO 1.3, 5). */
    int type();

    /** Its name in logs, as in {@code "blk"}. */
    String name();

    /** The feature bits that it offers of its own, 0 to 23 and 50 upwards (VIRTIO 1.3, 2.2). */
    long features();

    /** How many queues it has at most. */
    int queueCount();

    /** How many queues it says it has where a transport asks: pairs, for a network device. */
    default int advertisedQueues() {
        return queueCount();
    }

    /** Whether it gives buffers back in the order in which it takes them. */
    default boolean completesInOrder() {
        return true;
    }

    /** How many threads it wants. */
    default int threadCount() {
        return 1;
    }

    /** Which of its threads a queue is served by, 0 to {@link #threadCount} - 1. */
    default int threadOf(int queue) {
        return 0;
    }

    /** Reads its configuration (VIRTIO 1.3, 2.5) from {@code offset} into all of {@code into}; zeroes past its end. On any thread. */
    void readConfig(int offset, MemorySegment into);

    /**
     * Writes its configuration. On any thread.
     *
     * @return false if what lies there can't be written
     */
    default boolean writeConfig(int offset, MemorySegment from) {
        return false;
    }

    /** Gets what it works with, once, before anything else. On the host's thread, its own not running anything yet. */
    void attach(DeviceContext context);

    /** The driver accepted {@code features}. On the host's thread while no queue runs. */
    default void negotiated(long features) {}

    /** A queue begins to run. On the queue's thread. */
    default void started(DeviceQueue queue) {}

    /** The driver may have made buffers available. On the queue's thread, while the queue runs. */
    void kicked(DeviceQueue queue);

    /** A queue is about to end: what is held of it must be given back now. On the queue's thread. */
    default void stopping(DeviceQueue queue) {}

    /** The memory table is another: chains that are held must be bound to it anew. On the queue's thread. */
    default void memoryChanged(DeviceQueue queue) {}

    /** Forgets its driver. On the host's thread; no queue runs. */
    default void reset() {}

    /** Gives up what it holds of the host: files, sockets. After its threads have ended. */
    @Override
    void close();
}
