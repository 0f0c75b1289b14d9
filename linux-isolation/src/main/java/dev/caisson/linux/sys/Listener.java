package dev.caisson.linux.sys;

import com.sun.jna.Memory;
import com.sun.jna.Native;

/** A listening unix stream socket that can be woken. {@link #accept} belongs to one thread, the rest may come from any. */
public final class Listener implements AutoCloseable {

    // sys/socket.h
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SHUT_RDWR = 2;

    /*
     * struct pollfd[2] (poll.h): the socket, and what wakes
     *   +--------+--------+--------+
     *   | fd   0 |event 4 |revent 6|   int, short, short
     *   +--------+--------+--------+
     */
    private static final int POLLFD_SIZE = 8;
    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_REVENTS = 6;

    private final Descriptor socket;
    private final Descriptor waking;
    private final Descriptor woken;
    private final Memory pollfds = new Memory(2 * POLLFD_SIZE);
    private boolean closed;

    /** Takes over a listening socket. */
    public Listener(Descriptor socket) throws LinuxException {
        this.socket = socket;
        int[] pair = new int[2];
        Sys.checked(Libc.socketpair(AF_UNIX, SOCK_STREAM | Sys.O_CLOEXEC | Sys.O_NONBLOCK, 0, pair), "make a socket pair");
        this.woken = new Descriptor(pair[0]);
        this.waking = new Descriptor(pair[1]);
    }

    /**
     * The next connection.
     *
     * @param timeoutMillis 0 or more
     * @return null when the time ran out, or {@link #wake} was called
     */
    public Descriptor accept(int timeoutMillis) throws LinuxException {
        watch(0, socket.fd());
        watch(1, woken.fd());
        int n = Libc.poll(pollfds, 2, timeoutMillis);
        if (n < 0 && Native.getLastError() != Errno.EINTR) {
            throw new LinuxException("wait for a connection", Native.getLastError());
        }
        if (n <= 0) {
            return null;
        }
        if (pollfds.getShort(POLLFD_SIZE + POLLFD_REVENTS) != 0) {
            Libc.read(woken.fd(), new byte[64], 64);
        }
        return pollfds.getShort(POLLFD_REVENTS) == 0 ? null : Sys.accept(socket.fd());
    }

    /** Lets {@link #accept} return, now or at its next call. */
    public synchronized void wake() {
        if (!closed) {
            Libc.write(waking.fd(), new byte[1], 1); // where there is no room left, it is woken already
        }
    }

    /** Has the kernel refuse further connections (ECONNREFUSED); those in the queue can still be accepted. */
    public void refuseFurther() {
        Libc.shutdown(socket.fd(), SHUT_RDWR);
    }

    /** Closes the socket. */
    @Override
    public synchronized void close() {
        closed = true;
        socket.close();
        waking.close();
        woken.close();
        pollfds.close();
    }

    private void watch(int index, int fd) {
        pollfds.setInt(index * POLLFD_SIZE, fd);
        pollfds.setShort(index * POLLFD_SIZE + POLLFD_EVENTS, (short) Sys.POLLIN);
        pollfds.setShort(index * POLLFD_SIZE + POLLFD_REVENTS, (short) 0);
    }
}
