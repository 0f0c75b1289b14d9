package dev.caisson.virtio.queue;

import dev.caisson.virtio.memory.DirtyLog;
import dev.caisson.virtio.memory.GuestMemory;
import dev.caisson.virtio.memory.MemoryRegion;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One buffer that the driver made available: first the bytes that the device reads, then those that it writes. Its addresses and lengths
 * are a private copy, checked when they were taken; the bytes themselves are still the driver's, who may change them at any time.
 *
 * <p>Made once and filled anew by every {@link Virtqueue#next}; its arrays grow to the longest chain seen. Not thread-safe. A chain that
 * is kept while the memory table changes must be told by {@link #rebind}.
 */
public final class DescriptorChain {

    /** VIRTIO 1.3, 2.6: a chain describes at most 2<sup>32</sup>-1 bytes. */
    private static final long MOST_BYTES = 0xffff_ffffL;

    // Piece i: lengths[i] bytes at guestAddresses[i], which are segments[i] from offsets[i]. A descriptor that goes on from
    // one memory region into the next makes two pieces.
    private MemorySegment[] segments = new MemorySegment[8];
    private long[] offsets = new long[8];
    private long[] guestAddresses = new long[8];
    private long[] lengths = new long[8];
    private int count;
    private int readableCount;
    private long readableBytes;
    private long writableBytes;

    private final ReadableBuffer readable = new ReadableBuffer(this);
    private final WritableBuffer writable = new WritableBuffer(this);

    private int id;
    private int slots;
    private int inflightEntry;

    /** An empty chain. */
    public DescriptorChain() {}

    /** The bytes that the driver wrote for the device, from their first on. The same object every time. */
    public ReadableBuffer readable() {
        return readable;
    }

    /** The bytes that the device writes for the driver, from their first on. The same object every time. */
    public WritableBuffer writable() {
        return writable;
    }

    /** What the ring calls the buffer: the head's index in a split queue, the buffer id in a packed one. */
    public int id() {
        return id;
    }

    /**
     * Translates the pieces anew, after the memory table changed.
     *
     * @throws QueueException if a piece is not in the memory any more
     */
    public void rebind(GuestMemory memory) throws QueueException {
        for (int i = 0; i < count; i++) {
            MemoryRegion region = memory.find(guestAddresses[i]);
            if (region == null || lengths[i] > region.guestAddress() + region.size() - guestAddresses[i]) {
                throw outside(guestAddresses[i], lengths[i]);
            }
            segments[i] = region.segment();
            offsets[i] = guestAddresses[i] - region.guestAddress();
        }
    }

    /** Becomes what {@code other} is, to be given back in its place; the cursors are at the first byte. */
    public void copyFrom(DescriptorChain other) {
        begin();
        for (int i = 0; i < other.count; i++) {
            push(other.segments[i], other.offsets[i], other.guestAddresses[i], other.lengths[i]);
        }
        readableCount = other.readableCount;
        readableBytes = other.readableBytes;
        writableBytes = other.writableBytes;
        inflightEntry = other.inflightEntry;
        end(other.id, other.slots);
    }

    /** Sets both cursors back to the first byte. */
    public void rewind() {
        readable.begin(0, readableCount, readableBytes);
        writable.begin(readableCount, count, writableBytes);
    }

    void rewind(ChainBuffer buffer) {
        if (buffer == readable) {
            readable.begin(0, readableCount, Math.min(readableBytes, readable.size()));
        } else {
            writable.begin(readableCount, count, Math.min(writableBytes, writable.size()));
        }
    }

    // What the queues fill it with.

    void begin() {
        count = 0;
        readableCount = 0;
        readableBytes = 0;
        writableBytes = 0;
        inflightEntry = -1;
    }

    void append(GuestMemory memory, long address, long length, boolean isWritable) throws QueueException {
        if (!isWritable && writableBytes > 0) {
            throw new QueueException("a readable descriptor comes after a writable one");
        }
        long total = readableBytes + writableBytes + length;
        if (total > MOST_BYTES) {
            throw new QueueException("a chain describes %d bytes, more than 2^32 - 1".formatted(total));
        }
        long at = address;
        long left = length;
        while (left > 0) {
            MemoryRegion region = memory.find(at);
            if (region == null) {
                throw outside(address, length);
            }
            long offset = at - region.guestAddress();
            long n = Math.min(left, region.size() - offset);
            push(region.segment(), offset, at, n);
            at += n;
            left -= n;
        }
        if (isWritable) {
            writableBytes += length;
        } else {
            readableBytes += length;
            readableCount = count;
        }
    }

    void end(int bufferId, int ringSlots) {
        id = bufferId;
        slots = ringSlots;
        rewind();
    }

    /** How many entries of a packed ring it takes. */
    int slots() {
        return slots;
    }

    /** Where {@link PackedInflight} keeps it; -1 if nowhere. */
    int inflightEntry() {
        return inflightEntry;
    }

    void inflightEntry(int entry) {
        inflightEntry = entry;
    }

    /** Marks the first {@code written} writable bytes in {@code log}. */
    void markWritten(DirtyLog log, long written) {
        long left = written;
        for (int i = readableCount; i < count && left > 0; i++) {
            long n = Math.min(left, lengths[i]);
            log.mark(guestAddresses[i], n);
            left -= n;
        }
    }

    // What the buffers walk over.

    MemorySegment segment(int piece) {
        return segments[piece];
    }

    long offset(int piece) {
        return offsets[piece];
    }

    long length(int piece) {
        return lengths[piece];
    }

    private void push(MemorySegment segment, long offset, long guestAddress, long length) {
        if (count == segments.length) {
            int larger = count * 2;
            segments = Arrays.copyOf(segments, larger);
            offsets = Arrays.copyOf(offsets, larger);
            guestAddresses = Arrays.copyOf(guestAddresses, larger);
            lengths = Arrays.copyOf(lengths, larger);
        }
        segments[count] = segment;
        offsets[count] = offset;
        guestAddresses[count] = guestAddress;
        lengths[count] = length;
        count++;
    }

    private static QueueException outside(long address, long length) {
        return new QueueException("%d bytes at guest address 0x%x are not in the driver's memory".formatted(length, address));
    }
}
