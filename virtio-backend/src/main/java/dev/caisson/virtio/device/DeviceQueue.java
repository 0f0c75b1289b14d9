package dev.caisson.virtio.device;

import dev.caisson.virtio.memory.DirtyLog;
import dev.caisson.virtio.memory.GuestMemory;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.queue.Virtqueue;
import dev.caisson.virtio.sys.EventLoop;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.Sys.FileKind;
import dev.caisson.virtio.sys.SysException;
import dev.caisson.virtio.sys.Wake;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * A queue as its device has it: the ring while there is one, the ways to wake either side, and the account of what went through. A ring
 * that the driver broke is left alone until it is set up anew. Used on the queue's thread alone, but for the counters.
 */
public final class DeviceQueue {

    private static final Logger LOG = System.getLogger(DeviceQueue.class.getName());

    /** After so many buffers the driver is told, even if more wait. */
    private static final int NOTIFY_AFTER = 8;
    /** After so many buffers others have their turn. */
    private static final int YIELD_AFTER = 256;

    private final Device device;
    private final int index;
    private final EventLoop loop;
    private final DescriptorChain chain = new DescriptorChain();
    private final Runnable kickedAgain = this::kicked;

    private Virtqueue ring;
    private boolean isEnabled;
    private boolean isBroken;
    private Fd kick;
    private EventLoop.Registration kickRegistration;
    private Fd call;
    private Fd error;

    private volatile long requests;
    private volatile long notifications;

    DeviceQueue(Device device, int index, EventLoop loop) {
        this.device = device;
        this.index = index;
        this.loop = loop;
    }

    /** Its place among the device's queues. */
    public int index() {
        return index;
    }

    /** The thread that it is served by. */
    public EventLoop thread() {
        return loop;
    }

    /** Whether buffers can be taken from it. */
    public boolean isRunning() {
        return ring != null && isEnabled && !isBroken;
    }

    /** How many buffers have been given back since the device was made. From any thread. */
    public long requests() {
        return requests;
    }

    /** How many notifications the driver has got. From any thread. */
    public long notifications() {
        return notifications;
    }

    /**
     * Carries out what the driver has made available, one request after another, each given back when it is done; at some point lets others
     * have their turn and goes on after them.
     */
    public void drain(ChainHandler handler) {
        if (!isRunning()) {
            return;
        }
        try {
            int done = 0;
            do {
                ring.suppressKicks();
                while (ring.next(chain)) {
                    long written = handler.handle(chain);
                    ring.complete(chain, written);
                    if (++done % NOTIFY_AFTER == 0) {
                        notifyDriver();
                    }
                    if (done == YIELD_AFTER) {
                        count(done);
                        notifyDriver();
                        loop.defer(kickedAgain);
                        return;
                    }
                }
                notifyDriver();
            } while (ring.allowKicks());
            count(done);
        } catch (QueueException | RuntimeException | InternalError e) {
            fail(e);
        }
    }

    /**
     * Takes the next available buffer, to be given back by {@link #complete} sooner or later.
     *
     * @return false if there is none, or the queue does not run
     */
    public boolean next(DescriptorChain into) {
        if (!isRunning()) {
            return false;
        }
        try {
            return ring.next(into);
        } catch (QueueException | InternalError e) {
            fail(e);
            return false;
        }
    }

    /** Whether {@link #next} would find something. */
    public boolean hasNext() {
        try {
            return isRunning() && !ring.isEmpty();
        } catch (InternalError e) {
            fail(e);
            return false;
        }
    }

    /** Gives a buffer back, of whose writable bytes the first {@code written} were written. The driver isn't told yet. */
    public void complete(DescriptorChain taken, long written) {
        if (ring == null || isBroken) {
            return;
        }
        try {
            ring.complete(taken, written);
            count(1);
        } catch (InternalError e) {
            fail(e);
        }
    }

    /** Like {@link #complete}, but the driver sees it only after {@link #publish}. */
    public void stage(DescriptorChain taken, long written) {
        if (ring == null || isBroken) {
            return;
        }
        try {
            ring.stage(taken, written);
            count(1);
        } catch (InternalError e) {
            fail(e);
        }
    }

    /** Lets the driver see all that has been staged, at once. It isn't told yet. */
    public void publish() {
        if (ring == null || isBroken) {
            return;
        }
        try {
            ring.publish();
        } catch (InternalError e) {
            fail(e);
        }
    }

    /** Tells the driver of what has been given back, if it wants to know. */
    public void notifyDriver() {
        try {
            if (ring != null && !isBroken && ring.needsNotification() && call != null) {
                Wake.send(call.number());
                notifications = notifications + 1;
            }
        } catch (InternalError e) {
            fail(e);
        }
    }

    /**
     * Asks to be told of the next available buffer.
     *
     * @return true if there is one already
     */
    public boolean allowKicks() {
        try {
            return isRunning() && ring.allowKicks();
        } catch (InternalError e) {
            fail(e);
            return false;
        }
    }

    /** Tells the driver that it need not say when it makes buffers available. */
    public void suppressKicks() {
        try {
            if (isRunning()) {
                ring.suppressKicks();
            }
        } catch (InternalError e) {
            fail(e);
        }
    }

    /** The driver's memory. Only while the queue runs. */
    public GuestMemory memory() {
        return ring.memory();
    }

    /** Leaves the ring alone from now on, since its driver broke it: {@code reason} says how. */
    public void fail(Throwable reason) {
        isBroken = true;
        String what = reason instanceof InternalError ? "the driver's memory file was truncated" : reason.getMessage();
        LOG.log(Level.WARNING, "{0}: queue {1} is stopped: {2}", device.name(), index, what);
        if (reason instanceof RuntimeException) {
            LOG.log(Level.ERROR, "a fault of the device''s", reason);
        }
        if (error != null) {
            Wake.send(error.number());
        }
    }

    // What the host does to it, on its thread.

    void start(Virtqueue newRing) {
        ring = newRing;
        isBroken = false;
        device.started(this);
        kicked();
    }

    /** The ring's position, or null if there was none. */
    Integer stop() {
        setKick(null);
        if (ring == null) {
            return null;
        }
        device.stopping(this);
        notifyDriver();
        int position = ring.position();
        ring = null;
        return position;
    }

    boolean hasRing() {
        return ring != null;
    }

    void enable(boolean enabled) {
        isEnabled = enabled;
        kicked();
    }

    void memory(GuestMemory memory) {
        if (ring == null || isBroken) {
            return;
        }
        try {
            ring.memory(memory);
            device.memoryChanged(this);
        } catch (QueueException e) {
            fail(e);
        }
    }

    void dirtyLog(DirtyLog log, long ringAddress) {
        if (ring != null) {
            ring.dirtyLog(log, ringAddress);
        }
    }

    /** The descriptor that the driver wakes the device by, or null. It is this queue's from now on. */
    void setKick(Fd fd) {
        if (kickRegistration != null) {
            kickRegistration.close();
            kickRegistration = null;
        }
        Fd.closeAll(kick);
        kick = fd;
        if (fd == null) {
            return;
        }
        try {
            // An eventfd's every write is an edge, so it is never read. A pipe in its place would fill up.
            if (Sys.status(fd.number()).kind() == FileKind.FIFO) {
                Sys.setNonBlocking(fd.number());
                kickRegistration = loop.register(fd.number(), EventLoop.IN, ready -> {
                    Wake.take(fd.number());
                    kicked();
                });
            } else {
                kickRegistration = loop.register(fd.number(), EventLoop.IN | EventLoop.EDGE, ready -> kicked());
            }
        } catch (SysException e) {
            fail(e);
        }
    }

    /** The descriptor that the device wakes the driver by, or null. It is this queue's from now on. */
    void setCall(Fd fd) {
        Fd.closeAll(call);
        call = fd;
        if (fd != null && ring != null) {
            // What was given back before the driver could be told.
            Wake.send(fd.number());
        }
    }

    /** The descriptor that the device tells of a broken ring by, or null. It is this queue's from now on. */
    void setError(Fd fd) {
        Fd.closeAll(error);
        error = fd;
    }

    void kicked() {
        if (isRunning()) {
            device.kicked(this);
        }
    }

    private void count(int done) {
        requests = requests + done;
    }
}
