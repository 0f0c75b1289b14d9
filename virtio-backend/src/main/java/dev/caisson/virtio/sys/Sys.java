package dev.caisson.virtio.sys;

import com.sun.jna.Native;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The system calls that the back-ends make. Every descriptor is close-on-exec from birth, and calls interrupted by a signal are
 * made again. Calls of a data path answer with the kernel's number, negative for an errno, and allocate nothing; the others throw.
 * Stateless and thread-safe.
 */
public final class Sys {

    // fcntl.h
    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0100;
    public static final int O_NONBLOCK = 04000;
    private static final int O_CLOEXEC = 02000000;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    public static final int F_SEAL_SHRINK = 2;

    // linux/falloc.h
    public static final int FALLOC_FL_KEEP_SIZE = 1;
    public static final int FALLOC_FL_PUNCH_HOLE = 2;
    public static final int FALLOC_FL_ZERO_RANGE = 0x10;

    // sys/mman.h
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_NORESERVE = 0x4000;
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;

    // asm-generic/ioctls.h
    private static final long FIONREAD = 0x541b;

    // sys/eventfd.h
    private static final int EFD_CLOEXEC = 02000000;
    private static final int EFD_NONBLOCK = 04000;

    // linux/stat.h
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int STATX_SIZE_OF = 256;
    private static final int STATX_MODE = 28;
    private static final int STATX_SIZE = 40;
    private static final int S_IFMT = 0170000;

    // sys/socket.h, sys/un.h
    private static final int AF_UNIX = 1;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int SUN_PATH_LENGTH = 108;

    private Sys() {}

    /** What a descriptor is open on. */
    public enum FileKind { FIFO, CHARACTER_DEVICE, BLOCK_DEVICE, REGULAR, SOCKET, OTHER }

    /**
     * What statx(2) says of a descriptor.
     *
     * @param kind what it is open on
     * @param size in bytes; 0 for anything but a regular file
     */
    public record FileStatus(FileKind kind, long size) {}

    /**
     * open(2).
     *
     * @throws SysException with {@code "open PATH"} and the errno
     */
    public static Fd open(String path, int flags) throws SysException {
        int fd;
        do {
            fd = Libc.open(path, flags | O_CLOEXEC, 0600);
        } while (interrupted(fd));
        return new Fd(checked(fd, "open " + path));
    }

    /** A further descriptor of the same open file. */
    public static Fd duplicate(int fd) throws SysException {
        return new Fd(checked(Libc.fcntl(fd, F_DUPFD_CLOEXEC, 0), "duplicate a descriptor"));
    }

    /** memfd_create(2), sealable, of {@code size} bytes. */
    public static Fd memfd(String name, long size) throws SysException {
        Fd fd = new Fd(checked(Libc.memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), "make the memory file " + name));
        try {
            truncate(fd.number(), size);
            return fd;
        } catch (SysException e) {
            fd.close();
            throw e;
        }
    }

    /** ftruncate(2). */
    public static void truncate(int fd, long size) throws SysException {
        checked(Libc.ftruncate(fd, size), "set a file's size to " + size);
    }

    /** Adds {@code seals} to a memory file. */
    public static void seal(int fd, int seals) throws SysException {
        checked(Libc.fcntl(fd, F_ADD_SEALS, seals), "seal a memory file");
    }

    /** A memory file's seals; 0 for a file that can have none. */
    public static int seals(int fd) {
        return Math.max(0, Libc.fcntl(fd, F_GET_SEALS, 0));
    }

    /** fstat(2), by way of statx(2), whose layout is the same on every architecture. */
    public static FileStatus status(int fd) throws SysException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(STATX_SIZE_OF, 8);
            checked(Libc.statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, buffer.address()), "examine a descriptor");
            FileKind kind = switch (buffer.get(ValueLayout.JAVA_SHORT, STATX_MODE) & S_IFMT) {
                case 0010000 -> FileKind.FIFO;
                case 0020000 -> FileKind.CHARACTER_DEVICE;
                case 0060000 -> FileKind.BLOCK_DEVICE;
                case 0100000 -> FileKind.REGULAR;
                case 0140000 -> FileKind.SOCKET;
                default -> FileKind.OTHER;
            };
            return new FileStatus(kind, kind == FileKind.REGULAR ? buffer.get(ValueLayout.JAVA_LONG, STATX_SIZE) : 0);
        }
    }

    /** The size of a regular file or block device in bytes: where its end is. */
    public static long sizeBySeeking(int fd) throws SysException {
        return checked(Libc.lseek(fd, 0, 2), "find a file's end");
    }

    /** Sets O_NONBLOCK on the open file. */
    public static void setNonBlocking(int fd) throws SysException {
        int flags = checked(Libc.fcntl(fd, F_GETFL, 0), "read a descriptor's flags");
        checked(Libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK), "make a descriptor non-blocking");
    }

    /** unlink(2); a path that is not there is no error. */
    public static void unlink(String path) throws SysException {
        if (Libc.unlink(path) < 0 && Native.getLastError() != Errno.ENOENT) {
            throw new SysException("remove " + path, Native.getLastError());
        }
    }

    /** ioctl(2): the kernel's number, negative for an errno. */
    public static int ioctl(int fd, long request, long argument) {
        int result;
        do {
            result = Libc.ioctl(fd, request, argument);
        } while (interrupted(result));
        return result < 0 ? -Native.getLastError() : result;
    }

    /** Whether a socket, pipe or terminal has bytes to be read. */
    public static boolean hasInput(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            return ioctl(fd, FIONREAD, count.address()) >= 0 && count.get(ValueLayout.JAVA_INT, 0) > 0;
        }
    }

    /**
     * Maps a file shared, readable and writable, at an address of the kernel's choice.
     *
     * @param offset in bytes, a multiple of the page size
     * @return the address
     */
    public static long map(int fd, long offset, long length, String doing) throws SysException {
        return checked(Libc.mmap(0, length, PROT_READ_WRITE, MAP_SHARED | MAP_NORESERVE, fd, offset), doing);
    }

    /** munmap(2) of a whole mapping that {@link #map} made. */
    public static void unmap(long address, long length) {
        Libc.munmap(address, length);
    }

    /** A non-blocking eventfd(2) whose counter is 0. */
    public static Fd eventfd() throws SysException {
        return new Fd(checked(Libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd"));
    }

    static Fd epoll() throws SysException {
        return new Fd(checked(Libc.epoll_create1(O_CLOEXEC), "make an epoll instance"));
    }

    static void epollControl(int epoll, int operation, int fd, long event, String doing) throws SysException {
        checked(Libc.epoll_ctl(epoll, operation, fd, event), doing);
    }

    static int epollWait(int epoll, long events, int count, int timeoutMillis) {
        int n = Libc.epoll_wait(epoll, events, count, timeoutMillis);
        return n < 0 ? -Native.getLastError() : n;
    }

    /** read(2) to an address: the number of bytes, 0 at the end, negative for an errno. */
    public static long read(int fd, long address, long count) {
        long n;
        do {
            n = Libc.read(fd, address, count);
        } while (interrupted(n));
        return n < 0 ? -Native.getLastError() : n;
    }

    /** write(2) from an address: the number of bytes, negative for an errno. */
    public static long write(int fd, long address, long count) {
        long n;
        do {
            n = Libc.write(fd, address, count);
        } while (interrupted(n));
        return n < 0 ? -Native.getLastError() : n;
    }

    /** readv(2): the number of bytes, 0 at the end, negative for an errno. */
    public static long readv(int fd, long vector, int count) {
        long n;
        do {
            n = Libc.readv(fd, vector, count);
        } while (interrupted(n));
        return n < 0 ? -Native.getLastError() : n;
    }

    /** writev(2): the number of bytes, negative for an errno. */
    public static long writev(int fd, long vector, int count) {
        long n;
        do {
            n = Libc.writev(fd, vector, count);
        } while (interrupted(n));
        return n < 0 ? -Native.getLastError() : n;
    }

    /** preadv(2): the number of bytes, 0 at the end, negative for an errno. */
    public static long preadv(int fd, long vector, int count, long position) {
        long n;
        do {
            n = Libc.preadv(fd, vector, count, position);
        } while (interrupted(n));
        return n < 0 ? -Native.getLastError() : n;
    }

    /** pwritev(2): the number of bytes, negative for an errno. */
    public static long pwritev(int fd, long vector, int count, long position) {
        long n;
        do {
            n = Libc.pwritev(fd, vector, count, position);
        } while (interrupted(n));
        return n < 0 ? -Native.getLastError() : n;
    }

    /** fdatasync(2): 0, or a negative errno. */
    public static int dataSync(int fd) {
        int result;
        do {
            result = Libc.fdatasync(fd);
        } while (interrupted(result));
        return result < 0 ? -Native.getLastError() : 0;
    }

    /** fallocate(2): 0, or a negative errno. */
    public static int fallocate(int fd, int mode, long position, long length) {
        int result;
        do {
            result = Libc.fallocate(fd, mode, position, length);
        } while (interrupted(result));
        return result < 0 ? -Native.getLastError() : 0;
    }

    /** getrandom(2) to an address: the number of bytes, negative for an errno. */
    public static long random(long address, long length) {
        long n;
        do {
            n = Libc.getrandom(address, length, 0);
        } while (interrupted(n));
        return n < 0 ? -Native.getLastError() : n;
    }

    /** A pair of connected unix sockets of {@code type} (SOCK_STREAM or SOCK_DGRAM). */
    public static Fd[] socketPair(int type) throws SysException {
        int[] pair = new int[2];
        checked(Libc.socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), "make a pair of sockets");
        return new Fd[] {new Fd(pair[0]), new Fd(pair[1])};
    }

    /**
     * A unix stream socket that listens at {@code path}, which must not be there yet.
     *
     * @throws SysException if the path is too long (107 bytes at most) or there already, or its folder is not writable
     */
    public static Fd listen(String path) throws SysException {
        Fd socket = new Fd(checked(Libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
        try {
            byte[] address = unixAddress(path, "listen at " + path);
            checked(Libc.bind(socket.number(), address, address.length), "listen at " + path);
            checked(Libc.listen(socket.number(), 16), "listen at " + path);
            return socket;
        } catch (SysException e) {
            socket.close();
            throw e;
        }
    }

    /** A unix socket of {@code type}, connected to {@code path}. */
    public static Fd connect(String path, int type) throws SysException {
        Fd socket = new Fd(checked(Libc.socket(AF_UNIX, type | SOCK_CLOEXEC, 0), "make a socket"));
        try {
            byte[] address = unixAddress(path, "connect to " + path);
            checked(Libc.connect(socket.number(), address, address.length), "connect to " + path);
            return socket;
        } catch (SysException e) {
            socket.close();
            throw e;
        }
    }

    /** Waits for a connection. */
    public static Fd accept(int listener) throws SysException {
        int fd;
        do {
            fd = Libc.accept4(listener, 0, 0, SOCK_CLOEXEC);
        } while (interrupted(fd));
        return new Fd(checked(fd, "accept a connection"));
    }

    /** shutdown(2), what {@code how} says: 0 receiving, 1 sending, 2 both; whoever waits on the socket wakes. */
    public static void shutdown(int fd, int how) {
        Libc.shutdown(fd, how);
    }

    /** sendmsg(2) of the msghdr at an address: the number of bytes, negative for an errno. */
    static long sendMessage(int fd, long message, int flags) {
        long n;
        do {
            n = Libc.sendmsg(fd, message, flags);
        } while (interrupted(n));
        return n < 0 ? -Native.getLastError() : n;
    }

    /** recvmsg(2) into the msghdr at an address: the number of bytes, negative for an errno. */
    static long receiveMessage(int fd, long message, int flags) {
        long n;
        do {
            n = Libc.recvmsg(fd, message, flags);
        } while (interrupted(n));
        return n < 0 ? -Native.getLastError() : n;
    }

    private static byte[] unixAddress(String path, String doing) throws SysException {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length >= SUN_PATH_LENGTH) {
            throw new SysException(doing, 36);   // ENAMETOOLONG
        }
        byte[] address = Arrays.copyOf(new byte[] {AF_UNIX, 0}, 2 + name.length + 1);
        System.arraycopy(name, 0, address, 2, name.length);
        return address;
    }

    private static boolean interrupted(long result) {
        return result < 0 && Native.getLastError() == Errno.EINTR;
    }

    private static int checked(int result, String doing) throws SysException {
        return (int) checked((long) result, doing);
    }

    private static long checked(long result, String doing) throws SysException {
        if (result == -1) {
            throw new SysException(doing, Native.getLastError());
        }
        return result;
    }
}
