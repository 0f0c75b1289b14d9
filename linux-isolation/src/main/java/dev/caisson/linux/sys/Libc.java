package dev.caisson.linux.sys;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * libc, raw: {@link Sys} checks the results.
 *
 * <p>Not direct-mapped: that saves a microsecond a call, but before the first one JNA describes its types by reflection, which costs
 * an engine that serves a single command 30 to 50 ms of processor time.
 */
final class Libc {

    /** The process itself: the JVM is linked with libc, so nothing has to be searched. */
    private static final NativeLibrary C = NativeLibrary.getProcess();

    private static final Function OPEN = C.getFunction("open");
    private static final Function OPENAT = C.getFunction("openat");
    private static final Function CLOSE = C.getFunction("close");
    private static final Function READ = C.getFunction("read");
    private static final Function WRITE = C.getFunction("write");
    private static final Function DUP3 = C.getFunction("dup3");
    private static final Function FCNTL = C.getFunction("fcntl");
    private static final Function IOCTL = C.getFunction("ioctl");
    private static final Function FLOCK = C.getFunction("flock");
    private static final Function MKFIFO = C.getFunction("mkfifo");
    private static final Function MKDIR = C.getFunction("mkdir");
    private static final Function RMDIR = C.getFunction("rmdir");
    private static final Function KILL = C.getFunction("kill");
    private static final Function GETEUID = C.getFunction("geteuid");
    private static final Function GETEGID = C.getFunction("getegid");
    private static final Function SOCKET = C.getFunction("socket");
    private static final Function SOCKETPAIR = C.getFunction("socketpair");
    private static final Function BIND = C.getFunction("bind");
    private static final Function LISTEN = C.getFunction("listen");
    private static final Function CONNECT = C.getFunction("connect");
    private static final Function ACCEPT4 = C.getFunction("accept4");
    private static final Function GETSOCKOPT = C.getFunction("getsockopt");
    private static final Function SHUTDOWN = C.getFunction("shutdown");
    private static final Function SENDMSG = C.getFunction("sendmsg");
    private static final Function RECVMSG = C.getFunction("recvmsg");
    private static final Function POLL = C.getFunction("poll");
    private static final Function EPOLL_CREATE1 = C.getFunction("epoll_create1");
    private static final Function EPOLL_CTL = C.getFunction("epoll_ctl");
    private static final Function EPOLL_WAIT = C.getFunction("epoll_wait");
    private static final Function SETSID = C.getFunction("setsid");
    private static final Function MALLOC_TRIM = C.getFunction("malloc_trim");
    private static final Function SYSCALL = C.getFunction("syscall");

    private Libc() {}

    static int open(String path, int flags, int mode) {
        return OPEN.invokeInt(new Object[] {text(path), flags, mode});
    }

    static int openat(int dirfd, String path, int flags, int mode) {
        return OPENAT.invokeInt(new Object[] {dirfd, text(path), flags, mode});
    }

    static int close(int fd) {
        return CLOSE.invokeInt(new Object[] {fd});
    }

    static long read(int fd, byte[] into, long count) {
        return READ.invokeLong(new Object[] {fd, into, count});
    }

    static long write(int fd, byte[] from, long count) {
        return WRITE.invokeLong(new Object[] {fd, from, count});
    }

    static int dup3(int from, int to, int flags) {
        return DUP3.invokeInt(new Object[] {from, to, flags});
    }

    static int fcntl(int fd, int command, long argument) {
        return FCNTL.invokeInt(new Object[] {fd, command, argument});
    }

    static int ioctl(int fd, long request, long argument) {
        return IOCTL.invokeInt(new Object[] {fd, request, argument});
    }

    static int flock(int fd, int operation) {
        return FLOCK.invokeInt(new Object[] {fd, operation});
    }

    static int mkfifo(String path, int mode) {
        return MKFIFO.invokeInt(new Object[] {text(path), mode});
    }

    static int mkdir(String path, int mode) {
        return MKDIR.invokeInt(new Object[] {text(path), mode});
    }

    static int rmdir(String path) {
        return RMDIR.invokeInt(new Object[] {text(path)});
    }

    static int kill(int pid, int signal) {
        return KILL.invokeInt(new Object[] {pid, signal});
    }

    static int geteuid() {
        return GETEUID.invokeInt(new Object[] {});
    }

    static int getegid() {
        return GETEGID.invokeInt(new Object[] {});
    }

    static int socket(int domain, int type, int protocol) {
        return SOCKET.invokeInt(new Object[] {domain, type, protocol});
    }

    static int socketpair(int domain, int type, int protocol, int[] pair) {
        return SOCKETPAIR.invokeInt(new Object[] {domain, type, protocol, pair});
    }

    static int bind(int fd, byte[] address, int length) {
        return BIND.invokeInt(new Object[] {fd, address, length});
    }

    static int listen(int fd, int backlog) {
        return LISTEN.invokeInt(new Object[] {fd, backlog});
    }

    static int connect(int fd, byte[] address, int length) {
        return CONNECT.invokeInt(new Object[] {fd, address, length});
    }

    static int accept4(int fd, Pointer address, Pointer length, int flags) {
        return ACCEPT4.invokeInt(new Object[] {fd, address, length, flags});
    }

    static int getsockopt(int fd, int level, int name, byte[] value, int[] length) {
        return GETSOCKOPT.invokeInt(new Object[] {fd, level, name, value, length});
    }

    static int shutdown(int fd, int how) {
        return SHUTDOWN.invokeInt(new Object[] {fd, how});
    }

    static long sendmsg(int fd, Pointer message, int flags) {
        return SENDMSG.invokeLong(new Object[] {fd, message, flags});
    }

    static long recvmsg(int fd, Pointer message, int flags) {
        return RECVMSG.invokeLong(new Object[] {fd, message, flags});
    }

    static int poll(Pointer fds, long count, int timeoutMillis) {
        return POLL.invokeInt(new Object[] {fds, count, timeoutMillis});
    }

    static int epoll_create1(int flags) {
        return EPOLL_CREATE1.invokeInt(new Object[] {flags});
    }

    static int epoll_ctl(int epoll, int operation, int fd, Pointer event) {
        return EPOLL_CTL.invokeInt(new Object[] {epoll, operation, fd, event});
    }

    static int epoll_wait(int epoll, Pointer events, int max, int timeoutMillis) {
        return EPOLL_WAIT.invokeInt(new Object[] {epoll, events, max, timeoutMillis});
    }

    static int setsid() {
        return SETSID.invokeInt(new Object[] {});
    }

    static int malloc_trim(long pad) {
        return MALLOC_TRIM.invokeInt(new Object[] {pad});
    }

    static long syscall(long number, long a, long b, long c, long d, long e, long f) {
        return SYSCALL.invokeLong(new Object[] {number, a, b, c, d, e, f});
    }

    static long syscall(long number, long a, Pointer b, long c, long d, long e, long f) {
        return SYSCALL.invokeLong(new Object[] {number, a, b, c, d, e, f});
    }

    /** With a NUL at its end. A String would be copied into memory that a thread of JNA's has to free. */
    private static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }
}
