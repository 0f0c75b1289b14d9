package dev.caisson.virtio.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Access to what both sides share: VirtIO's integers are little-endian (VIRTIO 1.3, 1.4). Plain access works at any address; acquire
 * and release need natural alignment and order what comes after or before. Stateless.
 */
public final class LittleEndian {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle ORDERED_SHORT =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle ATOMIC_INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private LittleEndian() {}

    /** Eight bits, 0 to 255. */
    public static int getByte(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    }

    /** Stores the low eight bits. */
    public static void putByte(MemorySegment segment, long offset, int value) {
        segment.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    /** Sixteen bits, 0 to 65,535. */
    public static int getShort(MemorySegment segment, long offset) {
        return segment.get(SHORT, offset) & 0xffff;
    }

    /** Stores the low sixteen bits. */
    public static void putShort(MemorySegment segment, long offset, int value) {
        segment.set(SHORT, offset, (short) value);
    }

    /** Thirty-two bits, signed as Java has them. */
    public static int getInt(MemorySegment segment, long offset) {
        return segment.get(INT, offset);
    }

    /** Thirty-two bits, 0 to 2<sup>32</sup>-1. */
    public static long getUnsignedInt(MemorySegment segment, long offset) {
        return segment.get(INT, offset) & 0xffff_ffffL;
    }

    /** Stores thirty-two bits. */
    public static void putInt(MemorySegment segment, long offset, int value) {
        segment.set(INT, offset, value);
    }

    /** Sixty-four bits. */
    public static long getLong(MemorySegment segment, long offset) {
        return segment.get(LONG, offset);
    }

    /** Stores sixty-four bits. */
    public static void putLong(MemorySegment segment, long offset, long value) {
        segment.set(LONG, offset, value);
    }

    /** Sixteen aligned bits, 0 to 65,535, read before anything that follows. */
    public static int getShortAcquire(MemorySegment segment, long offset) {
        return (short) ORDERED_SHORT.getAcquire(segment, offset) & 0xffff;
    }

    /** Stores the low sixteen bits, aligned, after everything that came before. */
    public static void putShortRelease(MemorySegment segment, long offset, int value) {
        // Not setRelease: as long as that is not inlined, HotSpot stores by a 16-bit xchg, which its SIGBUS handler can't take apart; on a
        // page that the file has lost the JVM would end.
        VarHandle.releaseFence();
        ORDERED_SHORT.set(segment, offset, (short) value);
    }

    /** Sets {@code bits} in thirty-two aligned bits at once, whoever else does the same. */
    public static void orInt(MemorySegment segment, long offset, int bits) {
        ATOMIC_INT.getAndBitwiseOr(segment, offset, bits);
    }
}
