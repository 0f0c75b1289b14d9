package dev.caisson.virtio.device.net;

import static dev.caisson.virtio.device.net.NetDescriptor.*;

import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.IoVector;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.SysException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One queue of a tap interface (the kernel's Documentation/networking/tuntap.rst). Frames carry VirtIO's header both ways, so checksums and
 * segmentation are left to the host's kernel as far as the driver and it can.
 */
public final class TapPeer implements NetPeer {

    private static final Logger LOG = System.getLogger(TapPeer.class.getName());

    // linux/if_tun.h, linux/if.h
    private static final long TUNSETIFF = 0x4004_54caL;
    private static final long TUNSETOFFLOAD = 0x4004_54d0L;
    private static final long TUNSETVNETHDRSZ = 0x4004_54d8L;
    private static final int IFF_TAP = 2;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final int IFF_MULTI_QUEUE = 0x100;
    private static final int IFREQ_BYTES = 40;
    private static final int IFNAMSIZ = 16;
    private static final int TUN_F_CSUM = 1;
    private static final int TUN_F_TSO4 = 2;
    private static final int TUN_F_TSO6 = 4;
    private static final int TUN_F_TSO_ECN = 8;

    private final Fd tap;

    private TapPeer(Fd tap) {
        this.tap = tap;
    }

    /**
     * Opens the interface {@code name}, which is made if it is not there: it then lasts as long as this.
     *
     * @param queues how many peers, one a pair of queues
     * @throws SysException if there is no /dev/net/tun, or the caller may not
     */
    public static List<NetPeer> open(String name, int queues) throws SysException {
        List<NetPeer> peers = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
            byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, request, 0, Math.min(bytes.length, IFNAMSIZ - 1));
            int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (queues > 1 ? IFF_MULTI_QUEUE : 0);
            MemorySegment headerBytes = arena.allocateFrom(ValueLayout.JAVA_INT, HEADER_BYTES);
            for (int i = 0; i < queues; i++) {
                Fd tap = Sys.open("/dev/net/tun", Sys.O_RDWR | Sys.O_NONBLOCK);
                peers.add(new TapPeer(tap));
                request.set(ValueLayout.JAVA_SHORT, IFNAMSIZ, (short) flags);
                check(Sys.ioctl(tap.number(), TUNSETIFF, request.address()), "open the tap interface " + name);
                check(Sys.ioctl(tap.number(), TUNSETVNETHDRSZ, headerBytes.address()), "set up the tap interface " + name);
            }
            return peers;
        } catch (SysException e) {
            peers.forEach(NetPeer::close);
            throw e;
        }
    }

    @Override
    public int descriptor() {
        return tap.number();
    }

    @Override
    public boolean carriesHeaders() {
        return true;
    }

    @Override
    public void negotiated(long features) {
        int offload = 0;
        if ((features & F_GUEST_CSUM) != 0) {
            offload |= TUN_F_CSUM;
            offload |= (features & F_GUEST_TSO4) != 0 ? TUN_F_TSO4 : 0;
            offload |= (features & F_GUEST_TSO6) != 0 ? TUN_F_TSO6 : 0;
            offload |= (features & F_GUEST_ECN) != 0 && offload != TUN_F_CSUM ? TUN_F_TSO_ECN : 0;
        }
        int result = Sys.ioctl(tap.number(), TUNSETOFFLOAD, offload);
        if (result < 0) {
            LOG.log(Level.WARNING, new SysException("leave offloads to a tap interface", -result).getMessage());
        }
    }

    @Override
    public long receive(IoVector into) {
        return into.read(tap.number());
    }

    @Override
    public long send(IoVector frame) {
        return frame.write(tap.number());
    }

    @Override
    public void close() {
        tap.close();
    }

    private static void check(int result, String doing) throws SysException {
        if (result < 0) {
            throw new SysException(doing, -result);
        }
    }
}
