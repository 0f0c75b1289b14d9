package dev.caisson.cli.engine;

import dev.caisson.cli.engine.InvokeFrame.World;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.MessageSocket;
import dev.caisson.linux.sys.Sys;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A front that runs no plans but answers as told: for tests of the server, and of verbs from their words to their exit codes.
 * Belongs to one thread.
 */
public final class FakeFront implements AutoCloseable {

    static final Build BUILD = new Build("0.1.0", "test");
    static final World WORLD = new World(1, 2, 3, 4, 5, 6);

    /** What a plan comes to. */
    @FunctionalInterface
    public interface PlanRunner {

        /** @param plan as it is encoded; @param descriptors those that came with it, closed afterwards */
        Report run(byte[] plan, List<Descriptor> descriptors);
    }

    /**
     * What came of an invocation.
     *
     * @param exitCode null if the engine hung up without one
     * @param out      what was written to standard output
     * @param err      what was written to standard error
     * @param refusal  why the engine refused, or null
     * @param plans    the plans it sent
     * @param undo     what it last wanted done in case it is lost; empty for nothing
     */
    public record Result(Integer exitCode, String out, String err, String refusal, List<byte[]> plans, List<String> undo) {}

    private final MessageSocket socket;
    private final Map<Integer, Path> files = new LinkedHashMap<>();
    private PlanRunner runner = (plan, descriptors) -> done();

    FakeFront(MessageSocket socket) {
        this.socket = socket;
    }

    static FakeFront connect(Path path) throws LinuxException {
        return new FakeFront(new MessageSocket(Sys.connectUnix(path.toString())));
    }

    /** Runs a command of {@code commands}, as an engine would for this process, and gives what a caller saw. */
    public static Result run(CommandHandler commands, Path cwd, Map<String, String> environment, PlanRunner runner, String... words)
            throws LinuxException, InterruptedException {
        MessageSocket[] pair = MessageSocket.pair();
        try (FakeFront front = new FakeFront(pair[1]); Connection connection = new Connection(pair[0])) {
            front.runner = runner;
            front.invoke(invocation(cwd, environment, words));
            Thread engine = Thread.ofPlatform().start(() -> new Session(commands, BUILD, WORLD, EngineLog.NONE).serve(connection));
            Result result = front.await();
            engine.join();
            return result;
        }
    }

    /** A report that all went well. */
    public static Report done() {
        long[] registers = new long[Register.COUNT];
        Arrays.fill(registers, -1);
        return new Report(true, 0, 0, 0, false, registers);
    }

    static InvokeFrame invocation(Path cwd, Map<String, String> environment, String... words) {
        List<String> arguments = new ArrayList<>(List.of("caisson"));
        arguments.addAll(List.of(words));
        return new InvokeFrame(Frames.PROTOCOL_VERSION, 022, Sys.euid(), Sys.egid(), WORLD, BUILD.id(), "/opt/caisson", cwd.toString(),
                arguments, environment);
    }

    static InvokeFrame invocation(String... words) {
        return invocation(Path.of("/"), Map.of(), words);
    }

    /** Has a file stand for one of the front's descriptors. */
    void open(int fd, Path file) {
        files.put(fd, file);
    }

    void onPlan(PlanRunner answers) {
        runner = answers;
    }

    void invoke(InvokeFrame invoke) throws LinuxException {
        send(Frames.INVOKE, invoke.encode());
    }

    void send(int type, byte[] bytes, Descriptor... descriptors) throws LinuxException {
        byte[] frame = new byte[Frames.HEADER + bytes.length];
        Bytes.putInt(frame, 0, type);
        Bytes.putInt(frame, 4, bytes.length);
        System.arraycopy(bytes, 0, frame, Frames.HEADER, bytes.length);
        sendRaw(frame, descriptors);
    }

    void sendRaw(byte[] bytes, Descriptor... descriptors) throws LinuxException {
        socket.send(bytes, 0, bytes.length, descriptors);
    }

    /** Does what the engine says, until it ends. */
    Result await() throws LinuxException {
        ByteArrayOutputStream[] written = {new ByteArrayOutputStream(), new ByteArrayOutputStream(), new ByteArrayOutputStream()};
        List<byte[]> plans = new ArrayList<>();
        List<String> undo = List.of();
        String refusal = null;
        Integer exitCode = null;
        while (exitCode == null && refusal == null) {
            List<Descriptor> descriptors = new ArrayList<>();
            byte[] head = receive(Frames.HEADER, descriptors);
            if (head == null) {
                break;
            }
            byte[] bytes = receive(Bytes.getInt(head, 4), descriptors);
            if (bytes == null) {
                break;
            }
            switch (Bytes.getInt(head, 0)) {
                case Frames.REFUSE -> refusal = new String(bytes, StandardCharsets.UTF_8);
                case Frames.WRITE -> written[Bytes.getInt(bytes, 0)].write(bytes, 4, bytes.length - 4);
                case Frames.EXIT -> exitCode = Bytes.getInt(bytes, 0);
                case Frames.UNDO -> undo = strings(bytes);
                case Frames.GIVE_FD -> give(Bytes.getInt(bytes, 0));
                case Frames.PLAN -> {
                    plans.add(bytes);
                    report(runner.run(bytes, descriptors));
                }
                default -> throw new AssertionError("an engine sent a frame of type " + Bytes.getInt(head, 0));
            }
            descriptors.forEach(Descriptor::close);
        }
        return new Result(exitCode, written[1].toString(StandardCharsets.UTF_8), written[2].toString(StandardCharsets.UTF_8), refusal,
                plans, undo);
    }

    static byte[] encode(Report report) {
        byte[] bytes = new byte[24 + 8 * Register.COUNT];
        Bytes.putInt(bytes, 0, report.done() ? 0 : -1);
        Bytes.putInt(bytes, 4, report.operation());
        Bytes.putInt(bytes, 8, report.errno());
        Bytes.putInt(bytes, 12, report.detail());
        Bytes.putInt(bytes, 16, report.inChild() ? 1 : 0);
        for (int i = 0; i < Register.COUNT; i++) {
            Bytes.putLong(bytes, 24 + 8 * i, report.registers()[i]);
        }
        return bytes;
    }

    private void report(Report report) throws LinuxException {
        send(Frames.REPORT, encode(report));
    }

    private void give(int fd) throws LinuxException {
        byte[] bytes = new byte[8];
        Path file = files.get(fd);
        if (file == null) {
            Bytes.putInt(bytes, 0, Errno.EBADF);
            send(Frames.FD, bytes);
            return;
        }
        try (Descriptor descriptor = Sys.open(file.toString(), Sys.O_RDWR | Sys.O_APPEND, 0)) {
            send(Frames.FD, bytes, descriptor);
        }
    }

    private static List<String> strings(byte[] bytes) {
        List<String> strings = new ArrayList<>();
        int at = 8;
        for (int i = 0; i < Bytes.getInt(bytes, 0); i++) {
            int end = at;
            while (bytes[end] != 0) {
                end++;
            }
            strings.add(new String(bytes, at, end - at, StandardCharsets.UTF_8));
            at = end + 1;
        }
        return strings;
    }

    private byte[] receive(int length, List<Descriptor> descriptors) throws LinuxException {
        byte[] bytes = new byte[length];
        int have = 0;
        while (have < length) {
            int n;
            try {
                n = socket.receive(bytes, have, length - have, descriptors);
            } catch (LinuxException e) {
                if (e.errno() == Errno.ECONNRESET) { // the engine hung up with something of ours unread
                    return null;
                }
                throw e;
            }
            if (n == 0) {
                return null;
            }
            have += n;
        }
        return bytes;
    }

    /** Nothing more comes from this front, or gets to it. */
    void closeSending() {
        socket.interrupt();
    }

    @Override
    public void close() {
        socket.close();
    }
}
