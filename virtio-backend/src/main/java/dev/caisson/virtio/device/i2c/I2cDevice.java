package dev.caisson.virtio.device.i2c;

import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.DeviceContext;
import dev.caisson.virtio.device.DeviceQueue;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.sys.SysException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An I2C adapter (VIRTIO 1.3, 5.16). Requests that the driver ties together become one transfer, with repeated starts.
 *
 * <pre>
 *   request (5.16.6): a header to read, data to read or to write, a status to write
 *    0           2           4                       8
 *   +-----------+-----------+-----------------------+-- … --+--------+
 *   | address×2 | (padding) | flags                 | data  | status |
 *   +-----------+-----------+-----------------------+-- … --+--------+
 * </pre>
 */
public final class I2cDevice implements Device {

    /** As many messages as one transfer has (I2C_RDWR_IOCTL_MAX_MSGS). */
    static final int MOST_MESSAGES = 42;

    private static final Logger LOG = System.getLogger(I2cDevice.class.getName());
    private static final int TYPE = 34;
    private static final long F_ZERO_LENGTH_REQUEST = 1;
    private static final int FLAG_FAIL_NEXT = 1;
    private static final int FLAG_READ = 2;
    private static final int STATUS_OK = 0;
    private static final int STATUS_ERROR = 1;

    private final I2cBus bus;
    private final Arena arena = Arena.ofShared();
    private final DescriptorChain[] chains = new DescriptorChain[MOST_MESSAGES];
    private final I2cBus.Message[] messages = new I2cBus.Message[MOST_MESSAGES];

    /** Takes over {@code bus}. */
    public I2cDevice(I2cBus bus) {
        this.bus = bus;
        for (int i = 0; i < MOST_MESSAGES; i++) {
            chains[i] = new DescriptorChain();
            messages[i] = new I2cBus.Message(arena.allocate(I2cBus.MOST_BYTES));
        }
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "i2c";
    }

    @Override
    public long features() {
        return F_ZERO_LENGTH_REQUEST;
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
        try {
            do {
                queue.suppressKicks();
                int count = parse(queue);
                while (count > 0) {
                    execute(queue, count);
                    count = parse(queue);
                }
                queue.notifyDriver();
            } while (queue.allowKicks());
        } catch (QueueException e) {
            queue.fail(e);
        }
    }

    /** Takes requests up to the one after which the driver wants no more with them: how many. */
    private int parse(DeviceQueue queue) throws QueueException {
        int count = 0;
        boolean goesOn = true;
        while (goesOn && count < MOST_MESSAGES && queue.next(chains[count])) {
            DescriptorChain chain = chains[count];
            int address = chain.readable().getShort() >>> 1;
            chain.readable().skip(2);
            int flags = chain.readable().getInt();
            boolean isRead = (flags & FLAG_READ) != 0;
            long length = isRead ? chain.writable().size() - 1 : chain.readable().remaining();
            if (chain.writable().size() < 1 || length > I2cBus.MOST_BYTES) {
                throw new QueueException("an I2C message has %d bytes and %d to write".formatted(length, chain.writable().size()));
            }
            messages[count].set(address, isRead, (int) length);
            if (!isRead) {
                chain.readable().get(messages[count].data(), 0, length);
            }
            goesOn = (flags & FLAG_FAIL_NEXT) != 0;
            count++;
        }
        return count;
    }

    private void execute(DeviceQueue queue, int count) throws QueueException {
        int done = bus.transfer(messages, count);
        for (int i = 0; i < count; i++) {
            DescriptorChain chain = chains[i];
            if (messages[i].isRead()) {
                if (i < done) {
                    chain.writable().put(messages[i].data(), 0, messages[i].length());
                } else {
                    chain.writable().fill(messages[i].length());
                }
            } else {
                chain.writable().fill(chain.writable().size() - 1);
            }
            chain.writable().putByte(i < done ? STATUS_OK : STATUS_ERROR);
            queue.complete(chain, chain.writable().position());
        }
    }

    @Override
    public void close() {
        try {
            bus.close();
        } catch (SysException e) {
            LOG.log(Level.WARNING, e.getMessage());
        }
        arena.close();
    }
}
