package dev.caisson.linux.sys;

import java.io.IOException;

/** A system call that the kernel refused: what was being done, and its answer. */
public final class LinuxException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param doing what was being done, as in {@code "lock /run/caisson/web"}
     * @param errno the kernel's answer, one of errno.h's numbers
     */
    public LinuxException(String doing, int errno) {
        super(doing + ": " + Errno.text(errno));
        this.errno = errno;
    }

    /** The kernel's answer, one of errno.h's numbers. */
    public int errno() {
        return errno;
    }
}
