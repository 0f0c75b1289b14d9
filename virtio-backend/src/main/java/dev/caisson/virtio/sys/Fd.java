package dev.caisson.virtio.sys;

/** A file descriptor that is owned: closed once, by whoever holds this. {@link #close} is safe from any thread. */
public final class Fd implements AutoCloseable {

    private int number;

    /** Takes over {@code number}, an open descriptor of this process. */
    public Fd(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("not a descriptor: " + number);
        }
        this.number = number;
    }

    /**
     * The number.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public synchronized int number() {
        if (number < 0) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return number;
    }

    /** Closes it; further calls do nothing. */
    @Override
    public synchronized void close() {
        if (number >= 0) {
            Libc.close(number);
            number = -1;
        }
    }

    /** Closes all of {@code fds} that are not null. */
    public static void closeAll(Fd... fds) {
        for (Fd fd : fds) {
            if (fd != null) {
                fd.close();
            }
        }
    }
}
