package dev.caisson.cli.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.MessageSocket;
import dev.caisson.linux.sys.Sys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionTest {

    private static final int SOON = 200;

    @TempDir
    private Path folder;
    private Connection connection;
    private FakeFront front;

    @BeforeEach
    void connect() throws LinuxException {
        MessageSocket[] pair = MessageSocket.pair();
        connection = new Connection(pair[0]);
        front = new FakeFront(pair[1]);
    }

    @AfterEach
    void close() {
        connection.close();
        front.close();
    }

    @Test
    void whatTheEngineSaysArrives() throws Exception {
        CompletableFuture<FakeFront.Result> result = inBackground();
        byte[] large = "x".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
        connection.write(1, large);
        connection.write(2, "oh\n".getBytes(StandardCharsets.US_ASCII));
        connection.write(1, new byte[0]);
        connection.undoWith(List.of("delete", "--force", "a"));
        connection.exit(7);
        assertEquals(7, result.get().exitCode());
        assertEquals(large.length, result.get().out().length());
        assertEquals("oh\n", result.get().err());
        assertEquals(List.of("caisson", "delete", "--force", "a"), result.get().undo());
    }

    @Test
    void nothingLeftToUndoIsNoStrings() throws Exception {
        CompletableFuture<FakeFront.Result> result = inBackground();
        connection.undoWith(List.of("delete"));
        connection.undoWith(List.of());
        connection.exit(0);
        assertEquals(List.of(), result.get().undo());
    }

    @Test
    void aRefusalArrives() throws Exception {
        CompletableFuture<FakeFront.Result> result = inBackground();
        connection.refuse("no");
        assertEquals("no", result.get().refusal());
    }

    @Test
    void aPlanIsReportedOn() throws Exception {
        long[] registers = new long[Register.COUNT];
        registers[3] = -1L << 40;
        List<Integer> passed = new ArrayList<>();
        front.onPlan((plan, descriptors) -> {
            passed.add(descriptors.size());
            return new Report(false, 12, Errno.ENOENT, 256, true, registers);
        });
        CompletableFuture<FakeFront.Result> result = inBackground();
        PlanBuilder builder = new PlanBuilder();
        builder.passed("a");
        builder.chdir("go there", "/" + "long/".repeat(20_000));
        LaunchPlan plan = builder.build();
        try (Descriptor descriptor = Sys.open("/dev/null", Sys.O_RDONLY, 0)) {
            Report report = connection.execute(plan, descriptor);
            assertFalse(report.done());
            assertEquals(12, report.operation());
            assertEquals(Errno.ENOENT, report.errno());
            assertEquals(256, report.detail());
            assertTrue(report.inChild());
            assertEquals(-1L << 40, report.value(new Register(3, "x")));
        }
        connection.exit(0);
        assertArrayEquals(plan.encode(), result.get().plans().getFirst());
        assertEquals(List.of(1), passed);
    }

    @Test
    void aDescriptorOfTheFrontsIsGiven() throws Exception {
        Path file = Files.writeString(folder.resolve("f"), "");
        front.open(7, file);
        CompletableFuture<FakeFront.Result> result = inBackground();
        try (Descriptor given = connection.give(7)) {
            Sys.write(given.fd(), new byte[] {'a'}, "write");
        }
        LinuxException e = assertThrows(LinuxException.class, () -> connection.give(8));
        assertEquals(Errno.EBADF, e.errno());
        connection.exit(0);
        result.get();
        assertEquals("a", Files.readString(file));
    }

    @Test
    void anInvocationIsReceived() throws Exception {
        InvokeFrame sent = FakeFront.invocation("state", "x".repeat(500_000));
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            try {
                front.invoke(sent);
            } catch (LinuxException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals(sent, connection.receiveInvoke(10_000));
        sending.get();
    }

    @Test
    void aFrontThatSaysNothingOrHalfIsGivenUp() throws Exception {
        assertNull(connection.receiveInvoke(20));
        front.sendRaw(new byte[] {1, 0, 0});
        assertNull(connection.receiveInvoke(20));
        front.close();
        assertNull(connection.receiveInvoke(10_000));
    }

    @Test
    void whatIsNoInvocationIsRefused() throws Exception {
        byte[] head = new byte[8];
        Bytes.putInt(head, 0, Frames.INVOKE);
        Bytes.putInt(head, 4, Frames.LIMIT + 1);
        front.sendRaw(head);
        assertThrows(MalformedFrameException.class, () -> connection.receiveInvoke(SOON));
        front.send(Frames.REPORT, new byte[3]);
        assertThrows(MalformedFrameException.class, () -> connection.receiveInvoke(SOON));
    }

    @Test
    void descriptorsThatNobodyAskedForAreRefusedAndClosed() throws Exception {
        int before = openDescriptors();
        try (Descriptor null1 = Sys.open("/dev/null", Sys.O_RDONLY, 0)) {
            front.send(Frames.INVOKE, FakeFront.invocation().encode(), null1);
            assertThrows(MalformedFrameException.class, () -> connection.receiveInvoke(SOON));
            front.send(Frames.INVOKE, FakeFront.invocation().encode(), null1, null1, null1);
            assertThrows(LinuxException.class, () -> connection.receiveInvoke(SOON));
        }
        assertEquals(before, openDescriptors());
    }

    @Test
    void aFrontThatAnswersNonsenseIsLost() throws Exception {
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            close();
            connect();
            byte[] bytes = FakeFront.encode(FakeFront.done());
            byte[] frame = new byte[Frames.HEADER + bytes.length];
            Bytes.putInt(frame, 0, Frames.REPORT);
            Bytes.putInt(frame, 4, bytes.length);
            frame[random.nextInt(Frames.HEADER)] ^= (byte) (1 << random.nextInt(8));
            front.sendRaw(frame);
            front.closeSending();
            assertThrows(FrontLostException.class, () -> connection.execute(new PlanBuilder().build()));
        }
    }

    @Test
    void aFrontThatEndsIsLost() {
        front.close();
        assertThrows(FrontLostException.class, () -> connection.write(1, new byte[1]));
        assertThrows(FrontLostException.class, () -> connection.execute(new PlanBuilder().build()));
        assertThrows(FrontLostException.class, () -> connection.give(1));
        assertThrows(FrontLostException.class, () -> connection.exit(1));
    }

    private CompletableFuture<FakeFront.Result> inBackground() {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return front.await();
            } catch (LinuxException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static int openDescriptors() {
        return Path.of("/proc/self/fd").toFile().list().length;
    }
}
