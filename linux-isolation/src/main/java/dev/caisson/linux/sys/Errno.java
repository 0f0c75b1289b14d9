package dev.caisson.linux.sys;

/** The errno.h numbers that Caisson tells apart, and the words for all that a caller may see (asm-generic/errno*.h). */
public final class Errno {

    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int ENOEXEC = 8;
    public static final int EBADF = 9;
    public static final int ECHILD = 10;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int EXDEV = 18;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOSYS = 38;
    public static final int ENOTEMPTY = 39;
    public static final int ELOOP = 40;
    public static final int EMSGSIZE = 90;
    public static final int EOPNOTSUPP = 95;
    public static final int ECONNRESET = 104;
    public static final int ECONNREFUSED = 111;
    public static final int ETIMEDOUT = 110;

    private Errno() {}

    /** The words that Linux tools use for {@code errno}, in lower case as Go programs print them. */
    public static String text(int errno) {
        return switch (errno) {
            case EPERM -> "operation not permitted";
            case ENOENT -> "no such file or directory";
            case ESRCH -> "no such process";
            case EINTR -> "interrupted system call";
            case EIO -> "input/output error";
            case ENXIO -> "no such device or address";
            case 7 -> "argument list too long";
            case ENOEXEC -> "exec format error";
            case EBADF -> "bad file descriptor";
            case ECHILD -> "no child processes";
            case EAGAIN -> "resource temporarily unavailable";
            case ENOMEM -> "cannot allocate memory";
            case EACCES -> "permission denied";
            case 14 -> "bad address";
            case 15 -> "block device required";
            case EBUSY -> "device or resource busy";
            case EEXIST -> "file exists";
            case EXDEV -> "invalid cross-device link";
            case ENODEV -> "no such device";
            case ENOTDIR -> "not a directory";
            case EISDIR -> "is a directory";
            case EINVAL -> "invalid argument";
            case 23 -> "too many open files in system";
            case 24 -> "too many open files";
            case 25 -> "inappropriate ioctl for device";
            case 26 -> "text file busy";
            case 27 -> "file too large";
            case ENOSPC -> "no space left on device";
            case EROFS -> "read-only file system";
            case 31 -> "too many links";
            case EPIPE -> "broken pipe";
            case 34 -> "numerical result out of range";
            case ENAMETOOLONG -> "file name too long";
            case ENOSYS -> "function not implemented";
            case ENOTEMPTY -> "directory not empty";
            case ELOOP -> "too many levels of symbolic links";
            case EMSGSIZE -> "message too long";
            case EOPNOTSUPP -> "operation not supported";
            case 98 -> "address already in use";
            case ECONNRESET -> "connection reset by peer";
            case 107 -> "transport endpoint is not connected";
            case ETIMEDOUT -> "connection timed out";
            case ECONNREFUSED -> "connection refused";
            default -> "errno " + errno;
        };
    }
}
