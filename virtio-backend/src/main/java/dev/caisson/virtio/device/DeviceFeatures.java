package dev.caisson.virtio.device;

/** Feature bits that belong to no device and no ring (VIRTIO 1.3, 6). */
public final class DeviceFeatures {

    /** The driver follows VIRTIO 1.0 or later; older ones aren't served. */
    public static final long VERSION_1 = 1L << 32;

    /** Queues can be reset one by one: here, a queue that is set up again is a new one. */
    public static final long RING_RESET = 1L << 40;

    private DeviceFeatures() {}
}
