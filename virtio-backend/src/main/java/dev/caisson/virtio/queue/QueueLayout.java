package dev.caisson.virtio.queue;

/**
 * Where a queue lies in the driver's memory (VIRTIO 1.3, 2.6: the three areas).
 *
 * @param size in descriptors, 1 to 32,768; a power of two for a split queue
 * @param descriptorArea guest address of the descriptor table, or of the descriptor ring
 * @param driverArea guest address of the available ring, or of the driver's event suppression
 * @param deviceArea guest address of the used ring, or of the device's event suppression
 */
public record QueueLayout(int size, long descriptorArea, long driverArea, long deviceArea) {

    /** The largest queue there is (VIRTIO 1.3, 2.7 and 2.8). */
    public static final int LARGEST = 32_768;
}
