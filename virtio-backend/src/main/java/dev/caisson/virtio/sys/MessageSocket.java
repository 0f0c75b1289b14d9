package dev.caisson.virtio.sys;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A unix stream socket over which descriptors travel beside the bytes (sendmsg(2), recvmsg(2), SCM_RIGHTS). One thread may receive while
 * another closes; otherwise not thread-safe.
 *
 * <pre>
 *   struct msghdr, 64-bit (bits/socket.h)
 *    0          8        16       24          32         40              48      52  56
 *   +----------+--------+--------+-----------+----------+---------------+-------+---+
 *   | name     | length | iovec  | its count | control  | its length    | flags |   |
 *   +----------+--------+--------+-----------+----------+---------------+-------+---+
 *
 *   control message: struct cmsghdr and its descriptors, 4 bytes each
 *    0                8         12        16
 *   +----------------+---------+---------+-- … --+
 *   | length         | level   | type    | fds   |
 *   +----------------+---------+---------+-- … --+
 * </pre>
 */
public final class MessageSocket implements AutoCloseable {

    /** As many descriptors as come with one message. */
    public static final int MOST_DESCRIPTORS = 8;

    private static final int CONTROL_HEADER = 16;
    private static final int CONTROL_BYTES = CONTROL_HEADER + 4 * MOST_DESCRIPTORS;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 8;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

    private final Fd socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment header = arena.allocate(56, 8);
    private final MemorySegment vector = arena.allocate(16, 8);
    private final MemorySegment control = arena.allocate(CONTROL_BYTES, 8);

    /** Takes over {@code socket}. */
    public MessageSocket(Fd socket) {
        this.socket = socket;
    }

    /**
     * Receives exactly {@code length} bytes into {@code into} from {@code offset}, waiting for them.
     *
     * @param descriptors gets those that come with them, even if this fails; whoever calls must close them
     * @return false if the other side has closed before the first byte
     * @throws EOFException if it has closed after it
     * @throws IOException if the kernel refuses, or more than {@link #MOST_DESCRIPTORS} come
     */
    public boolean receive(MemorySegment into, long offset, long length, List<Fd> descriptors) throws IOException {
        long done = 0;
        while (done < length) {
            describe(into, offset + done, length - done);
            header.set(ValueLayout.JAVA_LONG, 32, control.address());
            header.set(ValueLayout.JAVA_LONG, 40, CONTROL_BYTES);
            long n = Sys.receiveMessage(socket.number(), header.address(), MSG_CMSG_CLOEXEC);
            if (n < 0 && n != -Errno.ECONNRESET) {
                throw new SysException("receive a message", (int) -n);
            }
            if (n <= 0) {
                if (done == 0) {
                    return false;
                }
                throw new EOFException("the connection ended within a message");
            }
            collect(descriptors);
            done += n;
        }
        return true;
    }

    /** Sends {@code length} bytes of {@code from}, and descriptors beside them, {@link #MOST_DESCRIPTORS} at most. */
    public void send(MemorySegment from, long length, Fd... descriptors) throws IOException {
        long done = 0;
        while (done < length) {
            describe(from, done, length - done);
            if (done == 0 && descriptors.length > 0) {
                control.set(ValueLayout.JAVA_LONG, 0, CONTROL_HEADER + 4L * descriptors.length);
                control.set(ValueLayout.JAVA_INT, 8, SOL_SOCKET);
                control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
                for (int i = 0; i < descriptors.length; i++) {
                    control.set(ValueLayout.JAVA_INT, CONTROL_HEADER + 4L * i, descriptors[i].number());
                }
                header.set(ValueLayout.JAVA_LONG, 32, control.address());
                header.set(ValueLayout.JAVA_LONG, 40, CONTROL_HEADER + 4L * descriptors.length + 7 & -8L);
            }
            long n = Sys.sendMessage(socket.number(), header.address(), MSG_NOSIGNAL);
            if (n < 0) {
                throw new SysException("send a message", (int) -n);
            }
            done += n;
        }
    }

    /** Ends the connection: whoever receives on it wakes. From any thread. */
    public void shutdown() {
        try {
            Sys.shutdown(socket.number(), 2);
        } catch (IllegalStateException e) {
            // It has been closed meanwhile.
            return;
        }
    }

    @Override
    public void close() {
        socket.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private void describe(MemorySegment bytes, long offset, long length) {
        if (offset < 0 || length < 0 || offset > bytes.byteSize() - length) {
            throw new IndexOutOfBoundsException("bytes that do not fit");
        }
        header.fill((byte) 0);
        vector.set(ValueLayout.JAVA_LONG, 0, bytes.address() + offset);
        vector.set(ValueLayout.JAVA_LONG, 8, length);
        header.set(ValueLayout.JAVA_LONG, 16, vector.address());
        header.set(ValueLayout.JAVA_LONG, 24, 1);
    }

    private void collect(List<Fd> descriptors) throws IOException {
        long length = header.get(ValueLayout.JAVA_LONG, 40);
        long at = 0;
        while (at + CONTROL_HEADER <= length) {
            long one = control.get(ValueLayout.JAVA_LONG, at);
            if (control.get(ValueLayout.JAVA_INT, at + 8) == SOL_SOCKET
                    && control.get(ValueLayout.JAVA_INT, at + 12) == SCM_RIGHTS) {
                for (long fd = at + CONTROL_HEADER; fd + 4 <= at + one; fd += 4) {
                    descriptors.add(new Fd(control.get(ValueLayout.JAVA_INT, fd)));
                }
            }
            at += one + 7 & -8L;
        }
        if ((header.get(ValueLayout.JAVA_INT, 48) & MSG_CTRUNC) != 0) {
            throw new IOException("a message came with more than %d descriptors".formatted(MOST_DESCRIPTORS));
        }
    }
}
