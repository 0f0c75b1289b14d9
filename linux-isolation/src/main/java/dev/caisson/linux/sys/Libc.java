package dev.caisson.linux.sys;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** libc, direct-mapped by JNA. Raw: {@link Sys} checks the results. */
final class Libc {

    static {
        Native.register(Libc.class, "c");
    }

    private Libc() {}

    static native int open(String path, int flags, int mode);

    static native int openat(int dirfd, String path, int flags, int mode);

    static native int close(int fd);

    static native long read(int fd, byte[] into, long count);

    static native long write(int fd, byte[] from, long count);

    static native int dup3(int from, int to, int flags);

    static native int fcntl(int fd, int command, long argument);

    static native int flock(int fd, int operation);

    static native int mkfifo(String path, int mode);

    static native int mkdir(String path, int mode);

    static native int rmdir(String path);

    static native int kill(int pid, int signal);

    static native int geteuid();

    static native int getegid();

    static native int socket(int domain, int type, int protocol);

    static native int socketpair(int domain, int type, int protocol, int[] pair);

    static native int bind(int fd, byte[] address, int length);

    static native int listen(int fd, int backlog);

    static native int connect(int fd, byte[] address, int length);

    static native int accept4(int fd, Pointer address, Pointer length, int flags);

    static native int getsockopt(int fd, int level, int name, byte[] value, int[] length);

    static native int shutdown(int fd, int how);

    static native long sendmsg(int fd, Pointer message, int flags);

    static native long recvmsg(int fd, Pointer message, int flags);

    static native int poll(Pointer fds, long count, int timeoutMillis);

    static native int epoll_create1(int flags);

    static native int epoll_ctl(int epoll, int operation, int fd, Pointer event);

    static native int epoll_wait(int epoll, Pointer events, int max, int timeoutMillis);

    static native int setsid();

    static native int malloc_trim(long pad);

    static native long syscall(long number, long a, long b, long c, long d, long e, long f);

    static native long syscall(long number, long a, Pointer b, long c, long d, long e, long f);
}
