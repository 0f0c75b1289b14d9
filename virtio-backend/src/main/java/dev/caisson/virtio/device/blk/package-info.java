/** The block device (VIRTIO 1.3, 5.2) over a file or block device of the host. */
package dev.caisson.virtio.device.blk;
