package dev.caisson.virtio.queue;

/**
 * What both sides agreed on that shapes a queue (VIRTIO 1.3, 6).
 *
 * @param packed VIRTIO_F_RING_PACKED: a packed queue, not a split one
 * @param indirect VIRTIO_F_INDIRECT_DESC: a descriptor may stand for a table of descriptors
 * @param eventIndex VIRTIO_F_EVENT_IDX: each side says from which entry on it wants to be notified
 * @param inOrder VIRTIO_F_IN_ORDER: buffers are used in the order in which they were made available
 */
public record QueueFeatures(boolean packed, boolean indirect, boolean eventIndex, boolean inOrder) {

    public static final long INDIRECT_DESC = 1L << 28;
    public static final long EVENT_IDX = 1L << 29;
    public static final long RING_PACKED = 1L << 34;
    public static final long IN_ORDER = 1L << 35;

    /** What every queue here can do. */
    public static final long OFFERED = INDIRECT_DESC | EVENT_IDX | RING_PACKED | IN_ORDER;

    /** From negotiated feature bits. */
    public static QueueFeatures of(long bits) {
        return new QueueFeatures(
                (bits & RING_PACKED) != 0, (bits & INDIRECT_DESC) != 0, (bits & EVENT_IDX) != 0, (bits & IN_ORDER) != 0);
    }
}
