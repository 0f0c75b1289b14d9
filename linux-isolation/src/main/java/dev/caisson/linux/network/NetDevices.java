package dev.caisson.linux.network;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.spec.NetDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Moves network devices into a container's network namespace and gives them the names, addresses and state that they are to have there
 * (config-linux.md, "Network Devices"). What has been moved can be given back, for a container that comes to nothing: a virtual device
 * would end with the namespace otherwise. Once the container is there, its devices are the kernel's business.
 *
 * <p>It talks over two rtnetlink sockets, one opened in each namespace: where the engine itself is does not matter. For one thread.
 */
public final class NetDevices implements AutoCloseable {

    // linux/if_link.h, linux/if.h
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_NEW_IFINDEX = 49;
    private static final int IFF_UP = 1;
    private static final int IFF_LOOPBACK = 8;

    /*
     * struct ifinfomsg (linux/rtnetlink.h), 16 bytes:
     *   | 0 u8 family | 1 u8 (pad) | 2 u16 type | 4 s32 index | 8 u32 flags | 12 u32 which flags to change |
     */
    private static final int LINK = 16;
    private static final int LINK_INDEX = 4;
    private static final int LINK_FLAGS = 8;

    /** A device that has been moved, and what it was like. */
    private record Moved(String field, String name, int index, int insideIndex, boolean up, List<Address> addresses) {}

    private final RouteSocket host;
    private final RouteSocket container;
    private final List<Moved> moved = new ArrayList<>();

    private NetDevices(RouteSocket host, RouteSocket container) {
        this.host = host;
        this.container = container;
    }

    /**
     * Between two network namespaces.
     *
     * @param host      a netlink socket (NETLINK_ROUTE) of the runtime's, closed with this
     * @param container one of the container's, closed with this
     */
    public static NetDevices between(Descriptor host, Descriptor container) {
        return new NetDevices(new RouteSocket(host), new RouteSocket(container));
    }

    /**
     * Moves all devices, or none: on failure those that have been moved are given back.
     *
     * @param devices {@code linux.netDevices}
     * @throws IOException with the device's field and the kernel's answer
     */
    public void move(Map<String, NetDevice> devices) throws IOException {
        try (Descriptor there = container.namespace("linux.netDevices: find the container's network namespace");
                Descriptor here = host.namespace("linux.netDevices: find the runtime's network namespace")) {
            if (RouteSocket.identity(there).equals(RouteSocket.identity(here))) {
                throw new LinuxException("linux.netDevices: the container's network namespace is the runtime's own", Errno.EINVAL);
            }
            for (Map.Entry<String, NetDevice> device : devices.entrySet()) {
                String name = device.getKey();
                String inside = device.getValue().name() == null ? name : device.getValue().name();
                move("linux.netDevices." + name, name, inside, there);
            }
        } catch (IOException | RuntimeException e) {
            giveBack(e);
            throw e;
        }
    }

    private void move(String field, String name, String inside, Descriptor there) throws IOException {
        RouteMessage link = link(host, name, field + ": find it in the runtime's network namespace");
        int index = link.body().getInt(LINK_INDEX);
        int flags = link.body().getInt(LINK_FLAGS);
        if ((flags & IFF_LOOPBACK) != 0) {
            throw new LinuxException(field + ": the loopback device stays where it is", Errno.EINVAL);
        }
        if (inside.indexOf('%') < 0 && isThere(container, inside,
                field + ": look for " + inside + " in the container's network namespace")) {
            throw new LinuxException(field + ": the container's network namespace has a device " + inside + " already", Errno.EEXIST);
        }
        // Before it is moved: that takes its addresses from it.
        List<Address> addresses = Address.of(host, index, field + ": read its addresses");
        int insideIndex = freeIndex(index, field);
        Moved device = new Moved(field, name, index, insideIndex, (flags & IFF_UP) != 0, addresses);
        try {
            transfer(host, index, inside, insideIndex, there, field + ": move it into the container's network namespace as " + inside);
        } catch (LinuxException e) {
            // The kernel moves it first and renames it then: it may have gone although the name could not be had.
            if (!isThere(host, name, field + ": look for it in the runtime's network namespace")) {
                moved.add(device);
            }
            throw e;
        }
        moved.add(device);
        for (Address address : addresses) {
            address.add(container, insideIndex, field + ": give it its address " + address + " again");
        }
        up(container, insideIndex, field + ": set it up");
    }

    /**
     * Gives what has been moved back, as it was. For a container that could not be made.
     *
     * @param failure why; what goes wrong here is added to it
     */
    public void giveBack(Exception failure) {
        for (Moved device : moved.reversed()) {
            String doing = device.field() + ": give it back";
            try (Descriptor here = host.namespace(doing)) {
                transfer(container, device.insideIndex(), device.name(), device.index(), here, doing);
                for (Address address : device.addresses()) {
                    address.add(host, device.index(), doing + " with its address " + address);
                }
                if (device.up()) {
                    up(host, device.index(), doing);
                }
            } catch (LinuxException e) {
                failure.addSuppressed(e);
            }
        }
        moved.clear();
    }

    /** In one request, so that the device is never in the one namespace with its name in the other. */
    private static void transfer(RouteSocket from, int index, String name, int newIndex, Descriptor to, String doing)
            throws LinuxException {
        from.change(link(RouteMessage.NEW_LINK, RouteMessage.ACK, index, 0, 0).attribute(IFLA_NET_NS_FD, to.fd())
                .attribute(IFLA_NEW_IFINDEX, newIndex).attribute(IFLA_IFNAME, name).done(), doing);
    }

    private static void up(RouteSocket socket, int index, String doing) throws LinuxException {
        socket.change(link(RouteMessage.NEW_LINK, RouteMessage.ACK, index, IFF_UP, IFF_UP).done(), doing);
    }

    private static RouteMessage link(RouteSocket socket, String name, String doing) throws LinuxException {
        for (RouteMessage answer : socket.ask(link(RouteMessage.GET_LINK, RouteMessage.ACK, 0, 0, 0).attribute(IFLA_IFNAME, name).done(),
                doing)) {
            if (answer.type() == RouteMessage.NEW_LINK && answer.body().capacity() >= LINK) {
                return answer;
            }
        }
        throw new LinuxException(doing, Errno.ENODEV);
    }

    private static boolean isThere(RouteSocket socket, String name, String doing) throws LinuxException {
        try {
            link(socket, name, doing);
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENODEV) {
                return false;
            }
            throw e;
        }
    }

    /** The device's own index where nothing in the container has it, else one above all: it is found by it, whatever its name. */
    private int freeIndex(int own, String field) throws LinuxException {
        boolean taken = false;
        int greatest = own;
        for (RouteMessage answer : container.ask(link(RouteMessage.GET_LINK, RouteMessage.DUMP, 0, 0, 0).done(),
                field + ": list the devices of the container's network namespace")) {
            ByteBuffer body = answer.body();
            if (answer.type() == RouteMessage.NEW_LINK && body.capacity() >= LINK) {
                taken |= body.getInt(LINK_INDEX) == own;
                greatest = Math.max(greatest, body.getInt(LINK_INDEX));
            }
        }
        return taken ? greatest + 1 : own;
    }

    private static RouteMessage.Writer link(int type, int flags, int index, int set, int change) {
        return new RouteMessage.Writer(type, flags).u8(0).u8(0).u16(0).u32(index).u32(set).u32(change);
    }

    @Override
    public void close() {
        host.close();
        container.close();
    }
}
