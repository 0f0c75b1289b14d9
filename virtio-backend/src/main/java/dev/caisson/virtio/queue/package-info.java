/** Virtqueues, split and packed, from the device's side: descriptor chains as readable and writable buffers over the driver's memory. */
package dev.caisson.virtio.queue;
