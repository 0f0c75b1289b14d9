package dev.caisson.linux.sys;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.List;

/**
 * A connected unix stream socket whose bytes can carry descriptors (SCM_RIGHTS of unix(7)). Sends and receives through one native
 * block that lasts as long as the socket. Belongs to one thread at a time; {@link #interrupt} may come from any.
 */
public final class MessageSocket implements AutoCloseable {

    /** Descriptors that one send can carry at most. */
    public static final int MAX_DESCRIPTORS = 64;

    // sys/socket.h
    static final int SCM_RIGHTS = 1;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int SOL_SOCKET = 1;
    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SHUT_RDWR = 2;

    /*
     * The native block. The layouts are those of sys/socket.h and sys/uio.h where a pointer has 64 bits.
     *
     *   0   struct msghdr
     *       +----------------+--------+--------+----------------+----------------+
     *       | name         0 | namelen|  (pad) | iov         16 | iovlen      24 |
     *       +----------------+--------+--------+----------------+----------------+
     *       | control     32 | controllen   40 | flags 48 (pad) |
     *       +----------------+-----------------+----------------+
     *   56  struct iovec
     *       +----------------+----------------+
     *       | base         0 | len          8 |
     *       +----------------+----------------+
     *   72  control: one struct cmsghdr and its descriptors
     *       +----------------+--------+--------+--------
     *       | len          0 | level 8| type 12| int 16 … of each descriptor, 8-byte aligned at the end
     *       +----------------+--------+--------+--------
     *   data
     */
    static final int MSG_IOV = 16;
    static final int MSG_IOVLEN = 24;
    static final int MSG_CONTROL = 32;
    static final int MSG_CONTROLLEN = 40;
    static final int MSG_FLAGS = 48;
    static final int MSG_SIZE = 56;
    static final int IOV_BASE = 0;
    static final int IOV_LEN = 8;
    static final int IOV_SIZE = 16;
    static final int CMSG_LEN = 0;
    static final int CMSG_LEVEL = 8;
    static final int CMSG_TYPE = 12;
    static final int CMSG_DATA = 16;

    private static final int IOV = MSG_SIZE;
    private static final int CONTROL = IOV + IOV_SIZE;
    private static final int CONTROL_SIZE = CMSG_DATA + 4 * MAX_DESCRIPTORS;
    private static final int DATA = CONTROL + CONTROL_SIZE;
    private static final int DATA_SIZE = 32 * 1024;

    private final Descriptor socket;
    private final Pointer block;
    private boolean closed;

    /** Takes over a connected socket. */
    public MessageSocket(Descriptor socket) {
        this.socket = socket;
        // Not a Memory, whose clean-up by the garbage collector needs a thread: this is freed by hand.
        this.block = new Pointer(Native.malloc(DATA + DATA_SIZE));
        block.clear(CONTROL);
        block.setPointer(MSG_IOV, block.share(IOV));
        block.setLong(MSG_IOVLEN, 1);
        block.setPointer(IOV + IOV_BASE, block.share(DATA));
    }

    /** Two sockets that are connected with each other. */
    public static MessageSocket[] pair() throws LinuxException {
        int[] pair = new int[2];
        Sys.checked(Libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "make a socket pair");
        return new MessageSocket[] {new MessageSocket(new Descriptor(pair[0])), new MessageSocket(new Descriptor(pair[1]))};
    }

    /** Who is at the other end. */
    public Sys.Peer peer() throws LinuxException {
        return Sys.peer(socket.fd());
    }

    /**
     * Sends all of the bytes; the descriptors go with the first of them, and stay the caller's.
     *
     * @param length      1 or more
     * @param descriptors {@link #MAX_DESCRIPTORS} at most
     * @throws LinuxException with EPIPE or ECONNRESET if the other end is closed
     */
    public void send(byte[] bytes, int offset, int length, Descriptor... descriptors) throws LinuxException {
        setControl(descriptors);
        int sent = 0;
        while (sent < length) {
            int chunk = Math.min(length - sent, DATA_SIZE);
            block.write(DATA, bytes, offset + sent, chunk);
            int done = 0;
            while (done < chunk) {
                block.setPointer(IOV + IOV_BASE, block.share(DATA + done));
                block.setLong(IOV + IOV_LEN, chunk - done);
                long n = Libc.sendmsg(socket.fd(), block, MSG_NOSIGNAL);
                if (n < 0 && Native.getLastError() == Errno.EINTR) {
                    continue;
                }
                done += (int) Sys.checked(n, "send to the other end");
                setControl();
            }
            sent += chunk;
        }
    }

    /**
     * Receives once: as much as is there, but no more than {@code length}, and waits for the first byte.
     *
     * @param descriptors gets the descriptors that came with the bytes, close-on-exec; on an exception those it got are the caller's too
     * @return the number of bytes; 0 at the end of the stream
     * @throws LinuxException with EMSGSIZE if more than {@link #MAX_DESCRIPTORS} came, all of which are closed
     */
    public int receive(byte[] into, int offset, int length, List<Descriptor> descriptors) throws LinuxException {
        block.setPointer(IOV + IOV_BASE, block.share(DATA));
        block.setLong(IOV + IOV_LEN, Math.min(length, DATA_SIZE));
        int n;
        do {
            block.setPointer(MSG_CONTROL, block.share(CONTROL));
            block.setLong(MSG_CONTROLLEN, CONTROL_SIZE);
            block.setInt(MSG_FLAGS, 0);
            n = (int) Libc.recvmsg(socket.fd(), block, MSG_CMSG_CLOEXEC);
        } while (n < 0 && Native.getLastError() == Errno.EINTR);
        Sys.checked(n, "receive from the other end");
        takeDescriptors(descriptors);
        if ((block.getInt(MSG_FLAGS) & MSG_CTRUNC) != 0) {
            for (Descriptor descriptor : descriptors) {
                descriptor.close();
            }
            throw new LinuxException("receive descriptors from the other end", Errno.EMSGSIZE);
        }
        block.read(DATA, into, offset, n);
        return n;
    }

    /**
     * Waits until something (the end of the stream, too) can be received.
     *
     * @param timeoutMillis at most this long; negative: for ever
     * @return false when the time ran out
     */
    public boolean awaitReadable(int timeoutMillis) throws LinuxException {
        return Sys.awaitReadable(socket.fd(), timeoutMillis);
    }

    /** Ends the stream in both directions, so that a thread that waits in here goes on. May come from any thread. */
    public void interrupt() {
        synchronized (this) {
            if (!closed) {
                Libc.shutdown(socket.fd(), SHUT_RDWR);
            }
        }
    }

    /** Closes the socket; further calls do nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (!closed) {
                closed = true;
                socket.close();
                Native.free(Pointer.nativeValue(block));
            }
        }
    }

    private void setControl(Descriptor... descriptors) {
        if (descriptors.length == 0) {
            block.setPointer(MSG_CONTROL, Pointer.NULL);
            block.setLong(MSG_CONTROLLEN, 0);
            return;
        }
        if (descriptors.length > MAX_DESCRIPTORS) {
            throw new IllegalArgumentException("more than " + MAX_DESCRIPTORS + " descriptors at once");
        }
        int length = CMSG_DATA + 4 * descriptors.length;
        block.setLong(CONTROL + CMSG_LEN, length);
        block.setInt(CONTROL + CMSG_LEVEL, SOL_SOCKET);
        block.setInt(CONTROL + CMSG_TYPE, SCM_RIGHTS);
        for (int i = 0; i < descriptors.length; i++) {
            block.setInt(CONTROL + CMSG_DATA + 4 * i, descriptors[i].fd());
        }
        block.setPointer(MSG_CONTROL, block.share(CONTROL));
        block.setLong(MSG_CONTROLLEN, (length + 7) & ~7);
    }

    private void takeDescriptors(List<Descriptor> descriptors) {
        long end = block.getLong(MSG_CONTROLLEN);
        long at = 0;
        while (at + CMSG_DATA <= end) {
            long length = block.getLong(CONTROL + at + CMSG_LEN);
            if (length < CMSG_DATA || at + length > end) {
                return;
            }
            if (block.getInt(CONTROL + at + CMSG_LEVEL) == SOL_SOCKET && block.getInt(CONTROL + at + CMSG_TYPE) == SCM_RIGHTS) {
                for (long k = CMSG_DATA; k + 4 <= length; k += 4) {
                    descriptors.add(new Descriptor(block.getInt(CONTROL + at + k)));
                }
            }
            at += (length + 7) & ~7L;
        }
    }
}
