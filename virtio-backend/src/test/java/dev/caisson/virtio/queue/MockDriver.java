package dev.caisson.virtio.queue;

import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.memory.TestMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The driver's side of a queue, as a correct driver plays it, for tests. Not thread-safe. */
public abstract sealed class MockDriver permits MockSplitDriver, MockPackedDriver {

    /** A piece of a buffer. */
    public record Piece(long address, int length) {}

    /** What came back: the token that {@link #add} gave, and how many bytes were written. */
    public record Used(int token, long written) {}

    final TestMemory memory;
    final QueueFeatures features;
    final QueueLayout layout;
    final int size;
    private final Map<Integer, Integer> tokens = new HashMap<>();
    private final Map<Integer, Integer> slotsOf = new HashMap<>();
    private int nextToken;
    int freeSlots;

    MockDriver(TestMemory memory, QueueFeatures features, QueueLayout layout) {
        this.memory = memory;
        this.features = features;
        this.layout = layout;
        this.size = layout.size();
        this.freeSlots = size;
    }

    public static MockDriver create(TestMemory memory, QueueFeatures features, int size) {
        return features.packed()
                ? new MockPackedDriver(memory, features, new QueueLayout(size,
                        memory.allocate(PackedRingDescriptor.ringBytes(size), 16),
                        memory.allocate(PackedRingDescriptor.EVENT_BYTES, 4),
                        memory.allocate(PackedRingDescriptor.EVENT_BYTES, 4)))
                : new MockSplitDriver(memory, features, new QueueLayout(size,
                        memory.allocate(SplitRingDescriptor.tableBytes(size), 16),
                        memory.allocate(SplitRingDescriptor.availableBytes(size), 2),
                        memory.allocate(SplitRingDescriptor.usedBytes(size), 4)));
    }

    public QueueLayout layout() {
        return layout;
    }

    public int freeSlots() {
        return freeSlots;
    }

    /**
     * Makes a buffer available.
     *
     * @return its token, or -1 if the ring has no room
     */
    public int add(List<Piece> readable, List<Piece> writable, boolean indirect) {
        int slots = indirect ? 1 : readable.size() + writable.size();
        if (slots == 0 || slots > freeSlots) {
            return -1;
        }
        List<Piece> pieces = new ArrayList<>(readable);
        pieces.addAll(writable);
        int id;
        if (indirect) {
            long table = memory.allocate(16L * pieces.size(), 16);
            writeTable(memory.at(table, 16L * pieces.size()), pieces, readable.size());
            id = publish(List.of(new Piece(table, 16 * pieces.size())), 1, true);
        } else {
            id = publish(pieces, readable.size(), false);
        }
        freeSlots -= slots;
        slotsOf.put(id, slots);
        tokens.put(id, nextToken);
        return nextToken++;
    }

    /** The next buffer that the device gave back, or null. */
    public Used poll() {
        long idAndLength = takeUsed(slotsOf);
        if (idAndLength < 0) {
            return null;
        }
        int id = (int) (idAndLength >>> 32);
        freeSlots += slotsOf.remove(id);
        return new Used(tokens.remove(id), idAndLength & 0xffff_ffffL);
    }

    /** Whether the device wants to be notified of what was made available since this was last asked. */
    public abstract boolean wantsKick();

    /** Asks for a notification of the next used buffer, or for none. */
    public abstract void wantNotification(boolean wanted);

    abstract int publish(List<Piece> pieces, int readable, boolean indirect);

    abstract void writeTable(MemorySegment table, List<Piece> pieces, int readable);

    /** Id in the upper half, length in the lower; negative if there is none. */
    abstract long takeUsed(Map<Integer, Integer> slots);
}

/** A split queue's driver. */
final class MockSplitDriver extends MockDriver {

    private final MemorySegment table;
    private final MemorySegment available;
    private final MemorySegment used;
    private final boolean[] busy;
    private final Map<Integer, List<Integer>> chains = new HashMap<>();
    private int nextFree;
    private int availableIndex;
    private int kickedIndex;
    private int usedIndex;

    MockSplitDriver(TestMemory memory, QueueFeatures features, QueueLayout layout) {
        super(memory, features, layout);
        table = memory.at(layout.descriptorArea(), SplitRingDescriptor.tableBytes(size));
        available = memory.at(layout.driverArea(), SplitRingDescriptor.availableBytes(size));
        used = memory.at(layout.deviceArea(), SplitRingDescriptor.usedBytes(size));
        busy = new boolean[size];
    }

    @Override
    int publish(List<Piece> pieces, int readable, boolean indirect) {
        List<Integer> chain = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            while (busy[nextFree]) {
                nextFree = (nextFree + 1) % size;
            }
            busy[nextFree] = true;
            chain.add(nextFree);
            nextFree = (nextFree + 1) % size;
        }
        for (int i = 0; i < pieces.size(); i++) {
            int flags = (i + 1 < pieces.size() ? 1 : 0) | (i >= readable ? 2 : 0) | (indirect ? 4 : 0);
            writeDescriptor(table, chain.get(i), pieces.get(i), flags, i + 1 < pieces.size() ? chain.get(i + 1) : 0);
        }
        int head = chain.getFirst();
        chains.put(head, chain);
        LittleEndian.putShort(available, 4 + 2L * (availableIndex % size), head);
        availableIndex = (availableIndex + 1) & 0xffff;
        LittleEndian.putShortRelease(available, 2, availableIndex);
        return head;
    }

    @Override
    void writeTable(MemorySegment into, List<Piece> pieces, int readable) {
        for (int i = 0; i < pieces.size(); i++) {
            writeDescriptor(into, i, pieces.get(i),
                    (i + 1 < pieces.size() ? 1 : 0) | (i >= readable ? 2 : 0), i + 1);
        }
    }

    private static void writeDescriptor(MemorySegment into, int index, Piece piece, int flags, int next) {
        long at = 16L * index;
        LittleEndian.putLong(into, at, piece.address());
        LittleEndian.putInt(into, at + 8, piece.length());
        LittleEndian.putShort(into, at + 12, flags);
        LittleEndian.putShort(into, at + 14, next);
    }

    @Override
    long takeUsed(Map<Integer, Integer> slots) {
        if (LittleEndian.getShortAcquire(used, 2) == usedIndex) {
            return -1;
        }
        long at = 4 + 8L * (usedIndex % size);
        int head = LittleEndian.getInt(used, at);
        usedIndex = (usedIndex + 1) & 0xffff;
        chains.remove(head).forEach(i -> busy[i] = false);
        return (long) head << 32 | LittleEndian.getUnsignedInt(used, at + 4);
    }

    @Override
    public boolean wantsKick() {
        int old = kickedIndex;
        kickedIndex = availableIndex;
        if (features.eventIndex()) {
            int event = LittleEndian.getShortAcquire(used, SplitRingDescriptor.availableEvent(size));
            return Virtqueue.passed(event, availableIndex, old);
        }
        return LittleEndian.getShortAcquire(used, 0) == 0;
    }

    @Override
    public void wantNotification(boolean wanted) {
        if (features.eventIndex()) {
            LittleEndian.putShortRelease(available, SplitRingDescriptor.usedEvent(size), wanted ? usedIndex : usedIndex - 1);
        } else {
            LittleEndian.putShortRelease(available, 0, wanted ? 0 : 1);
        }
    }
}

/** A packed queue's driver. */
final class MockPackedDriver extends MockDriver {

    private final MemorySegment ring;
    private final MemorySegment driverEvent;
    private final MemorySegment deviceEvent;
    private final boolean[] busy;
    private int next;
    private boolean wrap = true;
    private int nextUsed;
    private boolean usedWrap = true;
    private int sinceKick;

    MockPackedDriver(TestMemory memory, QueueFeatures features, QueueLayout layout) {
        super(memory, features, layout);
        ring = memory.at(layout.descriptorArea(), PackedRingDescriptor.ringBytes(size));
        driverEvent = memory.at(layout.driverArea(), 4);
        deviceEvent = memory.at(layout.deviceArea(), 4);
        busy = new boolean[size];
    }

    @Override
    int publish(List<Piece> pieces, int readable, boolean indirect) {
        int id = size - 1;
        while (busy[id]) {
            id--;
        }
        busy[id] = true;
        int headAt = next;
        int headFlags = 0;
        for (int i = 0; i < pieces.size(); i++) {
            int flags = (i + 1 < pieces.size() ? 1 : 0) | (i >= readable ? 2 : 0) | (indirect ? 4 : 0)
                    | (wrap ? 1 << 7 : 1 << 15);
            long at = 16L * next;
            LittleEndian.putLong(ring, at, pieces.get(i).address());
            LittleEndian.putInt(ring, at + 8, pieces.get(i).length());
            LittleEndian.putShort(ring, at + 12, id);
            if (i == 0) {
                headFlags = flags;
            } else {
                LittleEndian.putShort(ring, at + 14, flags);
            }
            if (++next == size) {
                next = 0;
                wrap = !wrap;
            }
        }
        sinceKick += pieces.size();
        LittleEndian.putShortRelease(ring, 16L * headAt + 14, headFlags);
        return id;
    }

    @Override
    void writeTable(MemorySegment into, List<Piece> pieces, int readable) {
        for (int i = 0; i < pieces.size(); i++) {
            LittleEndian.putLong(into, 16L * i, pieces.get(i).address());
            LittleEndian.putInt(into, 16L * i + 8, pieces.get(i).length());
            LittleEndian.putShort(into, 16L * i + 14, i >= readable ? 2 : 0);
        }
    }

    @Override
    long takeUsed(Map<Integer, Integer> slots) {
        long at = 16L * nextUsed;
        int flags = LittleEndian.getShortAcquire(ring, at + 14);
        boolean avail = (flags & 1 << 7) != 0;
        boolean used = (flags & 1 << 15) != 0;
        if (avail != usedWrap || used != usedWrap) {
            return -1;
        }
        int id = LittleEndian.getShort(ring, at + 12);
        long length = LittleEndian.getUnsignedInt(ring, at + 8);
        busy[id] = false;
        nextUsed += slots.get(id);
        if (nextUsed >= size) {
            nextUsed -= size;
            usedWrap = !usedWrap;
        }
        return (long) id << 32 | length;
    }

    @Override
    public boolean wantsKick() {
        int since = sinceKick;
        sinceKick = 0;
        int mode = LittleEndian.getShortAcquire(deviceEvent, 2);
        if (mode != 2) {
            return mode == 0;
        }
        int event = LittleEndian.getShort(deviceEvent, 0);
        int entry = event & 0x7fff;
        if ((event >>> 15 != 0) != wrap) {
            entry -= size;
        }
        return Virtqueue.passed(entry, next, next - since);
    }

    @Override
    public void wantNotification(boolean wanted) {
        if (features.eventIndex() && wanted) {
            LittleEndian.putShort(driverEvent, 0, nextUsed | (usedWrap ? 1 << 15 : 0));
            LittleEndian.putShortRelease(driverEvent, 2, 2);
        } else {
            LittleEndian.putShortRelease(driverEvent, 2, wanted ? 0 : 1);
        }
    }
}
