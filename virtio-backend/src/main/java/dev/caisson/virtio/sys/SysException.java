package dev.caisson.virtio.sys;

import java.io.IOException;

/** A system call that the kernel refused: what was being done, and its answer, in one line. */
public final class SysException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param doing what was being done, as in {@code "open /dev/net/tun"}
     * @param errno the kernel's answer, one of errno.h's numbers
     */
    public SysException(String doing, int errno) {
        super(doing + ": " + Errno.text(errno));
        this.errno = errno;
    }

    /** The kernel's answer, one of errno.h's numbers. */
    public int errno() {
        return errno;
    }
}
