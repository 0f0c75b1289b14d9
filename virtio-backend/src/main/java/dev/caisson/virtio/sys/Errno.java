package dev.caisson.virtio.sys;

/** The numbers of errno.h that something here decides by; the same on x86-64 and aarch64. */
public final class Errno {

    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int EAGAIN = 11;
    public static final int EFAULT = 14;
    public static final int EOPNOTSUPP = 95;
    public static final int ECONNRESET = 104;

    private Errno() {}

    /** libc's words for {@code errno}. */
    public static String text(int errno) {
        return Libc.strerror(errno);
    }
}
