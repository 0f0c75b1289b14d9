/** The I2C adapter (VIRTIO 1.3, 5.16) over a bus of the host, as far as an allow-list lets through, or a simulated one. */
package dev.caisson.virtio.device.i2c;
