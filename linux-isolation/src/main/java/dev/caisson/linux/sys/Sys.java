package dev.caisson.linux.sys;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The system calls that the engine makes, with their results checked. Every descriptor is close-on-exec from birth. Stateless
 * and thread-safe. Calls interrupted by a signal are made again.
 */
public final class Sys {

    // fcntl.h
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_NOCTTY = 0400;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_NONBLOCK = 04000;
    public static final int O_PATH = 010000000;
    public static final int O_CLOEXEC = 02000000;
    /** The same on x86-64 and differing on aarch64: see {@link Arch}. */
    public static final int O_DIRECTORY = Arch.current().oDirectory();
    public static final int O_NOFOLLOW = Arch.current().oNofollow();

    // sys/file.h
    public static final int LOCK_SH = 1;
    public static final int LOCK_EX = 2;
    public static final int LOCK_NB = 4;

    // sys/socket.h, sys/un.h
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;
    private static final int SUN_PATH_LENGTH = 108;

    // linux/sockios.h
    private static final long SIOCGSKNS = 0x894C;

    // poll.h
    public static final int POLLIN = 1;

    private Sys() {}

    /**
     * open(2).
     *
     * @throws LinuxException with {@code "open PATH"} and the errno
     */
    public static Descriptor open(String path, int flags, int mode) throws LinuxException {
        int fd;
        do {
            fd = Libc.open(path, flags | O_CLOEXEC, mode);
        } while (fd < 0 && Native.getLastError() == Errno.EINTR);
        return new Descriptor(checked(fd, "open " + path));
    }

    /** read(2) into {@code buffer}: the number of bytes, 0 at the end of the file. */
    public static int read(int fd, byte[] buffer, String doing) throws LinuxException {
        long n;
        do {
            n = Libc.read(fd, buffer, buffer.length);
        } while (n < 0 && Native.getLastError() == Errno.EINTR);
        return (int) checked(n, doing);
    }

    /**
     * All that can be read from {@code fd}.
     *
     * @param limit in bytes; more is refused
     */
    public static byte[] readAll(int fd, int limit, String doing) throws LinuxException {
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        byte[] buffer = new byte[16384];
        int n;
        while ((n = read(fd, buffer, doing)) > 0) {
            all.write(buffer, 0, n);
            if (all.size() > limit) {
                throw new LinuxException(doing, 27); // EFBIG, errno.h
            }
        }
        return all.toByteArray();
    }

    /** write(2) until all of {@code bytes} is written. */
    public static void write(int fd, byte[] bytes, String doing) throws LinuxException {
        byte[] rest = bytes;
        while (rest.length > 0) {
            long n = Libc.write(fd, rest, rest.length);
            if (n < 0 && Native.getLastError() == Errno.EINTR) {
                continue;
            }
            checked(n, doing);
            rest = Arrays.copyOfRange(rest, (int) n, rest.length);
        }
    }

    /**
     * flock(2): waits for the lock, which lasts until the descriptor is closed.
     *
     * @return false if {@code operation} has {@link #LOCK_NB} and somebody else holds the lock
     */
    public static boolean flock(int fd, int operation, String doing) throws LinuxException {
        while (Libc.flock(fd, operation) < 0) {
            int errno = Native.getLastError();
            if (errno == Errno.EAGAIN && (operation & LOCK_NB) != 0) {
                return false;
            }
            if (errno != Errno.EINTR) {
                throw new LinuxException(doing, errno);
            }
        }
        return true;
    }

    /** mkfifo(3). */
    public static void mkfifo(String path, int mode) throws LinuxException {
        checked(Libc.mkfifo(path, mode), "make the fifo " + path);
    }

    /** Closes the descriptor on exec, as all are that were opened here; for one that was inherited (fcntl(2)). */
    public static void closeOnExec(int fd) throws LinuxException {
        checked(Libc.fcntl(fd, 2 /* F_SETFD */, 1 /* FD_CLOEXEC */), "close descriptor " + fd + " on exec");
    }

    /** mkdir(2). */
    public static void mkdir(String path, int mode) throws LinuxException {
        checked(Libc.mkdir(path, mode), "make the directory " + path);
    }

    /** rmdir(2). */
    public static void rmdir(String path) throws LinuxException {
        checked(Libc.rmdir(path), "remove the directory " + path);
    }

    /** The caller's effective user id. */
    public static int euid() {
        return Libc.geteuid();
    }

    /** The caller's effective group id. */
    public static int egid() {
        return Libc.getegid();
    }

    /** kill(2): signal 0 only asks whether the process is there. */
    public static void kill(int pid, int signal) throws LinuxException {
        checked(Libc.kill(pid, signal), "signal process " + pid);
    }

    /**
     * pidfd_open(2).
     *
     * @throws LinuxException with {@link Errno#ESRCH} if no such process is left
     */
    public static Descriptor pidfdOpen(int pid) throws LinuxException {
        return new Descriptor((int)
                checked(Libc.syscall(Arch.current().pidfdOpen(), pid, 0L, 0, 0, 0, 0), "open process " + pid));
    }

    /** pidfd_send_signal(2). */
    public static void pidfdSendSignal(int pidfd, int signal, String doing) throws LinuxException {
        checked(Libc.syscall(Arch.current().pidfdSendSignal(), pidfd, (long) signal, 0, 0, 0, 0), doing);
    }

    /** Whether the kernel takes flags of seccomp(SECCOMP_SET_MODE_FILTER): it looks at them first, and then for a program, of which there is none. */
    public static boolean seccompKnows(long flags) {
        return Libc.syscall(Arch.current().seccomp(), 1L, flags, 0, 0, 0, 0) == -1 && Native.getLastError() == Errno.EFAULT;
    }

    /**
     * Waits until {@code fd} can be read (a pidfd: until its process ended).
     *
     * @param timeoutMillis at most this long; negative: for ever
     * @return false when the time ran out
     */
    public static boolean awaitReadable(int fd, int timeoutMillis) throws LinuxException {
        return awaitReadable(new int[] {fd}, timeoutMillis);
    }

    /** The same for several, of which one is enough. */
    public static boolean awaitReadable(int[] fds, int timeoutMillis) throws LinuxException {
        // struct pollfd (poll.h): | int fd | short events | short revents |
        try (Memory pollfds = new Memory(8L * fds.length)) {
            long deadline = System.nanoTime() + timeoutMillis * 1_000_000L;
            int left = timeoutMillis;
            while (true) {
                for (int i = 0; i < fds.length; i++) {
                    pollfds.setInt(8L * i, fds[i]);
                    pollfds.setShort(8L * i + 4, (short) POLLIN);
                    pollfds.setShort(8L * i + 6, (short) 0);
                }
                int n = Libc.poll(pollfds, fds.length, left);
                if (n >= 0) {
                    return n > 0;
                }
                if (Native.getLastError() != Errno.EINTR) {
                    throw new LinuxException("wait for descriptor " + fds[0], Native.getLastError());
                }
                if (timeoutMillis >= 0) {
                    left = (int) Math.max(0, (deadline - System.nanoTime()) / 1_000_000L);
                }
            }
        }
    }

    /**
     * A unix stream socket that listens at {@code path}, which must not exist.
     *
     * @param backlog connections that may wait to be accepted
     */
    public static Descriptor listenUnix(String path, int backlog) throws LinuxException {
        Descriptor socket = unixSocket();
        try {
            byte[] address = unixAddress(path);
            checked(Libc.bind(socket.fd(), address, address.length), "bind the socket " + path);
            checked(Libc.listen(socket.fd(), backlog), "listen on the socket " + path);
            return socket;
        } catch (LinuxException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** A unix stream socket connected to {@code path}. */
    public static Descriptor connectUnix(String path) throws LinuxException {
        Descriptor socket = unixSocket();
        try {
            byte[] address = unixAddress(path);
            checked(Libc.connect(socket.fd(), address, address.length), "connect to the socket " + path);
            return socket;
        } catch (LinuxException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** accept4(2). */
    public static Descriptor accept(int listener) throws LinuxException {
        int fd;
        do {
            fd = Libc.accept4(listener, Pointer.NULL, Pointer.NULL, SOCK_CLOEXEC);
        } while (fd < 0 && Native.getLastError() == Errno.EINTR);
        return new Descriptor(checked(fd, "accept a connection"));
    }

    /** Who is at the other end of a unix socket (SO_PEERCRED of unix(7)), as the kernel knew it at connect or socketpair. */
    public record Peer(int pid, int uid, int gid) {}

    /** The other end's identity. */
    public static Peer peer(int socket) throws LinuxException {
        // struct ucred (sys/socket.h): | pid_t pid | uid_t uid | gid_t gid |
        byte[] ucred = new byte[12];
        int[] length = {ucred.length};
        checked(Libc.getsockopt(socket, SOL_SOCKET, SO_PEERCRED, ucred, length), "ask for the peer's identity");
        var in = java.nio.ByteBuffer.wrap(ucred).order(java.nio.ByteOrder.nativeOrder());
        return new Peer(in.getInt(), in.getInt(), in.getInt());
    }

    /** The network namespace that a socket belongs to (SIOCGSKNS of linux/sockios.h). */
    public static Descriptor networkNamespace(int socket, String doing) throws LinuxException {
        return new Descriptor(checked(Libc.ioctl(socket, SIOCGSKNS, 0), doing));
    }

    /** Gives memory that the C heap holds free back to the kernel (malloc_trim(3)). */
    public static void trimHeap() {
        Libc.malloc_trim(0);
    }

    private static Descriptor unixSocket() throws LinuxException {
        return new Descriptor(checked(Libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a unix socket"));
    }

    /** struct sockaddr_un (sys/un.h): | sa_family_t family (2 bytes) | char path[108], NUL-terminated |. */
    private static byte[] unixAddress(String path) throws LinuxException {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= SUN_PATH_LENGTH) {
            throw new LinuxException("use the socket path " + path, Errno.ENAMETOOLONG);
        }
        byte[] address = new byte[2 + SUN_PATH_LENGTH];
        java.nio.ByteBuffer.wrap(address).order(java.nio.ByteOrder.nativeOrder()).putShort((short) AF_UNIX);
        System.arraycopy(bytes, 0, address, 2, bytes.length);
        return address;
    }

    static int checked(int result, String doing) throws LinuxException {
        return (int) checked((long) result, doing);
    }

    static long checked(long result, String doing) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(doing, Native.getLastError());
        }
        return result;
    }
}
