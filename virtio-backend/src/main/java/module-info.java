/** VirtIO back-ends: guest memory, queues, device models and transports. */
@SuppressWarnings("requires-automatic")
module dev.caisson.virtio {
    requires com.sun.jna;

    exports dev.caisson.virtio;
    exports dev.caisson.virtio.device;
    exports dev.caisson.virtio.device.blk;
    exports dev.caisson.virtio.device.console;
    exports dev.caisson.virtio.device.gpio;
    exports dev.caisson.virtio.device.i2c;
    exports dev.caisson.virtio.device.net;
    exports dev.caisson.virtio.device.rng;
    exports dev.caisson.virtio.device.vsock;
    exports dev.caisson.virtio.memory;
    exports dev.caisson.virtio.queue;
    exports dev.caisson.virtio.sys;
    exports dev.caisson.virtio.transport.vhostuser;
}
