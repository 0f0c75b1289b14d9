package dev.caisson.virtio.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The eight bytes that wake whoever waits on an eventfd or on the pipe that stands for one. Allocates nothing; thread-safe. */
public final class Wake {

    private static final MemorySegment ONE = Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1L);
    private static final MemorySegment READ = Arena.global().allocate(64, 8);

    private Wake() {}

    /** Adds one to the eventfd: 0, or a negative errno. A counter that is full has woken already: EAGAIN counts as done. */
    public static int send(int fd) {
        long n = Sys.write(fd, ONE.address(), Long.BYTES);
        return n < 0 && n != -Errno.EAGAIN ? (int) n : 0;
    }

    /** Takes what is there without waiting, from a descriptor that is non-blocking. What was read is of no interest to anyone. */
    public static void take(int fd) {
        Sys.read(fd, READ.address(), Long.BYTES);
    }
}
