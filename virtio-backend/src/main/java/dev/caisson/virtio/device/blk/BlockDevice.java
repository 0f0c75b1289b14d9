package dev.caisson.virtio.device.blk;

import static dev.caisson.virtio.device.blk.BlockDescriptor.*;

import dev.caisson.virtio.device.ChainHandler;
import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.DeviceContext;
import dev.caisson.virtio.device.DeviceQueue;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.sys.IoVector;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** A block device (VIRTIO 1.3, 5.2). Each of its queues is served by a thread of its own, one request after another. */
public final class BlockDevice implements Device {

    private static final int TYPE = 2;
    /** What Linux takes at once with an indirect table; the ring need not be that long. */
    private static final int MOST_DATA_DESCRIPTORS = 254;
    private static final int MOST_SEGMENTS = 32;
    private static final int MOST_SEGMENT_SECTORS = 1 << 22;

    private final Disk disk;
    private final MemorySegment id;
    private final Arena arena = Arena.ofShared();
    private final Worker[] workers;
    private DeviceContext context;
    private volatile boolean hasFlush;
    private volatile boolean hasWriteBackSetting;
    private volatile boolean isWriteBack = true;

    /**
     * Takes over {@code disk}.
     *
     * @param id what a driver that asks is told the disk's name is; 20 bytes of it in UTF-8
     * @param queueCount 1 to 64
     */
    public BlockDevice(Disk disk, String id, int queueCount) {
        if (queueCount < 1 || queueCount > 64) {
            throw new IllegalArgumentException("a block device can't have %d queues".formatted(queueCount));
        }
        this.disk = disk;
        this.id = arena.allocate(ID_BYTES);
        byte[] name = id.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(MemorySegment.ofArray(name), 0, this.id, 0, Math.min(name.length, ID_BYTES));
        this.workers = new Worker[queueCount];
        for (int i = 0; i < queueCount; i++) {
            workers[i] = new Worker();
        }
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "blk";
    }

    @Override
    public long features() {
        long features = F_SEG_MAX | F_BLK_SIZE | F_FLUSH | F_TOPOLOGY | F_CONFIG_WCE | F_MQ;
        return features | (disk.isReadOnly() ? F_RO : F_DISCARD | F_WRITE_ZEROES);
    }

    @Override
    public int queueCount() {
        return workers.length;
    }

    @Override
    public int threadCount() {
        return workers.length;
    }

    @Override
    public int threadOf(int queue) {
        return queue;
    }

    @Override
    public void readConfig(int offset, MemorySegment into) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment config = scratch.allocate(offset + Math.max(into.byteSize(), CONFIG_BYTES));
            LittleEndian.putLong(config, CONFIG_CAPACITY, disk.size() >>> SECTOR_SHIFT);
            LittleEndian.putInt(config, CONFIG_SEG_MAX, MOST_DATA_DESCRIPTORS);
            LittleEndian.putInt(config, CONFIG_BLK_SIZE, disk.blockSize());
            LittleEndian.putByte(config, CONFIG_PHYSICAL_BLOCK_EXPONENT,
                    Math.max(0, Integer.numberOfTrailingZeros(4096 / disk.blockSize())));
            LittleEndian.putShort(config, CONFIG_MIN_IO_SIZE, Math.max(1, 4096 / disk.blockSize()));
            LittleEndian.putByte(config, CONFIG_WRITEBACK, isWriteBack ? 1 : 0);
            LittleEndian.putShort(config, CONFIG_NUM_QUEUES, workers.length);
            if (!disk.isReadOnly()) {
                LittleEndian.putInt(config, CONFIG_MAX_DISCARD_SECTORS, MOST_SEGMENT_SECTORS);
                LittleEndian.putInt(config, CONFIG_MAX_DISCARD_SEGMENTS, MOST_SEGMENTS);
                LittleEndian.putInt(config, CONFIG_DISCARD_ALIGNMENT, disk.blockSize() >>> SECTOR_SHIFT);
                LittleEndian.putInt(config, CONFIG_MAX_ZEROES_SECTORS, MOST_SEGMENT_SECTORS);
                LittleEndian.putInt(config, CONFIG_MAX_ZEROES_SEGMENTS, MOST_SEGMENTS);
                LittleEndian.putByte(config, CONFIG_ZEROES_MAY_UNMAP, 1);
            }
            MemorySegment.copy(config, offset, into, 0, into.byteSize());
        }
    }

    @Override
    public boolean writeConfig(int offset, MemorySegment from) {
        if (!hasWriteBackSetting || offset != CONFIG_WRITEBACK || from.byteSize() != 1) {
            return false;
        }
        isWriteBack = LittleEndian.getByte(from, 0) != 0;
        return true;
    }

    @Override
    public void attach(DeviceContext itsContext) {
        context = itsContext;
    }

    @Override
    public void negotiated(long accepted) {
        hasFlush = (accepted & F_FLUSH) != 0;
        hasWriteBackSetting = (accepted & F_CONFIG_WCE) != 0;
        // VIRTIO 1.3, 5.2.5.2: without either, what is written must last once it is acknowledged.
        isWriteBack = hasFlush || hasWriteBackSetting;
    }

    @Override
    public void reset() {
        isWriteBack = true;
        hasWriteBackSetting = false;
    }

    /** Looks again how large the disk is, and tells the driver if it has changed. From any thread. */
    public void refresh() throws IOException {
        if (disk.refresh()) {
            context.configChanged();
        }
    }

    @Override
    public void kicked(DeviceQueue queue) {
        queue.drain(workers[queue.index()]);
    }

    @Override
    public void close() {
        for (Worker worker : workers) {
            worker.vector.close();
        }
        arena.close();
        disk.close();
    }

    /** Carries out one queue's requests. */
    private final class Worker implements ChainHandler {

        private final BlockRequest request = new BlockRequest();
        private final IoVector vector = new IoVector();

        @Override
        public long handle(DescriptorChain chain) throws QueueException {
            request.parse(chain);
            int status = switch (request.kind()) {
                case READ -> read(chain);
                case WRITE -> write(chain);
                case FLUSH -> status(disk.flush());
                case GET_ID -> getId(chain);
                case DISCARD, WRITE_ZEROES -> segments(chain);
                case UNKNOWN -> S_UNSUPP;
            };
            long rest = chain.writable().remaining() - STATUS_BYTES;
            if (rest > 0) {
                chain.writable().fill(rest);
            }
            chain.writable().putByte(status);
            return chain.writable().position();
        }

        private int read(DescriptorChain chain) throws QueueException {
            long position = position(request.sector(), request.dataBytes());
            if (position < 0) {
                return S_IOERR;
            }
            long left = request.dataBytes();
            while (left > 0) {
                vector.clear();
                long n = chain.writable().gather(vector, left);
                if (disk.read(vector, position) < 0) {
                    return S_IOERR;
                }
                position += n;
                left -= n;
            }
            return S_OK;
        }

        private int write(DescriptorChain chain) throws QueueException {
            long position = position(request.sector(), request.dataBytes());
            if (position < 0 || disk.isReadOnly()) {
                return S_IOERR;
            }
            long left = request.dataBytes();
            while (left > 0) {
                vector.clear();
                long n = chain.readable().gather(vector, left);
                if (disk.write(vector, position) < 0) {
                    return S_IOERR;
                }
                position += n;
                left -= n;
            }
            return isWriteBack ? S_OK : status(disk.flush());
        }

        private int getId(DescriptorChain chain) throws QueueException {
            if (request.dataBytes() < ID_BYTES) {
                return S_IOERR;
            }
            chain.writable().put(id, 0, ID_BYTES);
            return S_OK;
        }

        private int segments(DescriptorChain chain) throws QueueException {
            long count = request.dataBytes() / SEGMENT_BYTES;
            if (disk.isReadOnly() || request.dataBytes() % SEGMENT_BYTES != 0 || count < 1 || count > MOST_SEGMENTS) {
                return S_IOERR;
            }
            boolean isDiscard = request.kind() == BlockRequest.Kind.DISCARD;
            for (; count > 0; count--) {
                long sector = chain.readable().getLong();
                long bytes = chain.readable().getUnsignedInt() << SECTOR_SHIFT;
                int flags = chain.readable().getInt();
                if ((flags & ~(isDiscard ? 0 : SEGMENT_UNMAP)) != 0) {
                    return S_UNSUPP;
                }
                long position = position(sector, bytes);
                if (position < 0 || bytes > (long) MOST_SEGMENT_SECTORS << SECTOR_SHIFT) {
                    return S_IOERR;
                }
                int result = bytes == 0 ? 0
                        : isDiscard ? disk.discard(position, bytes)
                        : disk.writeZeroes(position, bytes, flags == SEGMENT_UNMAP);
                if (result < 0) {
                    return S_IOERR;
                }
            }
            return isWriteBack ? S_OK : status(disk.flush());
        }

        /** Where the sector is in bytes, or -1 if it, or what follows it, is not within the disk or no whole sectors. */
        private long position(long sector, long bytes) {
            long sectors = disk.size() >>> SECTOR_SHIFT;
            if (bytes % SECTOR_BYTES != 0 || sector < 0 || sector > sectors || bytes >>> SECTOR_SHIFT > sectors - sector) {
                return -1;
            }
            return sector << SECTOR_SHIFT;
        }

        private int status(int result) {
            return result < 0 ? S_IOERR : S_OK;
        }
    }
}
