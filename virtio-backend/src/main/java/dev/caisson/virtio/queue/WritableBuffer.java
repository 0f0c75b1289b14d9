package dev.caisson.virtio.queue;

import dev.caisson.virtio.memory.LittleEndian;
import java.lang.foreign.MemorySegment;

/** The bytes that the device writes for the driver; {@link #position} is how many have been written. Not thread-safe. */
public final class WritableBuffer extends ChainBuffer {

    WritableBuffer(DescriptorChain chain) {
        super(chain);
    }

    /** Stores the low eight bits. */
    public void putByte(int value) throws QueueException {
        require(1);
        LittleEndian.putByte(segment(), offset(), value);
        advance(1);
    }

    /** Stores the low sixteen bits. */
    public void putShort(int value) throws QueueException {
        put(value, Short.BYTES);
    }

    /** Stores thirty-two bits. */
    public void putInt(int value) throws QueueException {
        put(value, Integer.BYTES);
    }

    /** Stores sixty-four bits. */
    public void putLong(long value) throws QueueException {
        put(value, Long.BYTES);
    }

    /** Copies {@code length} bytes of {@code from} from {@code offset} on. */
    public void put(MemorySegment from, long offset, long length) throws QueueException {
        require(length);
        long done = 0;
        while (done < length) {
            long n = Math.min(length - done, left());
            MemorySegment.copy(from, offset + done, segment(), offset(), n);
            advance(n);
            done += n;
        }
    }

    /** Stores {@code length} zeroes. */
    public void fill(long length) throws QueueException {
        require(length);
        long rest = length;
        while (rest > 0) {
            long n = Math.min(rest, left());
            for (long i = 0; i < n; i++) {
                LittleEndian.putByte(segment(), offset() + i, 0);
            }
            advance(n);
            rest -= n;
        }
    }

    private void put(long value, int bytes) throws QueueException {
        require(bytes);
        for (int shift = 0; shift < bytes * 8; shift += 8) {
            putByte((int) (value >>> shift));
        }
    }
}
