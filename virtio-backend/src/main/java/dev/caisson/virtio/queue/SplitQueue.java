package dev.caisson.virtio.queue;

import static dev.caisson.virtio.queue.SplitRingDescriptor.*;

import dev.caisson.virtio.memory.GuestMemory;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.memory.MemoryRegion;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/** A split virtqueue (VIRTIO 1.3, 2.7). */
final class SplitQueue extends Virtqueue {

    private MemorySegment table;
    private MemorySegment available;
    private MemorySegment used;

    private int nextAvailable;
    /** The available index as last read: up to it, entries need no further look at the index. */
    private int knownAvailable;
    private int nextUsed;
    private int notifiedUsed;
    private boolean notifiedOnce;
    private int staged;
    private int outstanding;

    private SplitInflight inflight;
    private final int mask;

    SplitQueue(QueueLayout layout, QueueFeatures features, GuestMemory memory, int position) throws QueueException {
        super(layout, features);
        this.mask = size - 1;
        memory(memory);
        nextAvailable = position & 0xffff;
        knownAvailable = nextAvailable;
        nextUsed = LittleEndian.getShortAcquire(used, USED_INDEX);
    }

    @Override
    void resolve() throws QueueException {
        table = area("descriptor table", layout.descriptorArea(), tableBytes(size), 16);
        available = area("available ring", layout.driverArea(), availableBytes(size), 2);
        used = area("used ring", layout.deviceArea(), usedBytes(size), 4);
    }

    @Override
    public boolean next(DescriptorChain chain) throws QueueException {
        if (inflight != null && inflight.hasLeftOver()) {
            walk(inflight.takeLeftOver(), chain);
            outstanding++;
            return true;
        }
        if (isEmpty()) {
            return false;
        }
        int ahead = (knownAvailable - nextAvailable) & 0xffff;
        if (ahead + outstanding > size) {
            throw malformed("the available index is %d ahead with %d buffers out in a queue of %d"
                    .formatted(ahead, outstanding, size));
        }
        int head = LittleEndian.getShort(available, AVAILABLE_RING + (long) AVAILABLE_ENTRY_BYTES * (nextAvailable & mask));
        if (head >= size) {
            throw malformed("the available ring names descriptor %d of %d".formatted(head, size));
        }
        walk(head, chain);
        nextAvailable = (nextAvailable + 1) & 0xffff;
        outstanding++;
        if (inflight != null) {
            inflight.taken(head);
        }
        return true;
    }

    @Override
    public boolean isEmpty() {
        if (inflight != null && inflight.hasLeftOver()) {
            return false;
        }
        if (knownAvailable == nextAvailable) {
            knownAvailable = LittleEndian.getShortAcquire(available, AVAILABLE_INDEX);
        }
        return knownAvailable == nextAvailable;
    }

    private void walk(int head, DescriptorChain chain) throws QueueException {
        chain.begin();
        MemorySegment entries = table;
        long base = 0;
        int count = size;
        int left = size;
        boolean isIndirect = false;
        int index = head;
        while (true) {
            if (left-- == 0) {
                throw malformed("the chain from descriptor %d has a loop".formatted(head));
            }
            long at = base + (long) DESCRIPTOR_BYTES * index;
            long address = LittleEndian.getLong(entries, at + ADDRESS);
            long length = LittleEndian.getUnsignedInt(entries, at + LENGTH);
            int flags = LittleEndian.getShort(entries, at + FLAGS);
            int next = LittleEndian.getShort(entries, at + NEXT);
            if ((flags & F_INDIRECT) != 0) {
                if (!features.indirect() || isIndirect || (flags & F_NEXT) != 0) {
                    throw malformed("descriptor %d must not be indirect".formatted(index));
                }
                MemoryRegion region = indirectTable(memory, address, length);
                entries = region.segment();
                base = address - region.guestAddress();
                count = (int) (length / DESCRIPTOR_BYTES);
                left = Math.min(count, Math.max(size, LONGEST_CHAIN));
                isIndirect = true;
                index = 0;
                continue;
            }
            chain.append(memory, address, length, (flags & F_WRITE) != 0);
            if ((flags & F_NEXT) == 0) {
                break;
            }
            if (next >= count) {
                throw malformed("descriptor %d goes on at %d of %d".formatted(index, next, count));
            }
            index = next;
        }
        chain.end(head, 1);
    }

    /** The region of an indirect table, which lies within it. */
    static MemoryRegion indirectTable(GuestMemory memory, long address, long length) throws QueueException {
        if (length == 0 || length % DESCRIPTOR_BYTES != 0 || length > (long) DESCRIPTOR_BYTES * QueueLayout.LARGEST) {
            throw malformed("an indirect table has %d bytes".formatted(length));
        }
        MemoryRegion region = memory.find(address);
        if (region == null || length > region.guestAddress() + region.size() - address) {
            throw malformed("an indirect table, %d bytes at guest address 0x%x, is not within one memory region"
                    .formatted(length, address));
        }
        return region;
    }

    @Override
    public void stage(DescriptorChain chain, long written) {
        int head = chain.id();
        long entry = USED_RING + (long) USED_ENTRY_BYTES * (nextUsed + staged & mask);
        LittleEndian.putInt(used, entry, head);
        LittleEndian.putInt(used, entry + USED_ENTRY_LENGTH, (int) written);
        markWritten(chain, written, entry, USED_ENTRY_BYTES);
        if (inflight != null) {
            inflight.givingBack(head);
        }
        staged++;
        outstanding--;
    }

    @Override
    public void publish() {
        if (staged == 0) {
            return;
        }
        nextUsed = (nextUsed + staged) & 0xffff;
        LittleEndian.putShortRelease(used, USED_INDEX, nextUsed);
        markRing(USED_INDEX, 2);
        if (inflight != null) {
            inflight.gaveBack(staged, nextUsed);
        }
        staged = 0;
    }

    @Override
    public boolean needsNotification() {
        VarHandle.fullFence();
        if (notifiedUsed == nextUsed && notifiedOnce) {
            return false;
        }
        if (!features.eventIndex()) {
            notifiedUsed = nextUsed;
            notifiedOnce = true;
            return (LittleEndian.getShortAcquire(available, AVAILABLE_FLAGS) & F_NO_INTERRUPT) == 0;
        }
        int event = LittleEndian.getShortAcquire(available, usedEvent(size));
        boolean needed = !notifiedOnce || passed(event, nextUsed, notifiedUsed);
        notifiedUsed = nextUsed;
        notifiedOnce = true;
        return needed;
    }

    @Override
    public void suppressKicks() {
        if (!features.eventIndex()) {
            LittleEndian.putShortRelease(used, USED_FLAGS, F_NO_NOTIFY);
        }
    }

    @Override
    public boolean allowKicks() {
        if (features.eventIndex()) {
            LittleEndian.putShortRelease(used, availableEvent(size), nextAvailable);
        } else {
            LittleEndian.putShortRelease(used, USED_FLAGS, 0);
        }
        VarHandle.fullFence();
        return !isEmpty();
    }

    @Override
    public int position() {
        return nextAvailable;
    }

    @Override
    public int outstanding() {
        return outstanding;
    }

    @Override
    void open(MemorySegment region, int entries) throws QueueException {
        inflight = new SplitInflight(region, entries);
        if (inflight.recover(nextUsed)) {
            nextAvailable = (nextUsed + inflight.leftOver()) & 0xffff;
            knownAvailable = nextAvailable;
        }
    }
}
