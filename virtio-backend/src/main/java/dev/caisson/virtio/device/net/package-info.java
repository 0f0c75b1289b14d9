/** The network device (VIRTIO 1.3, 5.1) on a tap interface or a unix socket. */
package dev.caisson.virtio.device.net;
