package dev.caisson.linux.sys;

/** A file descriptor that is owned: closed once, by whoever holds this. Not thread-safe but for {@link #close}. */
public final class Descriptor implements AutoCloseable {

    private int fd;

    /** Takes over {@code fd}, an open descriptor of this process. */
    public Descriptor(int fd) {
        if (fd < 0) {
            throw new IllegalArgumentException("not a descriptor: " + fd);
        }
        this.fd = fd;
    }

    /** The number. */
    public synchronized int fd() {
        if (fd < 0) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return fd;
    }

    /** Closes it; further calls do nothing. */
    @Override
    public synchronized void close() {
        if (fd >= 0) {
            Libc.close(fd);
            fd = -1;
        }
    }
}
