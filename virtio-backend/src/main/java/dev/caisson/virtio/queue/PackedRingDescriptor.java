package dev.caisson.virtio.queue;

/**
 * The parts of a packed virtqueue (VIRTIO 1.3, 2.8). Both sides write the one descriptor ring; each has its own event suppression.
 *
 * <pre>
 *   descriptor ring, aligned to 16: size entries of 16 bytes (2.8.13)
 *    0                               8               12      14      16
 *   +-------------------------------+---------------+-------+-------+
 *   | guest address                 | length        | id    | flags |
 *   +-------------------------------+---------------+-------+-------+
 *
 *   event suppression, aligned to 4 (2.8.14)
 *    0                 2         4
 *   +--------+--------+---------+
 *   | entry 0-14  |wrap| mode   |
 *   +--------+--------+---------+
 * </pre>
 *
 * A descriptor is available when its AVAIL bit is the driver's wrap counter and its USED bit is not, and used when both are the device's
 * wrap counter. Either counter starts at 1 and flips whenever its side passes the ring's end.
 */
public final class PackedRingDescriptor {

    public static final int DESCRIPTOR_BYTES = 16;
    public static final int ADDRESS = 0;
    public static final int LENGTH = 8;
    public static final int ID = 12;
    public static final int FLAGS = 14;

    public static final int F_NEXT = 1;
    public static final int F_WRITE = 2;
    public static final int F_INDIRECT = 4;
    public static final int F_AVAIL = 1 << 7;
    public static final int F_USED = 1 << 15;

    public static final int EVENT_BYTES = 4;
    public static final int EVENT_ENTRY = 0;
    public static final int EVENT_MODE = 2;
    public static final int EVENT_WRAP_BIT = 1 << 15;

    /** Notify for every descriptor. */
    public static final int MODE_ENABLE = 0;

    /** Notify for none. */
    public static final int MODE_DISABLE = 1;

    /** Notify when the entry named is passed (with VIRTIO_F_EVENT_IDX). */
    public static final int MODE_ENTRY = 2;

    private PackedRingDescriptor() {}

    /** The descriptor ring's bytes. */
    public static long ringBytes(int size) {
        return (long) DESCRIPTOR_BYTES * size;
    }
}
