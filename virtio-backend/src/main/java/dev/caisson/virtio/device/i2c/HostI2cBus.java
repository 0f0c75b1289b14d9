package dev.caisson.virtio.device.i2c;

import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.SysException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/**
 * A bus of the host's, /dev/i2c-N, of which only the chips on an allow-list are reached.
 *
 * <pre>
 *   struct i2c_msg, 64-bit (linux/i2c.h)             struct i2c_rdwr_ioctl_data (linux/i2c-dev.h)
 *    0       2       4       6       8        16      0          8        12
 *   +-------+-------+-------+-------+----------+     +----------+--------+
 *   | addr. | flags | length|       | buffer   |     | messages | count  |
 *   +-------+-------+-------+-------+----------+     +----------+--------+
 * </pre>
 */
public final class HostI2cBus implements I2cBus {

    private static final long I2C_RDWR = 0x0707;
    private static final int I2C_M_RD = 1;
    private static final int MESSAGE_BYTES = 16;

    private final Fd bus;
    private final Set<Integer> allowed;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment messageArray = arena.allocate((long) MESSAGE_BYTES * I2cDevice.MOST_MESSAGES, 8);
    private final MemorySegment request = arena.allocate(16, 8);

    /** Opens {@code path}; {@code allowed} are the addresses of the chips that may be reached. */
    public HostI2cBus(String path, Set<Integer> allowed) throws SysException {
        this.bus = Sys.open(path, Sys.O_RDWR);
        this.allowed = Set.copyOf(allowed);
    }

    @Override
    public int transfer(Message[] messages, int count) {
        for (int i = 0; i < count; i++) {
            if (!allowed.contains(messages[i].address())) {
                return 0;
            }
            long at = (long) MESSAGE_BYTES * i;
            messageArray.set(ValueLayout.JAVA_SHORT, at, (short) messages[i].address());
            messageArray.set(ValueLayout.JAVA_SHORT, at + 2, (short) (messages[i].isRead() ? I2C_M_RD : 0));
            messageArray.set(ValueLayout.JAVA_SHORT, at + 4, (short) messages[i].length());
            messageArray.set(ValueLayout.JAVA_LONG, at + 8, messages[i].data().address());
        }
        request.set(ValueLayout.JAVA_LONG, 0, messageArray.address());
        request.set(ValueLayout.JAVA_INT, 8, count);
        return Math.max(0, Sys.ioctl(bus.number(), I2C_RDWR, request.address()));
    }

    @Override
    public void close() {
        bus.close();
        arena.close();
    }
}
