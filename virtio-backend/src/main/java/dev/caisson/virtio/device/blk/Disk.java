package dev.caisson.virtio.device.blk;

import dev.caisson.virtio.sys.IoVector;
import java.io.IOException;

/**
 * What a block device keeps its data on. Answers are 0, or a negative errno. Positions and lengths are in bytes, within the size as the
 * caller last saw it. Thread-safe.
 */
public interface Disk extends AutoCloseable {

    /** Its size in bytes. */
    long size();

    /** Looks again how large it is: true if it has changed. */
    boolean refresh() throws IOException;

    /** Whether it can't be written. */
    boolean isReadOnly();

    /** The smallest unit that it reads and writes well, in bytes: a power of two, 512 or more. */
    int blockSize();

    /** Reads all of {@code vector}, which is used up by it. */
    int read(IoVector vector, long position);

    /** Writes all of {@code vector}, which is used up by it. */
    int write(IoVector vector, long position);

    /** Makes what was written last. */
    int flush();

    /** Gives space back; what is read there afterwards is zeroes or what was there. */
    int discard(long position, long length);

    /** Makes what is read there zeroes. {@code mayUnmap}: by giving space back, if that is a way. */
    int writeZeroes(long position, long length, boolean mayUnmap);

    @Override
    void close();
}
