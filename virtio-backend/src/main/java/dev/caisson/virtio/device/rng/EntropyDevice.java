package dev.caisson.virtio.device.rng;

import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.DeviceContext;
import dev.caisson.virtio.device.DeviceQueue;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.IoVector;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.SysException;
import java.lang.foreign.MemorySegment;

/** An entropy device (VIRTIO 1.3, 5.4): fills whatever buffer it gets, the kernel straight into the driver's memory. */
public final class EntropyDevice implements Device {

    private static final int TYPE = 4;
    /** A larger buffer is filled this far: the rest is the driver's to ask for again. */
    private static final long MOST_BYTES = 1 << 20;

    private final Fd source;
    private final IoVector vector = new IoVector();

    /** Over the kernel's generator. */
    public static EntropyDevice open() throws SysException {
        return new EntropyDevice(Sys.open("/dev/urandom", Sys.O_RDONLY));
    }

    /** Takes over {@code source}, a descriptor that yields random bytes without an end. */
    public EntropyDevice(Fd source) {
        this.source = source;
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "rng";
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public void readConfig(int offset, MemorySegment into) {
        into.fill((byte) 0);
    }

    @Override
    public void attach(DeviceContext context) {
        // It needs nothing of it.
    }

    @Override
    public void kicked(DeviceQueue queue) {
        queue.drain(this::fill);
    }

    private long fill(DescriptorChain chain) throws QueueException {
        if (chain.readable().size() > 0 || chain.writable().size() == 0) {
            throw new QueueException("an entropy request is for %d bytes and holds %d"
                    .formatted(chain.writable().size(), chain.readable().size()));
        }
        vector.clear();
        chain.writable().gather(vector, Math.min(chain.writable().size(), MOST_BYTES));
        long n = vector.read(source.number());
        if (n <= 0) {
            throw new QueueException("the source of entropy has failed");
        }
        return n;
    }

    @Override
    public void close() {
        vector.close();
        source.close();
    }
}
