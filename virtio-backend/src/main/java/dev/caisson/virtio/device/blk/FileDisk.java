package dev.caisson.virtio.device.blk;

import dev.caisson.virtio.sys.Errno;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.IoVector;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.Sys.FileKind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A raw file or a block device of the host. Thread-safe. */
public final class FileDisk implements Disk {

    private static final int DEFAULT_BLOCK_SIZE = 512;
    private static final long ZERO_BYTES = 1 << 20;
    /** Never written, so all of it is one page of zeroes. */
    private static final MemorySegment ZEROES = Arena.global().allocate(ZERO_BYTES, 4096);

    private final Fd file;
    private final boolean isReadOnly;
    private final boolean isBlockDevice;
    private final int blockSize;
    private volatile long size;

    /**
     * Opens {@code path}.
     *
     * @throws IOException if it can't be opened, or is neither a file nor a block device
     */
    public static FileDisk open(String path, boolean isReadOnly) throws IOException {
        return open(path, isReadOnly, DEFAULT_BLOCK_SIZE);
    }

    /** As {@link #open(String, boolean)}, with a block size: a power of two from 512 to 65,536 bytes. */
    public static FileDisk open(String path, boolean isReadOnly, int blockSize) throws IOException {
        if (Integer.bitCount(blockSize) != 1 || blockSize < 512 || blockSize > 65_536) {
            throw new IOException("open the disk %s: a block size of %d bytes".formatted(path, blockSize));
        }
        Fd file = Sys.open(path, isReadOnly ? Sys.O_RDONLY : Sys.O_RDWR);
        try {
            FileKind kind = Sys.status(file.number()).kind();
            if (kind != FileKind.REGULAR && kind != FileKind.BLOCK_DEVICE) {
                throw new IOException("open the disk %s: it is neither a file nor a block device".formatted(path));
            }
            return new FileDisk(file, isReadOnly, kind == FileKind.BLOCK_DEVICE, blockSize);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    private FileDisk(Fd file, boolean isReadOnly, boolean isBlockDevice, int blockSize) throws IOException {
        this.file = file;
        this.isReadOnly = isReadOnly;
        this.isBlockDevice = isBlockDevice;
        this.blockSize = blockSize;
        this.size = Sys.sizeBySeeking(file.number());
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean refresh() throws IOException {
        long before = size;
        size = Sys.sizeBySeeking(file.number());
        return size != before;
    }

    @Override
    public boolean isReadOnly() {
        return isReadOnly;
    }

    @Override
    public int blockSize() {
        return blockSize;
    }

    @Override
    public int read(IoVector vector, long position) {
        long at = position;
        while (vector.bytes() > 0) {
            long n = vector.read(file.number(), at);
            if (n <= 0) {
                // The end of the file before the end of the disk: somebody has cut it.
                return n < 0 ? (int) n : -Errno.EIO;
            }
            vector.drop(n);
            at += n;
        }
        return 0;
    }

    @Override
    public int write(IoVector vector, long position) {
        long at = position;
        while (vector.bytes() > 0) {
            long n = vector.write(file.number(), at);
            if (n <= 0) {
                return n < 0 ? (int) n : -Errno.EIO;
            }
            vector.drop(n);
            at += n;
        }
        return 0;
    }

    @Override
    public int flush() {
        return Sys.dataSync(file.number());
    }

    @Override
    public int discard(long position, long length) {
        int result = Sys.fallocate(file.number(), Sys.FALLOC_FL_PUNCH_HOLE | Sys.FALLOC_FL_KEEP_SIZE, position, length);
        // It's advice: a file system that can't is no error.
        return result == -Errno.EOPNOTSUPP ? 0 : result;
    }

    @Override
    public int writeZeroes(long position, long length, boolean mayUnmap) {
        int mode = mayUnmap || isBlockDevice ? Sys.FALLOC_FL_PUNCH_HOLE : Sys.FALLOC_FL_ZERO_RANGE;
        int result = Sys.fallocate(file.number(), mode | Sys.FALLOC_FL_KEEP_SIZE, position, length);
        return result == -Errno.EOPNOTSUPP ? writeZeroesByHand(position, length) : result;
    }

    private int writeZeroesByHand(long position, long length) {
        try (IoVector vector = new IoVector()) {
            long done = 0;
            while (done < length) {
                long n = Math.min(length - done, ZERO_BYTES);
                vector.clear();
                vector.add(ZEROES, 0, n);
                int result = write(vector, position + done);
                if (result < 0) {
                    return result;
                }
                done += n;
            }
            return 0;
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
