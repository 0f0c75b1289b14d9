/** The socket device (VIRTIO 1.3, 5.10): the driver's AF_VSOCK sockets meet unix sockets of the host, one a port. */
package dev.caisson.virtio.device.vsock;
