/** The console device (VIRTIO 1.3, 5.3), with as many ports as one wants, each on a stream of the host. */
package dev.caisson.virtio.device.console;
