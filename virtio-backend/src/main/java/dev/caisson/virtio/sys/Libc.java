package dev.caisson.virtio.sys;

import com.sun.jna.Native;

/**
 * libc, direct-mapped by JNA. Raw: {@link Sys} checks the results. Addresses are plain {@code long}s, so that a call on a data
 * path allocates nothing; what lies behind them is touched through {@link java.lang.foreign.MemorySegment} alone.
 */
final class Libc {

    static {
        Native.register(Libc.class, "c");
    }

    private Libc() {}

    static native int open(String path, int flags, int mode);

    static native int close(int fd);

    static native long read(int fd, long address, long count);

    static native long write(int fd, long address, long count);

    static native long readv(int fd, long vector, int count);

    static native long writev(int fd, long vector, int count);

    static native long preadv(int fd, long vector, int count, long position);

    static native long pwritev(int fd, long vector, int count, long position);

    static native int fdatasync(int fd);

    static native int fallocate(int fd, int mode, long position, long length);

    static native int ftruncate(int fd, long length);

    static native long lseek(int fd, long offset, int whence);

    static native int statx(int dirfd, String path, int flags, int mask, long buffer);

    static native int fcntl(int fd, int command, long argument);

    static native int ioctl(int fd, long request, long argument);

    static native int unlink(String path);

    static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    static native int munmap(long address, long length);

    static native int memfd_create(String name, int flags);

    static native int eventfd(int initial, int flags);

    static native int epoll_create1(int flags);

    static native int epoll_ctl(int epoll, int operation, int fd, long event);

    static native int epoll_wait(int epoll, long events, int count, int timeoutMillis);

    static native long getrandom(long address, long length, int flags);

    static native int socket(int domain, int type, int protocol);

    static native int socketpair(int domain, int type, int protocol, int[] pair);

    static native int bind(int fd, byte[] address, int length);

    static native int listen(int fd, int backlog);

    static native int connect(int fd, byte[] address, int length);

    static native int accept4(int fd, long address, long length, int flags);

    static native int shutdown(int fd, int how);

    static native long sendmsg(int fd, long message, int flags);

    static native long recvmsg(int fd, long message, int flags);

    static native String strerror(int errno);
}
