package dev.caisson.virtio.device;

import dev.caisson.virtio.memory.TestMemory;
import dev.caisson.virtio.queue.MockDriver;
import dev.caisson.virtio.queue.MockDriver.Piece;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.transport.vhostuser.FrontEndDouble;
import dev.caisson.virtio.transport.vhostuser.VhostUserServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** What tests of a device have in common: a front-end's double, and buffers that go to the device and come back. */
abstract class DriverTest {

    final TestMemory memory;
    VhostUserServer server;
    FrontEndDouble frontEnd;

    DriverTest() {
        try {
            memory = new TestMemory(2, 4 << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects a driver that wants {@code features} to {@code device}. */
    final void connect(Device device, long features) throws IOException {
        Fd[] pair = Sys.socketPair(Sys.SOCK_STREAM);
        server = VhostUserServer.connected(pair[1], device);
        frontEnd = new FrontEndDouble(pair[0], memory).negotiate(features);
    }

    @AfterEach
    final void disconnect() {
        frontEnd.close();
        server.close();
        memory.close();
    }

    /** A buffer that the device writes: where it is. */
    final long offer(FrontEndDouble.Queue queue, int length) {
        long at = memory.allocate(length, 8);
        queue.driver().add(List.of(), List.of(new Piece(at, length)), false);
        queue.kick();
        return at;
    }

    /** Sends {@code bytes} and waits until they have been taken. */
    final void send(FrontEndDouble.Queue queue, byte[] bytes) {
        ask(queue, bytes, 0);
    }

    /** Sends {@code bytes} with room for an answer of {@code most}: the answer. */
    final byte[] ask(FrontEndDouble.Queue queue, byte[] bytes, int most) {
        long to = memory.allocate(bytes.length, 8);
        memory.at(to, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
        long from = most == 0 ? 0 : memory.allocate(most, 8);
        queue.driver().add(List.of(new Piece(to, bytes.length)), most == 0 ? List.of() : List.of(new Piece(from, most)), false);
        queue.kick();
        MockDriver.Used used = queue.await();
        return most == 0 ? new byte[0] : bytes(from, (int) used.written());
    }

    final byte[] bytes(long at, int length) {
        return length == 0 ? new byte[0] : memory.at(at, length).toArray(ValueLayout.JAVA_BYTE);
    }
}
