package dev.caisson.virtio.queue;

import dev.caisson.virtio.memory.DirtyLog;
import dev.caisson.virtio.memory.GuestMemory;
import dev.caisson.virtio.memory.MemoryRegion;
import java.lang.foreign.MemorySegment;

/**
 * One virtqueue, from the device's side (VIRTIO 1.3, 2.6). Whatever the driver wrote is read once and checked when it is used; a driver
 * that breaks the rules gets a {@link QueueException}, after which the queue is to be left alone until it is set up anew.
 *
 * <p>Allocates nothing while it runs. Not thread-safe: one thread at a time, as the event loop that owns it sees to.
 */
public abstract sealed class Virtqueue permits SplitQueue, PackedQueue {

    /** A driver may chain more than its queue has, in an indirect table; Linux and QEMU stop at this. */
    static final int LONGEST_CHAIN = 1024;

    final int size;
    final QueueLayout layout;
    final QueueFeatures features;
    GuestMemory memory;

    private DirtyLog dirtyLog;
    private long ringLogAddress;

    Virtqueue(QueueLayout layout, QueueFeatures features) {
        this.layout = layout;
        this.features = features;
        this.size = layout.size();
    }

    /**
     * The queue that lies in {@code memory} as {@code layout} says.
     *
     * @param position where it goes on, as {@link #position} gave it; {@link #start} for a new one
     * @throws QueueException if the size is none that the ring can have, or an area is misaligned or not within one memory region
     */
    public static Virtqueue open(QueueLayout layout, QueueFeatures features, GuestMemory memory, int position)
            throws QueueException {
        int size = layout.size();
        if (size < 1 || size > QueueLayout.LARGEST || !features.packed() && Integer.bitCount(size) != 1) {
            throw new QueueException("a queue can't have %d descriptors".formatted(size));
        }
        return features.packed()
                ? new PackedQueue(layout, features, memory, position)
                : new SplitQueue(layout, features, memory, position);
    }

    /** The {@link #position} of a queue on which nothing has happened yet. */
    public static int start(boolean packed) {
        return packed ? PackedQueue.START : 0;
    }

    /**
     * Takes the next available buffer.
     *
     * @param chain is filled with it
     * @return false if there is none
     */
    public abstract boolean next(DescriptorChain chain) throws QueueException;

    /** Whether {@link #next} would find nothing. */
    public abstract boolean isEmpty();

    /**
     * Gives a buffer back to the driver.
     *
     * @param chain as {@link #next} filled it
     * @param written how many of its writable bytes, from the first, the device has written
     */
    public final void complete(DescriptorChain chain, long written) {
        stage(chain, written);
        publish();
    }

    /** Like {@link #complete}, but the driver sees it only after {@link #publish}. */
    public abstract void stage(DescriptorChain chain, long written);

    /** Lets the driver see all that has been staged, at once. */
    public abstract void publish();

    /** Whether the driver wants a notification for what has been completed since this was last asked. */
    public abstract boolean needsNotification();

    /** Tells the driver, if there is a way to, that it need not notify the device of available buffers. */
    public abstract void suppressKicks();

    /**
     * Tells the driver to notify the device of the next available buffer.
     *
     * @return true if one has become available before the driver could know: look again
     */
    public abstract boolean allowKicks();

    /**
     * Where the queue stands, as vhost-user's vring base has it: of a split queue, the next available index; of a packed queue, the next
     * available entry (bits 0–14) and its wrap counter (bit 15), the next used entry (bits 16–30) and its wrap counter (bit 31).
     */
    public abstract int position();

    /** How many buffers have been taken and not been given back. */
    public abstract int outstanding();

    /**
     * Keeps the account of buffers taken and not given back in memory that outlives this process (vhost-user, "Inflight I/O tracking"), and
     * takes up what an earlier process left there: {@link #next} yields those buffers first, in the order of their first coming.
     *
     * @param region of {@link #inflightBytes} for {@code entries}; all zeroes if new
     * @param entries how many buffers or descriptors it has room for, at least {@link #size}
     * @throws QueueException if what is there is of another version or size
     */
    public final void track(MemorySegment region, int entries) throws QueueException {
        if (entries < size || entries > QueueLayout.LARGEST || region.byteSize() < inflightBytes(features.packed(), entries)) {
            throw malformed("an in-flight region of %d bytes and %d entries is too small for a queue of %d"
                    .formatted(region.byteSize(), entries, size));
        }
        open(region, entries);
    }

    abstract void open(MemorySegment region, int entries) throws QueueException;

    /** How many bytes {@link #track} needs for {@code size} entries. */
    public static long inflightBytes(boolean packed, int size) {
        return packed ? PackedInflight.bytes(size) : SplitInflight.bytes(size);
    }

    /** Goes over to another memory table, in which the queue's areas must lie as well. */
    public final void memory(GuestMemory table) throws QueueException {
        memory = table;
        resolve();
    }

    /** The memory table. */
    public final GuestMemory memory() {
        return memory;
    }

    /** The number of descriptors. */
    public final int size() {
        return size;
    }

    /**
     * Marks what is written from now on.
     *
     * @param log null to end it
     * @param ringAddress where in the log the used ring counts as being; negative if its pages are not marked
     */
    public final void dirtyLog(DirtyLog log, long ringAddress) {
        dirtyLog = log;
        ringLogAddress = ringAddress;
    }

    abstract void resolve() throws QueueException;

    final void markWritten(DescriptorChain chain, long written, long ringOffset, long ringBytes) {
        if (dirtyLog != null) {
            chain.markWritten(dirtyLog, written);
            markRing(ringOffset, ringBytes);
        }
    }

    final void markRing(long offset, long bytes) {
        if (dirtyLog != null && ringLogAddress >= 0) {
            dirtyLog.mark(ringLogAddress + offset, bytes);
        }
    }

    final MemorySegment area(String what, long address, long bytes, long alignment) throws QueueException {
        MemoryRegion region = memory.find(address);
        if (region == null || bytes > region.guestAddress() + region.size() - address) {
            throw new QueueException("the %s, %d bytes at guest address 0x%x, is not within one memory region"
                    .formatted(what, bytes, address));
        }
        MemorySegment segment = region.segment().asSlice(address - region.guestAddress(), bytes);
        if (segment.address() % alignment != 0) {
            throw new QueueException("the %s at guest address 0x%x is not aligned to %d".formatted(what, address, alignment));
        }
        return segment;
    }

    /** Whether {@code event} lies among the entries from {@code old} up to but not including {@code now}, modulo 65,536 (2.7.10). */
    static boolean passed(int event, int now, int old) {
        return ((now - event - 1) & 0xffff) < ((now - old) & 0xffff);
    }

    static QueueException malformed(String what) {
        return new QueueException(what);
    }
}
