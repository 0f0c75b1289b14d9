package dev.caisson.virtio.queue;

import dev.caisson.virtio.memory.LittleEndian;
import java.lang.foreign.MemorySegment;

/**
 * The bytes that the driver wrote for the device. Every byte is read once, so what was read is the reader's own: a driver that changes it
 * later changes nothing. Not thread-safe.
 */
public final class ReadableBuffer extends ChainBuffer {

    ReadableBuffer(DescriptorChain chain) {
        super(chain);
    }

    /** Eight bits, 0 to 255. */
    public int getByte() throws QueueException {
        require(1);
        int value = LittleEndian.getByte(segment(), offset());
        advance(1);
        return value;
    }

    /** Sixteen bits, 0 to 65,535. */
    public int getShort() throws QueueException {
        return (int) get(Short.BYTES);
    }

    /** Thirty-two bits, signed as Java has them. */
    public int getInt() throws QueueException {
        return (int) get(Integer.BYTES);
    }

    /** Thirty-two bits, 0 to 2<sup>32</sup>-1. */
    public long getUnsignedInt() throws QueueException {
        return get(Integer.BYTES);
    }

    /** Sixty-four bits. */
    public long getLong() throws QueueException {
        return get(Long.BYTES);
    }

    /** Copies the next {@code length} bytes to {@code into} from {@code offset} on. */
    public void get(MemorySegment into, long offset, long length) throws QueueException {
        require(length);
        long done = 0;
        while (done < length) {
            long n = Math.min(length - done, left());
            MemorySegment.copy(segment(), offset(), into, offset + done, n);
            advance(n);
            done += n;
        }
    }

    private long get(int bytes) throws QueueException {
        require(bytes);
        if (left() >= bytes) {
            long value = switch (bytes) {
                case Short.BYTES -> LittleEndian.getShort(segment(), offset());
                case Integer.BYTES -> LittleEndian.getUnsignedInt(segment(), offset());
                default -> LittleEndian.getLong(segment(), offset());
            };
            advance(bytes);
            return value;
        }
        long value = 0;
        for (int shift = 0; shift < bytes * 8; shift += 8) {
            value |= (long) getByte() << shift;
        }
        return value;
    }
}
