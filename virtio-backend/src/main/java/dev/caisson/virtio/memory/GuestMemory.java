package dev.caisson.virtio.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The driver's memory as a table of regions. Immutable: a change makes a new table, which is handed to the queues before a region that
 * left is closed. Thread-safe.
 */
public final class GuestMemory {

    /** As many regions as a table holds; what QEMU and the kernel's vhost allow as well. */
    public static final int MOST_REGIONS = 509;

    private static final GuestMemory EMPTY = new GuestMemory(new MemoryRegion[0]);

    /** By guest address, none overlapping another. */
    private final MemoryRegion[] regions;

    private GuestMemory(MemoryRegion[] regions) {
        this.regions = regions;
    }

    /** The table without a region. */
    public static GuestMemory empty() {
        return EMPTY;
    }

    /**
     * A table of {@code regions}.
     *
     * @throws IOException if there are more than {@link #MOST_REGIONS} or two of them overlap in guest addresses
     */
    public static GuestMemory of(List<MemoryRegion> regions) throws IOException {
        if (regions.size() > MOST_REGIONS) {
            throw new IOException("memory table: %d regions are more than %d".formatted(regions.size(), MOST_REGIONS));
        }
        MemoryRegion[] sorted = regions.toArray(MemoryRegion[]::new);
        Arrays.sort(sorted, Comparator.comparingLong(MemoryRegion::guestAddress));
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i - 1].holdsGuest(sorted[i].guestAddress())) {
                throw new IOException("memory table: the regions at 0x%x and 0x%x overlap"
                        .formatted(sorted[i - 1].guestAddress(), sorted[i].guestAddress()));
            }
        }
        return new GuestMemory(sorted);
    }

    /** This table and {@code region}; as {@link #of}. */
    public GuestMemory with(MemoryRegion region) throws IOException {
        List<MemoryRegion> more = new ArrayList<>(List.of(regions));
        more.add(region);
        return of(more);
    }

    /** This table without {@code region}. */
    public GuestMemory without(MemoryRegion region) throws IOException {
        List<MemoryRegion> fewer = new ArrayList<>(List.of(regions));
        fewer.remove(region);
        return of(fewer);
    }

    /** The regions, by guest address. */
    public List<MemoryRegion> regions() {
        return List.of(regions);
    }

    /** The region that guest address {@code address} lies in, or null. Allocates nothing. */
    public MemoryRegion find(long address) {
        int low = 0;
        int high = regions.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            MemoryRegion region = regions[middle];
            if (address < region.guestAddress()) {
                high = middle - 1;
            } else if (region.holdsGuest(address)) {
                return region;
            } else {
                low = middle + 1;
            }
        }
        return null;
    }

    /** The region that the front-end's address {@code address} lies in, or null. */
    public MemoryRegion findUser(long address) {
        for (MemoryRegion region : regions) {
            if (region.holdsUser(address)) {
                return region;
            }
        }
        return null;
    }
}
