package dev.caisson.virtio.device.vsock;

import static dev.caisson.virtio.device.vsock.VsockDescriptor.*;

import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.DeviceContext;
import dev.caisson.virtio.device.DeviceQueue;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.sys.Errno;
import dev.caisson.virtio.sys.EventLoop;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.IoVector;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.SysException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * A socket device (VIRTIO 1.3, 5.10) between AF_VSOCK in the guest and unix stream sockets on the host:
 *
 * <ul>
 *   <li>a program in the guest that connects to port P of the host (cid 2) gets to whoever listens at {@code PATH_P};
 *   <li>a program on the host that connects to {@code PATH} and writes {@code CONNECT P} and a newline gets to whoever listens on port P in the
 *       guest, and reads {@code OK N} first, N being the port that it has on the host.
 * </ul>
 *
 * <p>One thread serves it all.
 */
public final class VsockDevice implements Device {

    private static final Logger LOG = System.getLogger(VsockDevice.class.getName());
    private static final int TYPE_ID = 19;
    private static final int MOST_CONNECTIONS = 1024;
    private static final int MOST_PACKET_BYTES = 64 << 10;
    private static final int MOST_RESETS = 1024;
    private static final int FIRST_HOST_PORT = 1 << 30;
    private static final int MOST_TURNS = 64;

    /** Somebody on the host who has not said yet which port is wanted. */
    private static final class Caller {
        private final Fd socket;
        private final StringBuilder line = new StringBuilder();
        private EventLoop.Registration ready;

        private Caller(Fd socket) {
            this.socket = socket;
        }
    }

    /** A packet to a port with which there is no connection. */
    private record Reset(int guestPort, int hostPort) {}

    private final long guestCid;
    private final String path;
    private final Fd listener;
    private final Map<Long, VsockConnection> connections = new HashMap<>();
    private final Queue<VsockConnection> waiting = new ArrayDeque<>();
    private final Queue<Reset> resets = new ArrayDeque<>();
    private final ArrayList<Caller> callers = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment header = arena.allocate(HEADER_BYTES, 8);
    private final MemorySegment byteRead = arena.allocate(8);
    private final IoVector vector = new IoVector();
    private final DescriptorChain packet = new DescriptorChain();
    private final Runnable receiveAgain = this::receive;
    private DeviceContext context;
    private DeviceQueue receiveQueue;
    private int nextHostPort = FIRST_HOST_PORT;

    /**
     * Listens at {@code path}.
     *
     * @param guestCid the guest's number, 3 or more
     * @throws SysException if that does not work
     */
    public VsockDevice(long guestCid, String path) throws SysException {
        if (guestCid < 3 || guestCid > 0xffff_fffeL) {
            throw new IllegalArgumentException("a guest can't have the cid " + guestCid);
        }
        this.guestCid = guestCid;
        this.path = path;
        Sys.unlink(path);
        this.listener = Sys.listen(path);
    }

    @Override
    public int type() {
        return TYPE_ID;
    }

    @Override
    public String name() {
        return "vsock";
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int queueCount() {
        return 3;
    }

    @Override
    public void readConfig(int offset, MemorySegment into) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment config = local.allocate(offset + Math.max(into.byteSize(), Long.BYTES));
            LittleEndian.putLong(config, 0, guestCid);
            MemorySegment.copy(config, offset, into, 0, into.byteSize());
        }
    }

    @Override
    public void attach(DeviceContext itsContext) {
        context = itsContext;
        receiveQueue = context.queue(RECEIVE_QUEUE);
        context.thread(0).call(() -> watch(listener, EventLoop.IN, ready -> accept()));
    }

    @Override
    public void kicked(DeviceQueue queue) {
        switch (queue.index()) {
            case RECEIVE_QUEUE -> receive();
            case TRANSMIT_QUEUE -> {
                queue.drain(this::transmit);
                receive();
            }
            default -> { }   // Events tell of a migrated guest; there is none.
        }
    }

    @Override
    public void reset() {
        context.thread(0).call(() -> {
            connections.values().forEach(VsockConnection::close);
            connections.clear();
            waiting.clear();
            resets.clear();
            new ArrayList<>(callers).forEach(this::hangUp);
        });
    }

    // From the guest.

    private long transmit(DescriptorChain chain) throws QueueException {
        chain.readable().get(header, 0, HEADER_BYTES);
        long length = LittleEndian.getUnsignedInt(header, LENGTH);
        int guestPort = LittleEndian.getInt(header, SOURCE_PORT);
        int hostPort = LittleEndian.getInt(header, DESTINATION_PORT);
        int operation = LittleEndian.getShort(header, OPERATION);
        if (length > MOST_PACKET_BYTES * 2L || length > chain.readable().remaining()) {
            throw new QueueException("a socket packet says it has %d bytes and has %d".formatted(length, chain.readable().remaining()));
        }
        if (LittleEndian.getLong(header, SOURCE_CID) != guestCid || LittleEndian.getLong(header, DESTINATION_CID) != HOST_CID) {
            return 0;
        }
        VsockConnection connection = connections.get(key(guestPort, hostPort));
        if (LittleEndian.getShort(header, TYPE) != TYPE_STREAM) {
            refuse(guestPort, hostPort);
        } else if (operation == OP_REQUEST) {
            request(guestPort, hostPort, connection);
        } else if (connection == null) {
            if (operation != OP_RESET) {
                refuse(guestPort, hostPort);
            }
        } else {
            connection.credit(LittleEndian.getUnsignedInt(header, BUFFER), LittleEndian.getUnsignedInt(header, FORWARDED));
            carryOut(operation, connection, chain);
        }
        return 0;
    }

    private void request(int guestPort, int hostPort, VsockConnection existing) {
        if (existing != null) {
            end(existing, true);
            return;
        }
        try {
            if (connections.size() >= MOST_CONNECTIONS) {
                refuse(guestPort, hostPort);
                return;
            }
            Fd socket = Sys.connect(path + "_" + Integer.toUnsignedLong(hostPort), Sys.SOCK_STREAM);
            VsockConnection connection = add(guestPort, hostPort, socket);
            connection.credit(LittleEndian.getUnsignedInt(header, BUFFER), LittleEndian.getUnsignedInt(header, FORWARDED));
            connection.isEstablished = true;
            want(connection, OP_RESPONSE);
            watchHost(connection);
        } catch (SysException e) {
            LOG.log(Level.DEBUG, "vsock: {0}", e.getMessage());
            refuse(guestPort, hostPort);
        }
    }

    private void carryOut(int operation, VsockConnection connection, DescriptorChain chain) throws QueueException {
        switch (operation) {
            case OP_RESPONSE -> {
                if (connection.isEstablished) {
                    end(connection, true);
                    return;
                }
                connection.isEstablished = true;
                byte[] answer = "OK %d\n".formatted(Integer.toUnsignedLong(connection.hostPort)).getBytes(StandardCharsets.US_ASCII);
                try (Arena local = Arena.ofConfined()) {
                    MemorySegment bytes = local.allocate(answer.length).copyFrom(MemorySegment.ofArray(answer));
                    Sys.write(connection.socket.number(), bytes.address(), answer.length);
                }
                watchHost(connection);
            }
            case OP_RESET -> end(connection, false);
            case OP_SHUTDOWN -> {
                int flags = LittleEndian.getInt(header, FLAGS);
                connection.guestHasEnded |= (flags & SHUTDOWN_SEND) != 0;
                connection.guestIsDeaf |= (flags & SHUTDOWN_RECEIVE) != 0;
                settle(connection);
            }
            case OP_DATA -> {
                // The length is that of the header, whatever else the chain holds.
                chain.readable().limit(LittleEndian.getUnsignedInt(header, LENGTH));
                if (connection.guestHasEnded || !connection.take(chain.readable(), vector)) {
                    end(connection, true);
                    return;
                }
                if (connection.owesCredit()) {
                    want(connection, OP_CREDIT_UPDATE);
                }
                watchHost(connection);
            }
            case OP_CREDIT_REQUEST -> want(connection, OP_CREDIT_UPDATE);
            case OP_CREDIT_UPDATE -> { }
            default -> end(connection, true);
        }
        if (!connection.hostHasEnded && connection.room() > 0 && !connection.isClosed) {
            watchHost(connection);
        }
    }

    // From the host.

    private void accept() {
        try {
            Caller caller = new Caller(Sys.accept(listener.number()));
            if (callers.size() >= MOST_CONNECTIONS) {
                caller.socket.close();
                return;
            }
            Sys.setNonBlocking(caller.socket.number());
            callers.add(caller);
            caller.ready = watch(caller.socket, EventLoop.IN, ready -> readLine(caller));
        } catch (SysException e) {
            LOG.log(Level.WARNING, "vsock: {0}", e.getMessage());
        }
    }

    /** A byte at a time: what comes after the line is the stream's. */
    private void readLine(Caller caller) {
        while (true) {
            long n = Sys.read(caller.socket.number(), byteRead.address(), 1);
            if (n == -Errno.EAGAIN) {
                return;
            }
            char c = (char) LittleEndian.getByte(byteRead, 0);
            if (n <= 0 || caller.line.length() > 32) {
                hangUp(caller);
                return;
            }
            if (c == '\n') {
                call(caller);
                return;
            }
            caller.line.append(c);
        }
    }

    private void call(Caller caller) {
        try {
            String line = caller.line.toString().strip();
            if (!line.startsWith("CONNECT ") || !receiveQueue.isRunning() || connections.size() >= MOST_CONNECTIONS) {
                hangUp(caller);
                return;
            }
            int guestPort = Integer.parseUnsignedInt(line.substring("CONNECT ".length()));
            while (connections.containsKey(key(guestPort, nextHostPort))) {
                nextHostPort++;
            }
            caller.ready.close();
            callers.remove(caller);
            want(add(guestPort, nextHostPort++, caller.socket), OP_REQUEST);
            receive();
        } catch (NumberFormatException | SysException e) {
            hangUp(caller);
        }
    }

    private void hangUp(Caller caller) {
        if (caller.ready != null) {
            caller.ready.close();
        }
        caller.socket.close();
        callers.remove(caller);
    }

    private void hostReady(VsockConnection connection, int events) {
        if ((events & EventLoop.OUT) != 0 || connection.hasKept()) {
            if (!connection.writeKept()) {
                end(connection, true);
                receive();
                return;
            }
            if (connection.owesCredit() || !connection.hasKept()) {
                want(connection, OP_CREDIT_UPDATE);
            }
            settle(connection);
        }
        if ((events & (EventLoop.IN | EventLoop.HANGUP | EventLoop.ERROR)) != 0) {
            want(connection, OP_DATA);
        }
        if (!connection.isClosed) {
            // Until what is there has been passed on, there is nothing to wait for but room.
            connection.ready.change(connection.hasKept() ? EventLoop.OUT : 0);
        }
        receive();
    }

    private void watchHost(VsockConnection connection) {
        boolean wantsInput = connection.isEstablished && !connection.hostHasEnded && !connection.guestIsDeaf
                && connection.room() > 0 && (connection.pending & 1 << OP_DATA) == 0;
        connection.ready.change((wantsInput ? EventLoop.IN : 0) | (connection.hasKept() ? EventLoop.OUT : 0));
    }

    // To the guest.

    /** Gives the guest what waits for it, as far as it has buffers. */
    private void receive() {
        for (int turn = 0; !waiting.isEmpty() || !resets.isEmpty(); turn++) {
            if (turn == MOST_TURNS) {
                receiveQueue.notifyDriver();
                context.thread(0).defer(receiveAgain);
                return;
            }
            if (!receiveQueue.next(packet)) {
                receiveQueue.notifyDriver();
                if (receiveQueue.allowKicks()) {
                    continue;
                }
                return;
            }
            try {
                packet.writable().skip(HEADER_BYTES);
                long data = fill();
                packet.rewind();
                packet.writable().put(header, 0, HEADER_BYTES);
                receiveQueue.complete(packet, HEADER_BYTES + data);
            } catch (QueueException e) {
                receiveQueue.fail(e);
                return;
            }
        }
        receiveQueue.notifyDriver();
    }

    /** Makes the next header, and puts its data where the packet's cursor is: how many bytes. */
    private long fill() throws QueueException {
        Reset reset = resets.poll();
        if (reset != null) {
            header(OP_RESET, reset.guestPort, reset.hostPort, 0, 0, 0, 0);
            return 0;
        }
        VsockConnection connection = waiting.element();
        int operation = Integer.numberOfTrailingZeros(connection.pending);
        connection.pending &= ~(1 << operation);
        int flags = 0;
        long data = 0;
        if (operation == OP_DATA) {
            data = readHost(connection);
            if (data == 0) {
                operation = connection.hostHasEnded ? OP_SHUTDOWN : OP_CREDIT_UPDATE;
                flags = connection.hostHasEnded ? SHUTDOWN_SEND | (connection.guestHasEnded ? SHUTDOWN_RECEIVE : 0) : 0;
            }
        }
        header(operation, connection.guestPort, connection.hostPort, (int) data, flags,
                VsockConnection.BUFFER_BYTES, connection.forwarded());
        if (connection.pending == 0) {
            waiting.remove();
        }
        if (connection.ready != null) {
            watchHost(connection);
        }
        return data;
    }

    private long readHost(VsockConnection connection) throws QueueException {
        long wanted = Math.min(Math.min(packet.writable().remaining(), connection.room()), MOST_PACKET_BYTES);
        if (wanted == 0) {
            return 0;
        }
        vector.clear();
        packet.writable().gather(vector, wanted);
        long n = vector.read(connection.socket.number());
        if (n > 0) {
            connection.sent(n);
            return n;
        }
        connection.hostHasEnded = n != -Errno.EAGAIN;
        return 0;
    }

    private void header(int operation, int guestPort, int hostPort, int length, int flags, int buffer, int forwarded) {
        LittleEndian.putLong(header, SOURCE_CID, HOST_CID);
        LittleEndian.putLong(header, DESTINATION_CID, guestCid);
        LittleEndian.putInt(header, SOURCE_PORT, hostPort);
        LittleEndian.putInt(header, DESTINATION_PORT, guestPort);
        LittleEndian.putInt(header, LENGTH, length);
        LittleEndian.putShort(header, TYPE, TYPE_STREAM);
        LittleEndian.putShort(header, OPERATION, operation);
        LittleEndian.putInt(header, FLAGS, flags);
        LittleEndian.putInt(header, BUFFER, buffer);
        LittleEndian.putInt(header, FORWARDED, forwarded);
    }

    // Connections.

    private VsockConnection add(int guestPort, int hostPort, Fd socket) throws SysException {
        Sys.setNonBlocking(socket.number());
        VsockConnection connection = new VsockConnection(guestPort, hostPort, socket);
        connection.ready = context.thread(0).register(socket.number(), 0, ready -> hostReady(connection, ready));
        connections.put(key(guestPort, hostPort), connection);
        return connection;
    }

    private void want(VsockConnection connection, int operation) {
        if (connection.pending == 0) {
            waiting.add(connection);
        }
        connection.pending |= 1 << operation;
    }

    private void refuse(int guestPort, int hostPort) {
        if (resets.size() < MOST_RESETS) {
            resets.add(new Reset(guestPort, hostPort));
        }
    }

    /** Passes on that the guest will send no more, once nothing is kept; ends the connection once neither side will. */
    private void settle(VsockConnection connection) {
        if (!connection.guestHasEnded || connection.hasKept()) {
            return;
        }
        if (connection.guestIsDeaf) {
            end(connection, true);
        } else {
            Sys.shutdown(connection.socket.number(), 1);
        }
    }

    private void end(VsockConnection connection, boolean tellGuest) {
        connections.remove(key(connection.guestPort, connection.hostPort));
        waiting.remove(connection);
        connection.close();
        if (tellGuest) {
            refuse(connection.guestPort, connection.hostPort);
        }
    }

    private EventLoop.Registration watch(Fd fd, int interest, EventLoop.Handler handler) {
        try {
            return context.thread(0).register(fd.number(), interest, handler);
        } catch (SysException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private static long key(int guestPort, int hostPort) {
        return (long) guestPort << 32 | Integer.toUnsignedLong(hostPort);
    }

    @Override
    public void close() {
        connections.values().forEach(VsockConnection::close);
        new ArrayList<>(callers).forEach(this::hangUp);
        listener.close();
        try {
            Sys.unlink(path);
        } catch (SysException e) {
            LOG.log(Level.WARNING, e.getMessage());
        }
        vector.close();
        arena.close();
    }
}
