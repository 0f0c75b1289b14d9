package dev.caisson.virtio.queue;

import dev.caisson.virtio.memory.LittleEndian;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The account of a split queue's buffers that were taken and not given back, in memory that the front-end keeps (vhost-user,
 * "Inflight I/O tracking"). Stores are ordered so that a process may die between any two of them.
 *
 * <pre>
 *    0               8         10       12           14        16
 *   +---------------+---------+--------+------------+---------+-- entries of 16 bytes, one a descriptor
 *   | features, 0   | version | size   | last head  | used    |
 *   +---------------+---------+--------+------------+---------+--
 *
 *   entry
 *    0           1           6         8               16
 *   +-----------+-----------+---------+---------------+
 *   | in flight | (padding) | next    | counter       |
 *   +-----------+-----------+---------+---------------+
 * </pre>
 */
final class SplitInflight {

    private static final int VERSION = 8;
    private static final int SIZE = 10;
    private static final int LAST_HEAD = 12;
    private static final int USED = 14;
    private static final int ENTRIES = 16;
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRY_NEXT = 6;
    private static final int ENTRY_COUNTER = 8;
    private static final int THIS_VERSION = 1;

    private final MemorySegment region;
    private final int size;
    private long counter;
    private int[] leftOver = {};
    private int leftOverTaken;

    SplitInflight(MemorySegment region, int size) {
        this.region = region;
        this.size = size;
    }

    static long bytes(int size) {
        return ENTRIES + (long) ENTRY_BYTES * size;
    }

    /**
     * Takes up what an earlier process left.
     *
     * @param used the used ring's index
     * @return false if the account is a new one
     */
    boolean recover(int used) throws QueueException {
        int version = LittleEndian.getShort(region, VERSION);
        if (version == 0) {
            LittleEndian.putShort(region, SIZE, size);
            LittleEndian.putShort(region, USED, used);
            LittleEndian.putShortRelease(region, VERSION, THIS_VERSION);
            return false;
        }
        int itsSize = LittleEndian.getShort(region, SIZE);
        if (version != THIS_VERSION || itsSize != size) {
            throw new QueueException("the in-flight region has version %d and %d entries, not %d and %d"
                    .formatted(version, itsSize, THIS_VERSION, size));
        }
        int published = (used - LittleEndian.getShort(region, USED)) & 0xffff;
        int head = LittleEndian.getShort(region, LAST_HEAD);
        for (int i = 0; i < published && head < size; i++) {
            LittleEndian.putByte(region, entry(head), 0);
            head = LittleEndian.getShort(region, entry(head) + ENTRY_NEXT);
        }
        VarHandle.releaseFence();
        LittleEndian.putShort(region, USED, used);
        leftOver = IntStream.range(0, size)
                .filter(i -> LittleEndian.getByte(region, entry(i)) != 0)
                .boxed()
                .sorted(Comparator.comparingLong(i -> LittleEndian.getLong(region, entry(i) + ENTRY_COUNTER)))
                .mapToInt(Integer::intValue)
                .toArray();
        counter = Arrays.stream(leftOver)
                .mapToLong(i -> LittleEndian.getLong(region, entry(i) + ENTRY_COUNTER) + 1)
                .max()
                .orElse(0);
        return true;
    }

    /** How many buffers an earlier process left. */
    int leftOver() {
        return leftOver.length;
    }

    boolean hasLeftOver() {
        return leftOverTaken < leftOver.length;
    }

    int takeLeftOver() {
        return leftOver[leftOverTaken++];
    }

    void taken(int head) {
        LittleEndian.putLong(region, entry(head) + ENTRY_COUNTER, counter++);
        VarHandle.releaseFence();
        LittleEndian.putByte(region, entry(head), 1);
        VarHandle.releaseFence();
    }

    /** Before the used index moves. */
    void givingBack(int head) {
        LittleEndian.putShort(region, entry(head) + ENTRY_NEXT, LittleEndian.getShort(region, LAST_HEAD));
        VarHandle.releaseFence();
        LittleEndian.putShort(region, LAST_HEAD, head);
    }

    /** After the used index moved to {@code used}, over the last {@code count} buffers that were being given back. */
    void gaveBack(int count, int used) {
        VarHandle.releaseFence();
        int head = LittleEndian.getShort(region, LAST_HEAD);
        for (int i = 0; i < count && head < size; i++) {
            LittleEndian.putByte(region, entry(head), 0);
            head = LittleEndian.getShort(region, entry(head) + ENTRY_NEXT);
        }
        VarHandle.releaseFence();
        LittleEndian.putShort(region, USED, used);
    }

    private long entry(int index) {
        return ENTRIES + (long) ENTRY_BYTES * index;
    }
}
