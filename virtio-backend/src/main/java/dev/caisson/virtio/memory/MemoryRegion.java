package dev.caisson.virtio.memory;

import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.Sys.FileKind;
import dev.caisson.virtio.sys.Sys.FileStatus;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A piece of the driver's memory, mapped here from a descriptor that it passed. Unmapped by {@link #close} at that very moment;
 * access through {@link #segment} after it fails, so whoever may still use the region must have let go of it before.
 *
 * <p>A driver can truncate the file under the mapping. If it is a memory file sealed against shrinking it can't, and
 * {@link #isSealed} says so. If not, a page that went away raises SIGBUS in whoever touches it. The JVM turns that into an
 * {@link InternalError} in the touching thread, at the access or shortly after it (until then, reads yield arbitrary values, which is
 * no more than a hostile driver could have written), and a system call answers EFAULT. Whoever runs a device catches the error and
 * breaks off with this driver; the process goes on. A file that is too short from the beginning is refused.
 *
 * <p>Immutable but for its being closed; thread-safe.
 */
public final class MemoryRegion implements AutoCloseable {

    private static final long PAGE = 4096;
    private static final long HUGE_PAGE_MASK = (1L << 21) - 1;

    private final long guestAddress;
    private final long userAddress;
    private final long size;
    private final boolean sealed;
    private final Arena arena;
    private final MemorySegment segment;

    private MemoryRegion(long guestAddress, long userAddress, long size, boolean sealed, Arena arena, MemorySegment segment) {
        this.guestAddress = guestAddress;
        this.userAddress = userAddress;
        this.size = size;
        this.sealed = sealed;
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Maps {@code size} bytes of {@code fd} from {@code offset}. The descriptor is not kept.
     *
     * @param guestAddress where the driver's descriptors say that it is; guestAddress + size is at most 2<sup>63</sup>-1
     * @param userAddress where the front-end has it mapped; likewise
     * @param size in bytes, at least 1
     * @param offset in bytes, 0 or more
     * @throws IOException if the numbers are out of range, the file is shorter than offset + size, or mmap(2) fails
     */
    public static MemoryRegion map(Fd fd, long offset, long guestAddress, long userAddress, long size) throws IOException {
        if (size <= 0 || overflows(offset, size) || overflows(guestAddress, size) || overflows(userAddress, size)) {
            throw new IOException("map memory: size 0x%x at offset 0x%x, guest address 0x%x, user address 0x%x is out of range"
                    .formatted(size, offset, guestAddress, userAddress));
        }
        FileStatus status = Sys.status(fd.number());
        if (status.kind() == FileKind.REGULAR && status.size() < offset + size) {
            throw new IOException("map memory: the file has %d bytes, not the %d that the region needs"
                    .formatted(status.size(), offset + size));
        }
        boolean sealed = (Sys.seals(fd.number()) & Sys.F_SEAL_SHRINK) != 0;
        String doing = "map %d bytes of memory".formatted(size);
        long start = offset & -PAGE;
        long length = offset + size - start;
        long address;
        long mapped = length;
        try {
            address = Sys.map(fd.number(), start, length, doing);
        } catch (IOException e) {
            // A file of huge pages wants its offset in whole ones; so does munmap(2) the length.
            start = offset & ~HUGE_PAGE_MASK;
            mapped = (offset + size - start + HUGE_PAGE_MASK) & ~HUGE_PAGE_MASK;
            address = Sys.map(fd.number(), start, mapped, doing);
        }
        return of(address, mapped, offset - start, guestAddress, userAddress, size, sealed);
    }

    @SuppressWarnings("restricted")
    private static MemoryRegion of(
            long address, long mapped, long skip, long guestAddress, long userAddress, long size, boolean sealed) {
        Arena arena = Arena.ofShared();
        MemorySegment whole = MemorySegment.ofAddress(address)
                .reinterpret(skip + size, arena, gone -> Sys.unmap(gone.address(), mapped));
        return new MemoryRegion(guestAddress, userAddress, size, sealed, arena, whole.asSlice(skip));
    }

    /** Where the driver's descriptors say that it is. */
    public long guestAddress() {
        return guestAddress;
    }

    /** Where the front-end has it mapped. */
    public long userAddress() {
        return userAddress;
    }

    /** Its size in bytes. */
    public long size() {
        return size;
    }

    /** Whether the file under it can't be truncated. */
    public boolean isSealed() {
        return sealed;
    }

    /** The memory. */
    public MemorySegment segment() {
        return segment;
    }

    /** Whether {@code address} is one of its guest addresses. */
    boolean holdsGuest(long address) {
        return address >= guestAddress && address - guestAddress < size;
    }

    /** Whether {@code address} is one of the front-end's addresses for it. */
    boolean holdsUser(long address) {
        return address >= userAddress && address - userAddress < size;
    }

    /** Unmaps it. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private static boolean overflows(long start, long size) {
        return start < 0 || start > Long.MAX_VALUE - size;
    }
}
