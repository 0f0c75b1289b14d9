package dev.caisson.virtio.queue;

import dev.caisson.virtio.memory.LittleEndian;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The account of a packed queue's buffers that were taken and not given back, with copies of their descriptors, since the ring's own may
 * be overwritten (vhost-user, "Inflight I/O tracking"). What may be half done stands twice: with its old value and its new one.
 *
 * <pre>
 *    0            8         10     12          14          16     18         20     21         22       32
 *   +------------+---------+------+-----------+-----------+------+----------+------+----------+--------+--
 *   | features,0 | version | size | free head | (old one) | used | (old one)| wrap | (old one)| padding| entries
 *   +------------+---------+------+-----------+-----------+------+----------+------+----------+--------+--
 *
 *   entry, 32 bytes; the first three fields and the counter count in a buffer's first entry alone
 *    0           2        4        6         8          16     18      20       24         32
 *   +-----------+--------+--------+---------+----------+------+-------+--------+----------+
 *   | in flight | next   | last   | entries | counter  | id   | flags | length | address  |
 *   +-----------+--------+--------+---------+----------+------+-------+--------+----------+
 * </pre>
 */
final class PackedInflight {

    private static final int VERSION = 8;
    private static final int SIZE = 10;
    private static final int FREE = 12;
    private static final int OLD_FREE = 14;
    private static final int USED = 16;
    private static final int OLD_USED = 18;
    private static final int WRAP = 20;
    private static final int OLD_WRAP = 21;
    private static final int ENTRIES = 32;
    private static final int ENTRY_BYTES = 32;
    private static final int NEXT = 2;
    private static final int LAST = 4;
    private static final int LENGTH = 6;
    private static final int COUNTER = 8;
    private static final int ID = 16;
    private static final int FLAGS = 18;
    private static final int BYTES = 20;
    private static final int ADDRESS = 24;
    private static final int THIS_VERSION = 1;

    private final MemorySegment region;
    private final int size;
    private long counter;
    private int[] leftOver = {};
    private int leftOverTaken;

    // The buffer being taken.
    private int head;
    private int free;
    private int last;
    private int length;

    PackedInflight(MemorySegment region, int size) {
        this.region = region;
        this.size = size;
    }

    static long bytes(int size) {
        return ENTRIES + (long) ENTRY_BYTES * size;
    }

    /**
     * Takes up what an earlier process left.
     *
     * @param ring the descriptor ring
     * @param used the next used entry as the front-end has it, for a new account
     * @param wrap likewise
     * @return false if the account is a new one
     */
    boolean recover(MemorySegment ring, int used, boolean wrap) throws QueueException {
        int version = LittleEndian.getShort(region, VERSION);
        if (version == 0) {
            for (int i = 0; i < size; i++) {
                LittleEndian.putShort(region, entry(i) + NEXT, i + 1);
            }
            LittleEndian.putShort(region, SIZE, size);
            LittleEndian.putShort(region, USED, used);
            LittleEndian.putShort(region, OLD_USED, used);
            LittleEndian.putByte(region, WRAP, wrap ? 1 : 0);
            LittleEndian.putByte(region, OLD_WRAP, wrap ? 1 : 0);
            LittleEndian.putShortRelease(region, VERSION, THIS_VERSION);
            return false;
        }
        int itsSize = LittleEndian.getShort(region, SIZE);
        if (version != THIS_VERSION || itsSize != size) {
            throw new QueueException("the in-flight region has version %d and %d entries, not %d and %d"
                    .formatted(version, itsSize, THIS_VERSION, size));
        }
        int oldUsed = checked(LittleEndian.getShort(region, OLD_USED), "a used entry");
        if (checked(LittleEndian.getShort(region, USED), "a used entry") != oldUsed && wasPublished(ring, oldUsed)) {
            commit();
        } else {
            LittleEndian.putShort(region, FREE, LittleEndian.getShort(region, OLD_FREE));
            LittleEndian.putShort(region, USED, oldUsed);
            LittleEndian.putByte(region, WRAP, LittleEndian.getByte(region, OLD_WRAP));
        }
        clearFreeEntries();
        collectLeftOver();
        return true;
    }

    private boolean wasPublished(MemorySegment ring, int oldUsed) {
        boolean wrap = LittleEndian.getByte(region, OLD_WRAP) != 0;
        int flags = LittleEndian.getShortAcquire(
                ring, (long) PackedRingDescriptor.DESCRIPTOR_BYTES * oldUsed + PackedRingDescriptor.FLAGS);
        boolean isUsed = (flags & PackedRingDescriptor.F_USED) != 0;
        boolean isAvailable = (flags & PackedRingDescriptor.F_AVAIL) != 0;
        return isUsed == wrap && isAvailable == wrap;
    }

    private void clearFreeEntries() {
        int at = LittleEndian.getShort(region, FREE);
        for (int i = 0; i < size && at < size; i++) {
            LittleEndian.putByte(region, entry(at), 0);
            at = LittleEndian.getShort(region, entry(at) + NEXT);
        }
    }

    private void collectLeftOver() throws QueueException {
        leftOver = IntStream.range(0, size)
                .filter(i -> LittleEndian.getByte(region, entry(i)) != 0)
                .boxed()
                .sorted(Comparator.comparingLong(i -> LittleEndian.getLong(region, entry(i) + COUNTER)))
                .mapToInt(Integer::intValue)
                .toArray();
        if (leftOverSlots() > size) {
            throw new QueueException("the in-flight region has %d entries in use of %d".formatted(leftOverSlots(), size));
        }
        if (leftOver.length > 0) {
            counter = LittleEndian.getLong(region, entry(leftOver[leftOver.length - 1]) + COUNTER) + 1;
        }
    }

    int usedEntry() throws QueueException {
        return checked(LittleEndian.getShort(region, USED), "a used entry");
    }

    boolean usedWrap() {
        return LittleEndian.getByte(region, WRAP) != 0;
    }

    int leftOverSlots() {
        int slots = 0;
        for (int first : leftOver) {
            slots += length(first);
        }
        return slots;
    }

    boolean hasLeftOver() {
        return leftOverTaken < leftOver.length;
    }

    int takeLeftOver() {
        return leftOver[leftOverTaken++];
    }

    int length(int first) {
        return LittleEndian.getShort(region, entry(first) + LENGTH);
    }

    int after(int at) throws QueueException {
        int next = LittleEndian.getShort(region, entry(at) + NEXT);
        return next == size ? 0 : checked(next, "a next entry");
    }

    int id(int at) {
        return LittleEndian.getShort(region, entry(at) + ID);
    }

    int flags(int at) {
        return LittleEndian.getShort(region, entry(at) + FLAGS);
    }

    long byteCount(int at) {
        return LittleEndian.getUnsignedInt(region, entry(at) + BYTES);
    }

    long address(int at) {
        return LittleEndian.getLong(region, entry(at) + ADDRESS);
    }

    // Taking a buffer: begin, append each of its descriptors, end.

    void begin() throws QueueException {
        free = checked(LittleEndian.getShort(region, FREE), "a free entry");
        head = free;
        length = 0;
    }

    void append(long address, long bytes, int flags, int id) throws QueueException {
        int at = checked(free, "a free entry");
        LittleEndian.putLong(region, entry(at) + ADDRESS, address);
        LittleEndian.putInt(region, entry(at) + BYTES, (int) bytes);
        LittleEndian.putShort(region, entry(at) + FLAGS, flags);
        LittleEndian.putShort(region, entry(at) + ID, id);
        last = at;
        length++;
        free = LittleEndian.getShort(region, entry(at) + NEXT);
    }

    /** The buffer's first entry. */
    int end() {
        LittleEndian.putShort(region, entry(head) + LAST, last);
        LittleEndian.putShort(region, entry(head) + LENGTH, length);
        LittleEndian.putLong(region, entry(head) + COUNTER, counter++);
        VarHandle.releaseFence();
        LittleEndian.putByte(region, entry(head), 1);
        VarHandle.releaseFence();
        LittleEndian.putShort(region, FREE, free);
        VarHandle.releaseFence();
        LittleEndian.putShort(region, OLD_FREE, free);
        VarHandle.releaseFence();
        return head;
    }

    /** Before the ring says that the buffer is used. */
    void givingBack(int first, int used, boolean wrap) {
        int end = Math.min(LittleEndian.getShort(region, entry(first) + LAST), size - 1);
        LittleEndian.putShort(region, entry(end) + NEXT, LittleEndian.getShort(region, FREE));
        LittleEndian.putShort(region, FREE, first);
        LittleEndian.putByte(region, WRAP, wrap ? 1 : 0);
        VarHandle.releaseFence();
        LittleEndian.putShort(region, USED, used);
        VarHandle.releaseFence();
    }

    /** After the ring said so of the last {@code count} buffers. */
    void gaveBack(int count) {
        VarHandle.releaseFence();
        int first = LittleEndian.getShort(region, FREE);
        for (int i = 0; i < count && first < size; i++) {
            LittleEndian.putByte(region, entry(first), 0);
            int end = Math.min(LittleEndian.getShort(region, entry(first) + LAST), size - 1);
            first = LittleEndian.getShort(region, entry(end) + NEXT);
        }
        VarHandle.releaseFence();
        commit();
    }

    private void commit() {
        LittleEndian.putShort(region, OLD_FREE, LittleEndian.getShort(region, FREE));
        LittleEndian.putByte(region, OLD_WRAP, LittleEndian.getByte(region, WRAP));
        VarHandle.releaseFence();
        LittleEndian.putShort(region, OLD_USED, LittleEndian.getShort(region, USED));
    }

    private int checked(int entry, String what) throws QueueException {
        if (entry >= size) {
            throw new QueueException("the in-flight region names %d as %s of %d".formatted(entry, what, size));
        }
        return entry;
    }

    private long entry(int index) {
        return ENTRIES + (long) ENTRY_BYTES * index;
    }
}
