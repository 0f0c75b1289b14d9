package dev.caisson.virtio.device;

import dev.caisson.virtio.sys.EventLoop;

/** What a device works with. Thread-safe. */
public interface DeviceContext {

    /** One of its queues, running or not. */
    DeviceQueue queue(int index);

    /** One of its threads. */
    EventLoop thread(int index);

    /** Tells the driver, if there is a way to, that the configuration has changed. */
    void configChanged();
}
