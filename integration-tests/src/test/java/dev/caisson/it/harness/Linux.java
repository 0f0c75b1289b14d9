package dev.caisson.it.harness;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** System calls that Java lacks. */
public final class Linux {

    /** Signals. */
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGKILL = 9;
    public static final int SIGUSR1 = 10;
    public static final int SIGTERM = 15;
    public static final int SIGCONT = 18;
    public static final int SIGSTOP = 19;

    private static final int O_RDWR = 2;
    private static final int O_NOCTTY = 0x100;
    private static final int O_CLOEXEC = 0x80000;
    private static final int SET_CHILD_SUBREAPER = 36;
    private static final int WNOHANG = 1;
    private static final int WEXITED = 4;
    private static final int WNOWAIT = 0x1000000;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final long TIOCSWINSZ = 0x5414;
    static final int POLLIN = 1;
    static final int POLLHUP = 16;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private static final C LIBC = Native.load("c", C.class);

    private Linux() {}

    /** The functions of libc, as they are. */
    interface C extends Library {
        int prctl(int option, long a, long b, long c, long d) throws LastErrorException;

        int kill(int pid, int signal) throws LastErrorException;

        int waitpid(int pid, int[] status, int options);

        int waitid(int kind, int id, Pointer info, int options);

        int posix_openpt(int flags) throws LastErrorException;

        int grantpt(int fd) throws LastErrorException;

        int unlockpt(int fd) throws LastErrorException;

        int ptsname_r(int fd, byte[] name, long size);

        int ioctl(int fd, long request, short[] argument) throws LastErrorException;

        int ioctl(int fd, long request, Pointer argument) throws LastErrorException;

        long read(int fd, byte[] buffer, long size) throws LastErrorException;

        long write(int fd, byte[] buffer, long size) throws LastErrorException;

        int close(int fd);

        int socket(int domain, int type, int protocol) throws LastErrorException;

        int bind(int fd, byte[] address, int size) throws LastErrorException;

        int listen(int fd, int backlog) throws LastErrorException;

        int accept4(int fd, Pointer address, Pointer size, int flags) throws LastErrorException;

        long recvmsg(int fd, Pointer message, int flags) throws LastErrorException;

        int poll(byte[] polled, long count, int millis);
    }

    static void adoptOrphans() {
        LIBC.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    }

    /** Whether a child has ended and nobody has taken note of it; it stays so. */
    static boolean hasEndedChild() {
        // siginfo_t has 128 bytes; the pid, 0 for none, is at 16 (asm-generic/siginfo.h).
        try (Memory info = new Memory(128)) {
            info.clear();
            return LIBC.waitid(0, 0, info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.getInt(16) != 0;
        }
    }

    static void reap(long pid) {
        LIBC.waitpid((int) pid, new int[1], WNOHANG);
    }

    /** Sends a signal; false where there is no such process. */
    public static boolean kill(long pid, int signal) {
        try {
            LIBC.kill((int) pid, signal);
            return true;
        } catch (LastErrorException e) {
            return false;
        }
    }

    static int openPty() {
        int fd = LIBC.posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        LIBC.grantpt(fd);
        LIBC.unlockpt(fd);
        return fd;
    }

    static Path ptyName(int fd) {
        byte[] name = new byte[64];
        LIBC.ptsname_r(fd, name, name.length);
        return Path.of(Native.toString(name));
    }

    static void resize(int fd, int rows, int columns) {
        LIBC.ioctl(fd, TIOCSWINSZ, new short[] {(short) rows, (short) columns, 0, 0});
    }

    /** Null at the end: a pty's master says EIO when nobody has its other side open. */
    static byte[] read(int fd) {
        byte[] buffer = new byte[4096];
        try {
            long length = LIBC.read(fd, buffer, buffer.length);
            return length <= 0 ? null : java.util.Arrays.copyOf(buffer, (int) length);
        } catch (LastErrorException e) {
            return null;
        }
    }

    static void write(int fd, byte[] bytes) {
        LIBC.write(fd, bytes, bytes.length);
    }

    /** Closes a descriptor that was received. */
    public static void closeDescriptor(int fd) {
        close(fd);
    }

    static void close(int fd) {
        LIBC.close(fd);
    }

    static boolean awaitReadable(int fd, int millis) {
        return poll(fd, millis) != 0;
    }

    /** What poll(2) says of a descriptor that is to be read from, 0 when the time is up: {@link #POLLIN}, {@link #POLLHUP} … */
    static int poll(int fd, int millis) {
        // struct pollfd: int fd; short events, revents
        byte[] polled = {(byte) fd, (byte) (fd >> 8), (byte) (fd >> 16), (byte) (fd >> 24), POLLIN, 0, 0, 0};
        return LIBC.poll(polled, 1, millis) == 1 ? polled[6] & 0xff | (polled[7] & 0xff) << 8 : 0;
    }

    /** An ioctl(2) with a structure; 0, or the errno. */
    static int ioctl(int fd, long request, Pointer structure) {
        try {
            LIBC.ioctl(fd, request, structure);
            return 0;
        } catch (LastErrorException e) {
            return e.getErrorCode();
        }
    }

    static int listen(Path socket) {
        int fd = LIBC.socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
        byte[] name = socket.toString().getBytes(StandardCharsets.UTF_8);
        byte[] address = new byte[110];
        address[0] = AF_UNIX;
        System.arraycopy(name, 0, address, 2, name.length);
        LIBC.bind(fd, address, address.length);
        LIBC.listen(fd, 4);
        return fd;
    }

    static int accept(int fd) {
        return LIBC.accept4(fd, null, null, 0x80000);
    }

    /**
     * Receives one descriptor, with whatever comes with it. The message header (struct msghdr of 64-bit systems) and the control message that carries it:
     *
     * <pre>
     *   msghdr:  0 name, 8 name's size, 16 iovec, 24 iovecs, 32 control, 40 control's size, 48 flags
     *   cmsghdr: 0 size, 8 level, 12 type, 16 the descriptor
     * </pre>
     */
    static int receiveDescriptor(int fd) throws IOException {
        Message message = receive(fd);
        if (message.descriptor() < 0) {
            throw new IOException("no descriptor came with the message");
        }
        return message.descriptor();
    }

    /**
     * What one recvmsg gives.
     *
     * @param descriptor the one that came along, or -1
     */
    record Message(byte[] bytes, int descriptor) {}

    /** Receives up to 4096 bytes, none at the end of the stream, and the descriptor that may come along. */
    static Message receive(int fd) {
        try (Memory data = new Memory(4096); Memory iovec = new Memory(16); Memory control = new Memory(64); Memory message = new Memory(56)) {
            message.clear();
            control.clear();
            iovec.setPointer(0, data);
            iovec.setLong(8, data.size());
            message.setPointer(16, iovec);
            message.setLong(24, 1);
            message.setPointer(32, control);
            message.setLong(40, control.size());
            int length = (int) LIBC.recvmsg(fd, message, MSG_CMSG_CLOEXEC);
            boolean carries = message.getLong(40) >= 20 && control.getInt(12) == 1;
            return new Message(data.getByteArray(0, length), carries ? control.getInt(16) : -1);
        }
    }
}
