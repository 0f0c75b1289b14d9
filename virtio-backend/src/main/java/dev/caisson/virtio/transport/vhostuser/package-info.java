/** The vhost-user back-end: a device over a unix socket and shared memory, as QEMU's "Vhost-user Protocol" specifies it. */
package dev.caisson.virtio.transport.vhostuser;
