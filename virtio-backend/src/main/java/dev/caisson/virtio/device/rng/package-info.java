/** The entropy device (VIRTIO 1.3, 5.4). */
package dev.caisson.virtio.device.rng;
