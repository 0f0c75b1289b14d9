package dev.caisson.virtio.transport.vhostuser;

import dev.caisson.virtio.memory.GuestMemory;
import dev.caisson.virtio.memory.MemoryRegion;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.queue.QueueLayout;

/** What a front-end has said of one queue. */
final class Ring {

    private int size;
    private long descriptors;
    private long available;
    private long used;
    private boolean hasAddresses;
    private long logAddress = -1;
    private int base;
    private boolean hasBase;
    private boolean isEnabled;

    int size() {
        return size;
    }

    void size(int entries) throws ProtocolException {
        if (entries < 1 || entries > QueueLayout.LARGEST) {
            throw new ProtocolException("a queue of %d descriptors".formatted(Integer.toUnsignedLong(entries)));
        }
        size = entries;
    }

    /** Front-end's addresses; {@code itsLogAddress} is negative if the used ring isn't logged. */
    void addresses(long itsDescriptors, long itsUsed, long itsAvailable, long itsLogAddress) {
        descriptors = itsDescriptors;
        used = itsUsed;
        available = itsAvailable;
        logAddress = itsLogAddress;
        hasAddresses = true;
    }

    long logAddress() {
        return logAddress;
    }

    /** Where it goes on; at {@code start} if nothing has been said. */
    int baseOr(int start) {
        return hasBase ? base : start;
    }

    void base(int position) {
        base = position;
        hasBase = true;
    }

    boolean isEnabled() {
        return isEnabled;
    }

    void enable(boolean enabled) {
        isEnabled = enabled;
    }

    boolean isDescribed() {
        return size > 0 && hasAddresses;
    }

    /** Where the queue is in guest addresses. */
    QueueLayout layout(GuestMemory memory) throws QueueException {
        return new QueueLayout(size, guest(memory, descriptors), guest(memory, available), guest(memory, used));
    }

    private static long guest(GuestMemory memory, long user) throws QueueException {
        MemoryRegion region = memory.findUser(user);
        if (region == null) {
            throw new QueueException("the front-end's address 0x%x is in no memory region".formatted(user));
        }
        return region.guestAddress() + (user - region.userAddress());
    }
}
