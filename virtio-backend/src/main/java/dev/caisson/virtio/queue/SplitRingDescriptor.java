package dev.caisson.virtio.queue;

/**
 * The three parts of a split virtqueue (VIRTIO 1.3, 2.7), for a queue of {@code size} descriptors. The driver writes the descriptor table
 * and the available ring, the device the used ring.
 *
 * <pre>
 *   descriptor table, aligned to 16: size entries of 16 bytes (2.7.5)
 *    0                               8               12      14      16
 *   +-------------------------------+---------------+-------+-------+
 *   | guest address                 | length        | flags | next  |
 *   +-------------------------------+---------------+-------+-------+
 *
 *   available ring, aligned to 2 (2.7.6)
 *    0       2       4       6                     4 + 2 size
 *   +-------+-------+-------+-------+-- … --+-------+------------+
 *   | flags | index | head 0| head 1|       |size-1 | used event |
 *   +-------+-------+-------+-------+-- … --+-------+------------+
 *
 *   used ring, aligned to 4: size entries of 8 bytes (2.7.8)
 *    0       2       4               8               12                4 + 8 size
 *   +-------+-------+---------------+---------------+-- … --+---------------+
 *   | flags | index | head          | bytes written |       | available event|
 *   +-------+-------+---------------+---------------+-- … --+---------------+
 * </pre>
 *
 * Both indexes count up without end, modulo 65,536; the entry is the index modulo size.
 */
public final class SplitRingDescriptor {

    public static final int DESCRIPTOR_BYTES = 16;
    public static final int ADDRESS = 0;
    public static final int LENGTH = 8;
    public static final int FLAGS = 12;
    public static final int NEXT = 14;

    /** The chain goes on at {@link #NEXT}. */
    public static final int F_NEXT = 1;

    /** The device writes the bytes; without it, it reads them. */
    public static final int F_WRITE = 2;

    /** The bytes are a table of descriptors (2.7.5.3). */
    public static final int F_INDIRECT = 4;

    public static final int AVAILABLE_FLAGS = 0;
    public static final int AVAILABLE_INDEX = 2;
    public static final int AVAILABLE_RING = 4;
    public static final int AVAILABLE_ENTRY_BYTES = 2;

    /** In the available ring's flags: the driver wants no notification. */
    public static final int F_NO_INTERRUPT = 1;

    public static final int USED_FLAGS = 0;
    public static final int USED_INDEX = 2;
    public static final int USED_RING = 4;
    public static final int USED_ENTRY_BYTES = 8;
    public static final int USED_ENTRY_LENGTH = 4;

    /** In the used ring's flags: the device wants no notification. */
    public static final int F_NO_NOTIFY = 1;

    private SplitRingDescriptor() {}

    /** The descriptor table's bytes. */
    public static long tableBytes(int size) {
        return (long) DESCRIPTOR_BYTES * size;
    }

    /** The available ring's bytes, the used event included. */
    public static long availableBytes(int size) {
        return usedEvent(size) + 2;
    }

    /** The used ring's bytes, the available event included. */
    public static long usedBytes(int size) {
        return availableEvent(size) + 2;
    }

    /** Where in the available ring the driver says from which used entry on it wants to be notified. */
    public static long usedEvent(int size) {
        return AVAILABLE_RING + (long) AVAILABLE_ENTRY_BYTES * size;
    }

    /** Where in the used ring the device says from which available entry on it wants to be notified. */
    public static long availableEvent(int size) {
        return USED_RING + (long) USED_ENTRY_BYTES * size;
    }
}
