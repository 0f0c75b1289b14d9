package dev.caisson.linux.network;

import dev.caisson.linux.sys.LinuxException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A permanent address of global scope: one that a device keeps when it is moved (config-linux.md, "Network Devices"). */
final class Address {

    // linux/if_addr.h
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_BROADCAST = 4;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_RT_PRIORITY = 9;
    private static final int IFA_F_PERMANENT = 0x80;
    /** NODAD, HOMEADDRESS, MANAGETEMPADDR, NOPREFIXROUTE, MCAUTOJOIN: what was asked for, as against what the kernel found out. */
    private static final int ASKED_FOR = 0x02 | 0x10 | 0x100 | 0x200 | 0x400;

    // linux/rtnetlink.h
    private static final int RT_SCOPE_UNIVERSE = 0;

    /*
     * struct ifaddrmsg (linux/if_addr.h), 8 bytes:
     *   | 0 u8 family | 1 u8 prefix length | 2 u8 flags, the lower ones | 3 u8 scope | 4 u32 the device's index |
     */
    private static final int SIZE = 8;

    /** Those that are copied as they are. A label holds the device's name, and goes with it. */
    private static final int[] COPIED = {IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY};

    private final RouteMessage message;

    private Address(RouteMessage message) {
        this.message = message;
    }

    /** The addresses of a device that it is to keep. */
    static List<Address> of(RouteSocket socket, int index, String doing) throws LinuxException {
        List<Address> kept = new ArrayList<>();
        for (RouteMessage message : socket.ask(new RouteMessage.Writer(RouteMessage.GET_ADDRESS, RouteMessage.DUMP)
                .u8(0).u8(0).u8(0).u8(0).u32(0).done(), doing)) {
            if (message.type() == RouteMessage.NEW_ADDRESS && message.body().capacity() >= SIZE && message.body().getInt(4) == index) {
                Address address = new Address(message);
                if (address.isKept()) {
                    kept.add(address);
                }
            }
        }
        return kept;
    }

    private boolean isKept() {
        return (flags() & IFA_F_PERMANENT) != 0 && Byte.toUnsignedInt(message.body().get(3)) == RT_SCOPE_UNIVERSE;
    }

    private int flags() {
        return message.number(SIZE, IFA_FLAGS, Byte.toUnsignedInt(message.body().get(2)));
    }

    /** Gives it to a device. */
    void add(RouteSocket socket, int index, String doing) throws LinuxException {
        ByteBuffer own = message.body();
        RouteMessage.Writer out = new RouteMessage.Writer(RouteMessage.NEW_ADDRESS,
                RouteMessage.ACK | RouteMessage.CREATE | RouteMessage.EXCLUSIVE)
                .u8(own.get(0)).u8(own.get(1)).u8(0).u8(RT_SCOPE_UNIVERSE).u32(index);
        for (int type : COPIED) {
            ByteBuffer value = message.attribute(SIZE, type);
            if (value != null) {
                out.attribute(type, value.array());
            }
        }
        socket.change(out.attribute(IFA_FLAGS, flags() & ASKED_FOR).done(), doing);
    }

    /** As in {@code 10.0.0.1/24}. */
    @Override
    public String toString() {
        ByteBuffer value = message.attribute(SIZE, IFA_LOCAL);
        value = value == null ? message.attribute(SIZE, IFA_ADDRESS) : value;
        try {
            return (value == null ? "?" : InetAddress.getByAddress(value.array()).getHostAddress())
                    + "/" + Byte.toUnsignedInt(message.body().get(1));
        } catch (UnknownHostException e) {
            return value.capacity() + " bytes"; // of another family
        }
    }
}
