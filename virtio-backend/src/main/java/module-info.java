/** VirtIO back-ends: guest memory, queues, device models and transports. See README.md for what is planned. */
module dev.caisson.virtio {
    requires com.sun.jna;
}
