package dev.caisson.virtio.memory;

import java.lang.foreign.MemorySegment;

/**
 * A bitmap of the pages that the device has written, one bit for 4096 bytes from guest address 0, which a front-end reads while its
 * guest moves to another machine (vhost-user, "Migration"). Pages past the bitmap's end are left out. Thread-safe.
 */
public final class DirtyLog {

    private static final int PAGE_SHIFT = 12;

    private final MemorySegment bits;

    /** Over {@code bits}, aligned to four bytes, which both sides share; whole words of it are used. */
    public DirtyLog(MemorySegment bits) {
        this.bits = bits;
    }

    /** Marks the pages of {@code length} bytes from guest address {@code address}. */
    public void mark(long address, long length) {
        if (length <= 0 || address < 0) {
            return;
        }
        long last = (address + length - 1) >>> PAGE_SHIFT;
        for (long page = address >>> PAGE_SHIFT; page <= last; page++) {
            long word = (page >>> 5) * Integer.BYTES;
            if (word > bits.byteSize() - Integer.BYTES) {
                return;
            }
            LittleEndian.orInt(bits, word, 1 << (page & 31));
        }
    }
}
