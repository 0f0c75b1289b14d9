package dev.caisson.virtio.device;

import dev.caisson.virtio.memory.DirtyLog;
import dev.caisson.virtio.memory.GuestMemory;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.queue.QueueFeatures;
import dev.caisson.virtio.queue.QueueLayout;
import dev.caisson.virtio.queue.Virtqueue;
import dev.caisson.virtio.sys.EventLoop;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.SysException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Runs a device: its threads, its queues, what its driver negotiated. Transports work through it. Used by one thread, the transport's; every
 * change of a queue is made on the queue's own thread and waited for, so that after it nothing of the old state is in use.
 */
public final class DeviceHost implements AutoCloseable {

    private final Device device;
    private final EventLoop[] loops;
    private final DeviceQueue[] queues;
    private volatile Runnable configListener = () -> {};
    private long features;

    /**
     * Takes over {@code device} and starts its threads.
     *
     * @throws SysException if there are no descriptors left for them
     */
    public DeviceHost(Device device) throws SysException {
        this.device = device;
        this.loops = new EventLoop[device.threadCount()];
        for (int i = 0; i < loops.length; i++) {
            loops[i] = new EventLoop("virtio-%s-%d".formatted(device.name(), i));
        }
        this.queues = new DeviceQueue[device.queueCount()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new DeviceQueue(device, i, loops[device.threadOf(i)]);
        }
        device.attach(new DeviceContext() {
            @Override
            public DeviceQueue queue(int index) {
                return queues[index];
            }

            @Override
            public EventLoop thread(int index) {
                return loops[index];
            }

            @Override
            public void configChanged() {
                configListener.run();
            }
        });
    }

    /** The device. */
    public Device device() {
        return device;
    }

    /** One of the device's queues, for its counters. */
    public DeviceQueue queue(int index) {
        return queues[index];
    }

    /** What is called, on any thread, when the device's configuration has changed. */
    public void onConfigChange(Runnable listener) {
        configListener = listener;
    }

    /** The feature bits that the device and its queues offer. */
    public long offeredFeatures() {
        long offered = device.features() | QueueFeatures.OFFERED | DeviceFeatures.VERSION_1 | DeviceFeatures.RING_RESET;
        return device.completesInOrder() ? offered : offered & ~QueueFeatures.IN_ORDER;
    }

    /** The feature bits that the driver accepted. */
    public long features() {
        return features;
    }

    /** Takes note of what the driver accepted: the queues that start from now on are of that kind. */
    public void negotiate(long accepted) {
        features = accepted;
        if (!anyRuns()) {
            device.negotiated(accepted);
        }
    }

    /**
     * Starts a queue, whose processing may have to be allowed as well: {@link #enable}.
     *
     * @param position where it goes on
     * @param inflight the account of what is being processed, or null
     * @param inflightEntries how many entries the account has
     * @throws QueueException if the queue can't be where {@code layout} says
     */
    public void start(int index, QueueLayout layout, GuestMemory memory, int position, MemorySegment inflight,
            int inflightEntries) throws QueueException {
        if ((features & DeviceFeatures.VERSION_1) == 0) {
            throw new QueueException("the driver did not accept VIRTIO_F_VERSION_1");
        }
        Virtqueue ring = Virtqueue.open(layout, QueueFeatures.of(features), memory, position);
        if (inflight != null) {
            ring.track(inflight, inflightEntries);
        }
        DeviceQueue queue = queues[index];
        queue.thread().call(() -> {
            queue.stop();
            queue.start(ring);
        });
    }

    /**
     * Ends a queue once what it is doing is done.
     *
     * @return its position; empty if it did not run
     */
    public Optional<Integer> stop(int index) {
        DeviceQueue queue = queues[index];
        Integer[] position = new Integer[1];
        queue.thread().call(() -> position[0] = queue.stop());
        return Optional.ofNullable(position[0]);
    }

    /** Whether a queue has been started and not been stopped. */
    public boolean isStarted(int index) {
        DeviceQueue queue = queues[index];
        boolean[] is = new boolean[1];
        queue.thread().call(() -> is[0] = queue.hasRing());
        return is[0];
    }

    /** Allows a queue's processing, or not. */
    public void enable(int index, boolean enabled) {
        DeviceQueue queue = queues[index];
        queue.thread().call(() -> queue.enable(enabled));
    }

    /** Looks whether a queue has something to do, as if its driver had said so. */
    public void kick(int index) {
        DeviceQueue queue = queues[index];
        queue.thread().call(queue::kicked);
    }

    /** Goes over to {@code memory} in all queues; after this, nothing refers to another table. */
    public void memory(GuestMemory memory) {
        for (DeviceQueue queue : queues) {
            queue.thread().call(() -> queue.memory(memory));
        }
    }

    /** Marks what a queue writes in {@code log}; null to end it. {@code ringAddress}: see {@link Virtqueue#dirtyLog}. */
    public void dirtyLog(int index, DirtyLog log, long ringAddress) {
        DeviceQueue queue = queues[index];
        queue.thread().call(() -> queue.dirtyLog(log, ringAddress));
    }

    /** What a queue's driver kicks; null for none. Taken over. */
    public void kickBy(int index, Fd fd) {
        DeviceQueue queue = queues[index];
        queue.thread().call(() -> queue.setKick(fd));
    }

    /** What a queue's driver is notified by; null for none. Taken over, and made non-blocking. */
    public void callBy(int index, Fd fd) throws SysException {
        if (fd != null) {
            Sys.setNonBlocking(fd.number());
        }
        DeviceQueue queue = queues[index];
        queue.thread().call(() -> queue.setCall(fd));
    }

    /** What a queue's driver is told of errors by; null for none. Taken over, and made non-blocking. */
    public void errorBy(int index, Fd fd) throws SysException {
        if (fd != null) {
            Sys.setNonBlocking(fd.number());
        }
        DeviceQueue queue = queues[index];
        queue.thread().call(() -> queue.setError(fd));
    }

    /** Ends all queues and makes the device as it was at first. */
    public void reset() {
        for (DeviceQueue queue : queues) {
            queue.thread().call(() -> {
                queue.stop();
                queue.enable(false);
                queue.setCall(null);
                queue.setError(null);
            });
        }
        features = 0;
        device.reset();
    }

    /** Ends everything, the device included. */
    @Override
    public void close() {
        reset();
        for (EventLoop loop : loops) {
            loop.close();
        }
        device.close();
    }

    private boolean anyRuns() {
        for (int i = 0; i < queues.length; i++) {
            if (isStarted(i)) {
                return true;
            }
        }
        return false;
    }
}
