package dev.caisson.virtio.memory;

import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A driver's memory: some memory files, one region each, adjacent in guest addresses, with an allocator that hands out pieces. Driver and
 * device see the same bytes, as they would over a transport.
 */
public final class TestMemory implements AutoCloseable {

    public static final long BASE = 0x4000_0000L;
    /** What a front-end's addresses are above the guest's. */
    public static final long USER_OFFSET = 0x7000_0000_0000L;

    private final List<Fd> files = new ArrayList<>();
    private final List<MemoryRegion> regions = new ArrayList<>();
    private final GuestMemory table;
    private final long regionBytes;
    private long free = BASE;

    public TestMemory(int count, long regionBytes) throws IOException {
        this.regionBytes = regionBytes;
        for (int i = 0; i < count; i++) {
            Fd file = Sys.memfd("test", regionBytes);
            files.add(file);
            long guest = BASE + i * regionBytes;
            regions.add(MemoryRegion.map(file, 0, guest, guest + USER_OFFSET, regionBytes));
        }
        table = GuestMemory.of(regions);
    }

    public GuestMemory table() {
        return table;
    }

    public List<MemoryRegion> regions() {
        return regions;
    }

    public Fd file(int index) {
        return files.get(index);
    }

    /** The guest address of {@code bytes} zeroed bytes within one region. */
    public long allocate(long bytes, long alignment) {
        long at = (free + alignment - 1) / alignment * alignment;
        if ((at - BASE) / regionBytes != (at + bytes - 1 - BASE) / regionBytes) {
            at = BASE + ((at - BASE) / regionBytes + 1) * regionBytes;
        }
        if (at + bytes > BASE + regionBytes * regions.size()) {
            throw new IllegalStateException("the test's memory is used up");
        }
        free = at + bytes;
        return at;
    }

    /** From here on, memory is handed out again. */
    public void rewind(long address) {
        free = address;
    }

    public long mark() {
        return free;
    }

    public MemorySegment at(long address, long bytes) {
        MemoryRegion region = table.find(address);
        return region.segment().asSlice(address - region.guestAddress(), bytes);
    }

    public byte byteAt(long address) {
        return at(address, 1).get(ValueLayout.JAVA_BYTE, 0);
    }

    public void putByte(long address, int value) {
        LittleEndian.putByte(at(address, 1), 0, value);
    }

    @Override
    public void close() {
        regions.forEach(MemoryRegion::close);
        files.forEach(Fd::close);
    }
}
