package dev.caisson.virtio.queue;

import static dev.caisson.virtio.queue.PackedRingDescriptor.*;

import dev.caisson.virtio.memory.GuestMemory;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.memory.MemoryRegion;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/** A packed virtqueue (VIRTIO 1.3, 2.8). */
final class PackedQueue extends Virtqueue {

    /** Both sides at entry 0, both wrap counters 1. */
    static final int START = 0x8000_8000;

    private MemorySegment ring;
    private MemorySegment driverEvent;
    private MemorySegment deviceEvent;

    private int nextAvailable;
    private boolean availableWrap;
    private int nextUsed;
    private boolean usedWrap;
    /** How many entries the device has passed since it last decided about a notification. */
    private int usedSinceDecision;
    private int outstanding;
    private int outstandingSlots;

    /** Where the first of the staged buffers' used descriptors is; -1 if there is none. */
    private long stagedEntry = -1;
    private int stagedFlags;
    private int stagedBuffers;

    private PackedInflight inflight;

    PackedQueue(QueueLayout layout, QueueFeatures features, GuestMemory memory, int position) throws QueueException {
        super(layout, features);
        memory(memory);
        nextAvailable = position & 0x7fff;
        availableWrap = (position & 0x8000) != 0;
        nextUsed = position >>> 16 & 0x7fff;
        usedWrap = position < 0;
        if (position == 0 && isFresh()) {
            // Some front-ends say 0 where they mean the start.
            availableWrap = true;
            usedWrap = true;
        }
        if (nextAvailable >= size || nextUsed >= size) {
            throw malformed("a packed queue of %d can't go on at entries %d and %d".formatted(size, nextAvailable, nextUsed));
        }
    }

    /** Whether no pass over the ring is over: at the end of one, the device has left an entry with USED set, as has the driver after it. */
    private boolean isFresh() {
        for (int i = 0; i < size; i++) {
            if ((LittleEndian.getShort(ring, (long) DESCRIPTOR_BYTES * i + FLAGS) & F_USED) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    void resolve() throws QueueException {
        ring = area("descriptor ring", layout.descriptorArea(), ringBytes(size), 16);
        driverEvent = area("driver's event suppression", layout.driverArea(), EVENT_BYTES, 4);
        deviceEvent = area("device's event suppression", layout.deviceArea(), EVENT_BYTES, 4);
    }

    @Override
    public boolean isEmpty() {
        return (inflight == null || !inflight.hasLeftOver()) && !isAvailable();
    }

    private boolean isAvailable() {
        int flags = LittleEndian.getShortAcquire(ring, (long) DESCRIPTOR_BYTES * nextAvailable + FLAGS);
        boolean avail = (flags & F_AVAIL) != 0;
        boolean used = (flags & F_USED) != 0;
        return avail == availableWrap && used != availableWrap;
    }

    @Override
    public boolean next(DescriptorChain chain) throws QueueException {
        if (inflight != null && inflight.hasLeftOver()) {
            takeLeftOver(chain);
            return true;
        }
        if (!isAvailable()) {
            return false;
        }
        chain.begin();
        int at = nextAvailable;
        int slots = 0;
        int id;
        boolean wrap = availableWrap;
        if (inflight != null) {
            inflight.begin();
        }
        while (true) {
            if (slots == size) {
                throw malformed("the chain from entry %d is longer than the queue".formatted(nextAvailable));
            }
            long entry = (long) DESCRIPTOR_BYTES * at;
            long address = LittleEndian.getLong(ring, entry + ADDRESS);
            long length = LittleEndian.getUnsignedInt(ring, entry + LENGTH);
            id = LittleEndian.getShort(ring, entry + ID);
            int flags = LittleEndian.getShort(ring, entry + FLAGS);
            append(chain, address, length, flags, slots > 0);
            if (inflight != null) {
                inflight.append(address, length, flags, id);
            }
            slots++;
            if (++at == size) {
                at = 0;
                wrap = !wrap;
            }
            if ((flags & F_NEXT) == 0) {
                break;
            }
        }
        if (outstandingSlots + slots > size) {
            throw malformed("%d entries are available with %d out in a queue of %d".formatted(slots, outstandingSlots, size));
        }
        if (inflight != null) {
            chain.inflightEntry(inflight.end());
        }
        chain.end(id, slots);
        nextAvailable = at;
        availableWrap = wrap;
        outstanding++;
        outstandingSlots += slots;
        return true;
    }

    private void append(DescriptorChain chain, long address, long length, int flags, boolean isChained) throws QueueException {
        if ((flags & F_INDIRECT) == 0) {
            chain.append(memory, address, length, (flags & F_WRITE) != 0);
            return;
        }
        if (!features.indirect() || isChained || (flags & F_NEXT) != 0) {
            throw malformed("a descriptor of a chain must not be indirect");
        }
        MemoryRegion region = SplitQueue.indirectTable(memory, address, length);
        int count = (int) (length / DESCRIPTOR_BYTES);
        if (count > Math.max(size, LONGEST_CHAIN)) {
            throw malformed("an indirect table has %d entries".formatted(count));
        }
        long entry = address - region.guestAddress();
        for (int i = 0; i < count; i++, entry += DESCRIPTOR_BYTES) {
            int entryFlags = LittleEndian.getShort(region.segment(), entry + FLAGS);
            if ((entryFlags & F_INDIRECT) != 0) {
                throw malformed("an indirect table holds another");
            }
            chain.append(memory, LittleEndian.getLong(region.segment(), entry + ADDRESS),
                    LittleEndian.getUnsignedInt(region.segment(), entry + LENGTH), (entryFlags & F_WRITE) != 0);
        }
    }

    private void takeLeftOver(DescriptorChain chain) throws QueueException {
        int head = inflight.takeLeftOver();
        chain.begin();
        int entry = head;
        int slots = inflight.length(head);
        int id = 0;
        for (int i = 0; i < slots; i++) {
            append(chain, inflight.address(entry), inflight.byteCount(entry), inflight.flags(entry), i > 0);
            id = inflight.id(entry);
            entry = inflight.after(entry);
        }
        chain.inflightEntry(head);
        chain.end(id, slots);
        outstanding++;
        outstandingSlots += slots;
    }

    @Override
    public void stage(DescriptorChain chain, long written) {
        long entry = (long) DESCRIPTOR_BYTES * nextUsed;
        int flags = (usedWrap ? F_AVAIL | F_USED : 0) | (written > 0 ? F_WRITE : 0);
        LittleEndian.putInt(ring, entry + LENGTH, (int) written);
        LittleEndian.putShort(ring, entry + ID, chain.id());
        markWritten(chain, written, entry, DESCRIPTOR_BYTES);
        if (stagedEntry < 0) {
            // The driver looks at the first entry first, so its flags are written last.
            stagedEntry = entry;
            stagedFlags = flags;
        } else {
            LittleEndian.putShortRelease(ring, entry + FLAGS, flags);
        }
        int slots = chain.slots();
        nextUsed += slots;
        if (nextUsed >= size) {
            nextUsed -= size;
            usedWrap = !usedWrap;
        }
        if (inflight != null) {
            inflight.givingBack(chain.inflightEntry(), nextUsed, usedWrap);
            stagedBuffers++;
        }
        usedSinceDecision += slots;
        outstanding--;
        outstandingSlots -= slots;
    }

    @Override
    public void publish() {
        if (stagedEntry < 0) {
            return;
        }
        LittleEndian.putShortRelease(ring, stagedEntry + FLAGS, stagedFlags);
        stagedEntry = -1;
        if (inflight != null) {
            inflight.gaveBack(stagedBuffers);
            stagedBuffers = 0;
        }
    }

    @Override
    public boolean needsNotification() {
        VarHandle.fullFence();
        int since = usedSinceDecision;
        usedSinceDecision = 0;
        if (since == 0) {
            return false;
        }
        int mode = LittleEndian.getShortAcquire(driverEvent, EVENT_MODE) & 3;
        if (mode != MODE_ENTRY || !features.eventIndex()) {
            return mode != MODE_DISABLE;
        }
        int event = LittleEndian.getShort(driverEvent, EVENT_ENTRY);
        boolean wrap = (event & EVENT_WRAP_BIT) != 0;
        int entry = event & ~EVENT_WRAP_BIT;
        if (wrap != usedWrap) {
            entry -= size;
        }
        return passed(entry, nextUsed, nextUsed - since);
    }

    @Override
    public void suppressKicks() {
        LittleEndian.putShortRelease(deviceEvent, EVENT_MODE, MODE_DISABLE);
    }

    @Override
    public boolean allowKicks() {
        if (features.eventIndex()) {
            LittleEndian.putShort(deviceEvent, EVENT_ENTRY, nextAvailable | (availableWrap ? EVENT_WRAP_BIT : 0));
            LittleEndian.putShortRelease(deviceEvent, EVENT_MODE, MODE_ENTRY);
        } else {
            LittleEndian.putShortRelease(deviceEvent, EVENT_MODE, MODE_ENABLE);
        }
        VarHandle.fullFence();
        return !isEmpty();
    }

    @Override
    public int position() {
        return nextAvailable | (availableWrap ? 0x8000 : 0) | nextUsed << 16 | (usedWrap ? 0x8000_0000 : 0);
    }

    @Override
    public int outstanding() {
        return outstanding;
    }

    @Override
    void open(MemorySegment region, int entries) throws QueueException {
        inflight = new PackedInflight(region, entries);
        if (inflight.recover(ring, nextUsed, usedWrap)) {
            nextUsed = inflight.usedEntry();
            usedWrap = inflight.usedWrap();
            nextAvailable = nextUsed + inflight.leftOverSlots();
            availableWrap = usedWrap;
            if (nextAvailable >= size) {
                nextAvailable -= size;
                availableWrap = !usedWrap;
            }
        }
    }
}
