package dev.caisson.virtio.device;

import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;

/** Carries out the request that a buffer holds. */
@FunctionalInterface
public interface ChainHandler {

    /**
     * @return how many writable bytes were written
     * @throws QueueException if the request is such that the queue is of no more use
     */
    long handle(DescriptorChain chain) throws QueueException;
}
