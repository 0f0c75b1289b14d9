package dev.caisson.virtio.queue;

import dev.caisson.virtio.sys.IoVector;
import java.lang.foreign.MemorySegment;

/** A cursor over one side of a {@link DescriptorChain}. Not thread-safe. */
public abstract sealed class ChainBuffer permits ReadableBuffer, WritableBuffer {

    final DescriptorChain chain;
    private int piece;
    private int end;
    private long within;
    private long size;
    private long position;

    ChainBuffer(DescriptorChain chain) {
        this.chain = chain;
    }

    final void begin(int first, int afterLast, long bytes) {
        piece = first;
        end = afterLast;
        within = 0;
        size = bytes;
        position = 0;
    }

    /** All of its bytes, those passed over included. */
    public final long size() {
        return size;
    }

    /** How many bytes have been passed over. */
    public final long position() {
        return position;
    }

    /** How many bytes come after the cursor. */
    public final long remaining() {
        return size - position;
    }

    /**
     * Hands the next {@code length} bytes to a system call and passes over them.
     *
     * @return how many: fewer than {@code length} if {@code vector} got full
     * @throws QueueException if fewer than {@code length} remain
     */
    public final long gather(IoVector vector, long length) throws QueueException {
        require(length);
        long done = 0;
        while (done < length && !vector.isFull()) {
            long n = Math.min(length - done, left());
            vector.add(segment(), offset(), n);
            advance(n);
            done += n;
        }
        return done;
    }

    /** Passes over {@code length} bytes. */
    public final void skip(long length) throws QueueException {
        require(length);
        long rest = length;
        while (rest > 0) {
            long n = Math.min(rest, left());
            advance(n);
            rest -= n;
        }
    }

    /** Goes to the byte after the first {@code target}. */
    public final void moveTo(long target) throws QueueException {
        if (target < position) {
            chain.rewind(this);
        }
        skip(target - position);
    }

    /** Leaves out what comes after the next {@code length} bytes. */
    public final void limit(long length) throws QueueException {
        require(length);
        size = position + length;
    }

    final void require(long length) throws QueueException {
        if (length < 0 || length > size - position) {
            throw new QueueException("a request has %d bytes where %d are wanted".formatted(size - position, length));
        }
    }

    /** The segment that the cursor is in; only while bytes remain. */
    final MemorySegment segment() {
        return chain.segment(piece);
    }

    /** Where in {@link #segment} the cursor is. */
    final long offset() {
        return chain.offset(piece) + within;
    }

    /** How many bytes from the cursor on lie together. */
    final long left() {
        return chain.length(piece) - within;
    }

    /** Passes over {@code n} bytes that lie together. */
    final void advance(long n) {
        position += n;
        within += n;
        if (within == chain.length(piece) && piece < end) {
            piece++;
            within = 0;
        }
    }
}
