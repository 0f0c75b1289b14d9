package dev.caisson.virtio.device.net;

import static dev.caisson.virtio.device.net.NetDescriptor.*;

import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.DeviceContext;
import dev.caisson.virtio.device.DeviceQueue;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;

/** A network device (VIRTIO 1.3, 5.1). Each pair of queues has a peer and a thread of its own; the control queue is on the first's. */
public final class NetDevice implements Device {

    private static final int TYPE = 1;
    private static final long OFFLOADS = F_CSUM | F_GUEST_CSUM | F_GUEST_TSO4 | F_GUEST_TSO6 | F_GUEST_ECN
            | F_HOST_TSO4 | F_HOST_TSO6 | F_HOST_ECN;

    private final List<NetPeer> peers;
    private final QueuePair[] pairs;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment mac = arena.allocate(MAC_BYTES);
    private final int mtu;
    private volatile int controlQueue;

    /**
     * Takes over {@code peers}, one for each pair of queues, 1 to 16; either all of them carry headers or none.
     *
     * @param mac the address, six bytes
     * @param mtu in bytes, 68 to 65,535, or 0 to leave it to the driver
     */
    public NetDevice(List<NetPeer> peers, byte[] mac, int mtu) {
        if (peers.isEmpty() || peers.size() > 16 || mac.length != MAC_BYTES || mtu != 0 && (mtu < 68 || mtu > 65_535)) {
            throw new IllegalArgumentException("a network device can't have %d pairs of queues, a MAC address of %d bytes and an MTU of %d"
                    .formatted(peers.size(), mac.length, mtu));
        }
        this.peers = List.copyOf(peers);
        this.pairs = new QueuePair[peers.size()];
        this.mtu = mtu;
        this.mac.copyFrom(MemorySegment.ofArray(mac));
    }

    /** The six bytes of a MAC address in its usual form. */
    public static byte[] macAddress(String text) {
        byte[] bytes = HexFormat.ofDelimiter(":").parseHex(text);
        if (bytes.length != MAC_BYTES) {
            throw new IllegalArgumentException(text + " is not a MAC address");
        }
        return bytes;
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "net";
    }

    @Override
    public long features() {
        return F_MAC | F_MRG_RXBUF | F_STATUS | F_CTRL_VQ | F_CTRL_RX | F_CTRL_MAC_ADDR
                | (mtu > 0 ? F_MTU : 0)
                | (peers.size() > 1 ? F_MQ : 0)
                | (peers.getFirst().carriesHeaders() ? OFFLOADS : 0);
    }

    @Override
    public int queueCount() {
        return 2 * peers.size() + 1;
    }

    @Override
    public int advertisedQueues() {
        return peers.size();
    }

    @Override
    public int threadCount() {
        return peers.size();
    }

    @Override
    public int threadOf(int queue) {
        return queue == 2 * peers.size() ? 0 : queue / 2;
    }

    @Override
    public void readConfig(int offset, MemorySegment into) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment config = local.allocate(offset + Math.max(into.byteSize(), CONFIG_BYTES));
            synchronized (mac) {
                MemorySegment.copy(mac, 0, config, CONFIG_MAC, MAC_BYTES);
            }
            LittleEndian.putShort(config, CONFIG_STATUS, STATUS_LINK_UP);
            LittleEndian.putShort(config, CONFIG_PAIRS, peers.size());
            LittleEndian.putShort(config, CONFIG_MTU, mtu);
            MemorySegment.copy(config, offset, into, 0, into.byteSize());
        }
    }

    @Override
    public void attach(DeviceContext context) {
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = new QueuePair(peers.get(i), context.queue(2 * i), context.queue(2 * i + 1), context.thread(i));
            context.thread(i).call(pairs[i]::begin);
        }
    }

    @Override
    public void negotiated(long features) {
        // Without the feature there is one pair, and the control queue comes right after it.
        controlQueue = (features & F_MQ) != 0 ? 2 * peers.size() : 2;
        for (QueuePair pair : pairs) {
            pair.negotiated(features);
        }
    }

    @Override
    public void kicked(DeviceQueue queue) {
        int index = queue.index();
        if (index == controlQueue) {
            queue.drain(this::control);
        } else if (index / 2 < pairs.length) {
            if (index % 2 == 0) {
                pairs[index / 2].receiveKicked();
            } else {
                pairs[index / 2].transmitKicked();
            }
        }
    }

    @Override
    public void stopping(DeviceQueue queue) {
        if (queue.index() % 2 == 0 && queue.index() / 2 < pairs.length) {
            pairs[queue.index() / 2].receiveStopping();
        }
    }

    @Override
    public void memoryChanged(DeviceQueue queue) {
        if (queue.index() % 2 == 0 && queue.index() / 2 < pairs.length) {
            pairs[queue.index() / 2].memoryChanged();
        }
    }

    private long control(DescriptorChain command) throws QueueException {
        int kind = command.readable().getByte() << 8 | command.readable().getByte();
        boolean isDone = switch (kind >>> 8) {
            // The peer gets and gives every frame, so there is no filter to set.
            case CLASS_RX -> true;
            case CLASS_MAC -> (kind & 0xff) == MAC_TABLE_SET || (kind & 0xff) == MAC_ADDR_SET && setMac(command);
            case CLASS_MQ -> (kind & 0xff) == MQ_PAIRS_SET && setPairs(command.readable().getShort());
            default -> false;
        };
        command.writable().putByte(isDone ? ACK_OK : ACK_ERROR);
        return 1;
    }

    private boolean setMac(DescriptorChain command) throws QueueException {
        synchronized (mac) {
            command.readable().get(mac, 0, MAC_BYTES);
        }
        return true;
    }

    private boolean setPairs(int count) {
        if (count < 1 || count > pairs.length) {
            return false;
        }
        for (int i = 0; i < pairs.length; i++) {
            pairs[i].use(i < count);
        }
        return true;
    }

    @Override
    public void close() {
        for (QueuePair pair : pairs) {
            pair.close();
        }
        peers.forEach(NetPeer::close);
        arena.close();
    }
}
