/** The GPIO device (VIRTIO 1.3, 5.18): lines of a chip, with interrupts. */
package dev.caisson.virtio.device.gpio;
