package dev.caisson.virtio.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The array of buffers that readv(2) and its kin take. The kernel reaches the buffers by address, so a page of shared memory that
 * is not there any more is an EFAULT, never a signal. Made once and filled anew for every call; not thread-safe.
 *
 * <pre>
 *   struct iovec, 16 bytes (bits/types/struct_iovec.h)
 *    0                 8                 16
 *   +-----------------+-----------------+
 *   | base            | length          |
 *   +-----------------+-----------------+
 * </pre>
 */
public final class IoVector implements AutoCloseable {

    /** As many buffers as one call takes (UIO_MAXIOV). */
    public static final int MOST = 1024;

    private static final int ENTRY_BYTES = 16;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment entries = arena.allocate((long) ENTRY_BYTES * MOST, ENTRY_BYTES);
    private int count;
    private long bytes;

    /** An empty vector. */
    public IoVector() {}

    /** Forgets the buffers. */
    public void clear() {
        count = 0;
        bytes = 0;
    }

    /** Whether {@link #MOST} buffers are in it. */
    public boolean isFull() {
        return count == MOST;
    }

    /** The buffers' number. */
    public int count() {
        return count;
    }

    /** The sum of the buffers' lengths. */
    public long bytes() {
        return bytes;
    }

    /**
     * Adds {@code length} bytes of {@code segment} from {@code offset}.
     *
     * @throws IndexOutOfBoundsException if they are not within the segment, or the vector is full
     */
    public void add(MemorySegment segment, long offset, long length) {
        if (offset < 0 || length < 0 || offset > segment.byteSize() - length || count == MOST) {
            throw new IndexOutOfBoundsException("a buffer that does not fit");
        }
        long at = (long) count * ENTRY_BYTES;
        entries.set(ValueLayout.JAVA_LONG, at, segment.address() + offset);
        entries.set(ValueLayout.JAVA_LONG, at + 8, length);
        count++;
        bytes += length;
    }

    /** Drops {@code n} bytes from the front: what a call that did a part has done. {@code n} is at most {@link #bytes}. */
    public void drop(long n) {
        int first = 0;
        long left = n;
        while (first < count && left >= length(first)) {
            left -= length(first++);
        }
        if (first > 0) {
            MemorySegment.copy(entries, (long) first * ENTRY_BYTES, entries, 0, (long) (count - first) * ENTRY_BYTES);
            count -= first;
        }
        if (left > 0) {
            entries.set(ValueLayout.JAVA_LONG, 0, entries.get(ValueLayout.JAVA_LONG, 0) + left);
            entries.set(ValueLayout.JAVA_LONG, 8, entries.get(ValueLayout.JAVA_LONG, 8) - left);
        }
        bytes -= n;
    }

    /** readv(2) into the buffers: the number of bytes, 0 at the end, negative for an errno. */
    public long read(int fd) {
        return Sys.readv(fd, entries.address(), count);
    }

    /** writev(2) from the buffers: the number of bytes, negative for an errno. */
    public long write(int fd) {
        return Sys.writev(fd, entries.address(), count);
    }

    /** preadv(2) into the buffers: the number of bytes, 0 at the end, negative for an errno. */
    public long read(int fd, long position) {
        return Sys.preadv(fd, entries.address(), count, position);
    }

    /** pwritev(2) from the buffers: the number of bytes, negative for an errno. */
    public long write(int fd, long position) {
        return Sys.pwritev(fd, entries.address(), count, position);
    }

    @Override
    public void close() {
        arena.close();
    }

    private long length(int index) {
        return entries.get(ValueLayout.JAVA_LONG, (long) index * ENTRY_BYTES + 8);
    }
}
