package dev.caisson.cli.engine;

import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.MessageSocket;
import dev.caisson.linux.sys.Sys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The engine's end of a connection to a front. Belongs to one thread; {@link #interrupt} may come from any. */
final class Connection implements Front, AutoCloseable {

    private static final int REPORT_SIZE = 24 + 8 * Register.COUNT;
    private static final int FD_SIZE = 8;
    private static final int SMALL = 2048;
    private static final int FIRST_ROOM = 64 * 1024;
    private static final long NO_DEADLINE = Long.MIN_VALUE;

    private final MessageSocket socket;
    private final byte[] small = new byte[SMALL];
    private final List<Descriptor> descriptors = new ArrayList<>(1);
    private int type;
    private int length;
    private String program = "caisson";

    /** Takes over a connected socket. */
    Connection(Descriptor socket) {
        this(new MessageSocket(socket));
    }

    /** Takes over a connected socket. */
    Connection(MessageSocket socket) {
        this.socket = socket;
    }

    /** Who is at the other end. */
    Sys.Peer peer() throws LinuxException {
        return socket.peer();
    }

    /**
     * The invocation that begins each connection.
     *
     * @param timeoutMillis how long all of it may take
     * @return null if the front hung up without a word, or said nothing in time
     * @throws MalformedFrameException if something else came
     */
    InvokeFrame receiveInvoke(int timeoutMillis) throws LinuxException, MalformedFrameException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000L;
        byte[] head = new byte[Frames.HEADER];
        if (!receive(head, 0, Frames.HEADER, deadline)) {
            return null;
        }
        takeHead(head, Frames.INVOKE);
        // Room grows with what comes, so that a length alone can't make us reserve memory.
        byte[] bytes = new byte[Math.min(length, FIRST_ROOM)];
        int have = 0;
        while (have < length) {
            if (have == bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.min(length, 2 * bytes.length));
            }
            if (!receive(bytes, have, bytes.length - have, deadline)) {
                return null;
            }
            have = bytes.length;
        }
        expectNoDescriptors();
        InvokeFrame invoke = InvokeFrame.parse(bytes);
        if (!invoke.arguments().isEmpty()) {
            program = invoke.arguments().getFirst();
        }
        return invoke;
    }

    /** Sends the front to another engine; only before anything else was sent. */
    void refuse(String why) throws FrontLostException {
        byte[] text = why.getBytes(StandardCharsets.UTF_8);
        send(Frames.REFUSE, frame(text.length, 0, text), text.length);
    }

    /** Ends the front with an exit code, 0 to 255. */
    void exit(int code) throws FrontLostException {
        byte[] bytes = frame(4, 0, null);
        Bytes.putInt(bytes, Frames.HEADER, code);
        send(Frames.EXIT, bytes, 4);
    }

    @Override
    public Report execute(LaunchPlan plan, Descriptor... passed) throws FrontLostException {
        byte[] encoded = plan.encode();
        send(Frames.PLAN, frame(encoded.length, 0, encoded), encoded.length, passed);
        byte[] bytes = answer(Frames.REPORT, REPORT_SIZE);
        if (!descriptors.isEmpty()) {
            closeDescriptors();
            throw new FrontLostException("the front sent a descriptor with a report");
        }
        long[] registers = new long[Register.COUNT];
        for (int i = 0; i < registers.length; i++) {
            registers[i] = Bytes.getLong(bytes, 24 + 8 * i);
        }
        return new Report(Bytes.getInt(bytes, 0) == 0, Bytes.getInt(bytes, 4), Bytes.getInt(bytes, 8), Bytes.getInt(bytes, 12),
                Bytes.getInt(bytes, 16) != 0, registers);
    }

    @Override
    public void undoWith(List<String> arguments) throws FrontLostException {
        StringBuilder strings = new StringBuilder();
        if (!arguments.isEmpty()) {
            strings.append(program).append('\0');
            for (String argument : arguments) {
                strings.append(argument).append('\0');
            }
        }
        byte[] text = strings.toString().getBytes(StandardCharsets.UTF_8);
        byte[] bytes = frame(8 + text.length, 8, text);
        Bytes.putInt(bytes, Frames.HEADER, arguments.isEmpty() ? 0 : arguments.size() + 1);
        Bytes.putInt(bytes, Frames.HEADER + 4, 0);
        send(Frames.UNDO, bytes, 8 + text.length);
    }

    @Override
    public Descriptor give(int fd) throws LinuxException, FrontLostException {
        byte[] bytes = frame(4, 0, null);
        Bytes.putInt(bytes, Frames.HEADER, fd);
        send(Frames.GIVE_FD, bytes, 4);
        byte[] answer = answer(Frames.FD, FD_SIZE);
        int errno = Bytes.getInt(answer, 0);
        if (descriptors.size() != (errno == 0 ? 1 : 0)) {
            closeDescriptors();
            throw new FrontLostException("the front sent " + descriptors.size() + " descriptors for one");
        }
        if (errno != 0) {
            throw new LinuxException("take over descriptor " + fd, errno);
        }
        return descriptors.removeFirst();
    }

    @Override
    public void write(int fd, byte[] text) throws FrontLostException {
        int done = 0;
        do {
            int chunk = Math.min(text.length - done, Frames.LIMIT - 4);
            byte[] bytes = frame(4 + chunk, 4, null);
            Bytes.putInt(bytes, Frames.HEADER, fd);
            System.arraycopy(text, done, bytes, Frames.HEADER + 4, chunk);
            send(Frames.WRITE, bytes, 4 + chunk);
            done += chunk;
        } while (done < text.length);
    }

    /** Ends the conversation, whatever it is at. */
    void interrupt() {
        socket.interrupt();
    }

    @Override
    public void close() {
        closeDescriptors();
        socket.close();
    }

    /** Room for a frame of {@code size} bytes, with {@code text}, if any, after the first {@code skip} of them. */
    private byte[] frame(int size, int skip, byte[] text) {
        byte[] bytes = Frames.HEADER + size <= SMALL ? small : new byte[Frames.HEADER + size];
        if (text != null) {
            System.arraycopy(text, 0, bytes, Frames.HEADER + skip, text.length);
        }
        return bytes;
    }

    private void send(int frameType, byte[] bytes, int size, Descriptor... passed) throws FrontLostException {
        if (size > Frames.LIMIT) {
            throw new IllegalArgumentException("a frame of " + size + " bytes");
        }
        Bytes.putInt(bytes, 0, frameType);
        Bytes.putInt(bytes, 4, size);
        try {
            socket.send(bytes, 0, Frames.HEADER + size, passed);
        } catch (LinuxException e) {
            throw lost(e);
        }
    }

    /** The frame of this type and size that the front owes us, in {@link #small}, with its {@link #descriptors}. */
    private byte[] answer(int expected, int size) throws FrontLostException {
        try {
            if (!receive(small, 0, Frames.HEADER, NO_DEADLINE)) {
                throw new FrontLostException("the front ended");
            }
            takeHead(small, expected);
            if (length != size) {
                throw new MalformedFrameException("a frame of " + Integer.toUnsignedString(length) + " bytes instead of " + size);
            }
            if (!receive(small, 0, size, NO_DEADLINE)) {
                throw new FrontLostException("the front ended");
            }
            return small;
        } catch (LinuxException e) {
            throw lost(e);
        } catch (MalformedFrameException e) {
            throw new FrontLostException("the front sent " + e.getMessage(), e);
        }
    }

    private void takeHead(byte[] head, int expected) throws MalformedFrameException {
        type = Bytes.getInt(head, 0);
        length = Bytes.getInt(head, 4);
        if (type != expected) {
            throw new MalformedFrameException("a frame of type " + Integer.toUnsignedString(type) + " instead of " + expected);
        }
        if (length < 0 || length > Frames.LIMIT) {
            throw new MalformedFrameException("a frame of " + Integer.toUnsignedString(length) + " bytes");
        }
    }

    private void expectNoDescriptors() throws MalformedFrameException {
        if (!descriptors.isEmpty()) {
            closeDescriptors();
            throw new MalformedFrameException("a descriptor where none belongs");
        }
    }

    /**
     * Receives exactly {@code size} bytes, and the descriptor that may come with them.
     *
     * @param deadline of System.nanoTime, or {@link #NO_DEADLINE}
     * @return false at the end of the stream, or of the time
     */
    private boolean receive(byte[] into, int offset, int size, long deadline) throws LinuxException {
        int have = 0;
        while (have < size) {
            if (deadline != NO_DEADLINE) {
                long left = deadline - System.nanoTime();
                if (left <= 0 || !socket.awaitReadable((int) (left / 1_000_000) + 1)) {
                    return false;
                }
            }
            int n = socket.receive(into, offset + have, size - have, descriptors);
            if (descriptors.size() > 1) {
                closeDescriptors();
                throw new LinuxException("receive a descriptor", Errno.EMSGSIZE);
            }
            if (n == 0) {
                return false;
            }
            have += n;
        }
        return true;
    }

    private void closeDescriptors() {
        for (Descriptor descriptor : descriptors) {
            descriptor.close();
        }
        descriptors.clear();
    }

    private static FrontLostException lost(LinuxException e) {
        boolean gone = e.errno() == Errno.EPIPE || e.errno() == Errno.ECONNRESET;
        return new FrontLostException(gone ? "the front ended" : e.getMessage(), e);
    }
}
