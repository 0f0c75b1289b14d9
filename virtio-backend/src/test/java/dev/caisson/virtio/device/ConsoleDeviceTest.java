package dev.caisson.virtio.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.virtio.device.console.ConsoleDevice;
import dev.caisson.virtio.device.console.PortStream;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.queue.MockDriver.Piece;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.MessageSocket;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.transport.vhostuser.FrontEndDouble;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConsoleDeviceTest extends DriverTest {

    private static final long MULTIPORT = 2;

    @Test
    void bytesGoBothWaysAndNoneIsLostWhenOneSideIsSlow() throws Exception {
        Fd[] pair = Sys.socketPair(Sys.SOCK_STREAM);
        connect(new ConsoleDevice(List.of(PortStream.of("", true, pair[0]))), 0);
        FrontEndDouble.Queue receive = frontEnd.start(0, 8);
        FrontEndDouble.Queue transmit = frontEnd.start(1, 8);
        try (MessageSocket host = new MessageSocket(pair[1])) {
            byte[] bytes = new byte[1 << 20];
            new Random(2).nextBytes(bytes);
            // More than the socket takes at once: the device keeps the buffer until it has been read.
            long at = memory.allocate(bytes.length, 8);
            memory.at(at, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
            transmit.driver().add(List.of(new Piece(at, bytes.length)), List.of(), false);
            transmit.kick();
            assertArrayEquals(bytes, read(host, bytes.length));
            transmit.await();
            write(host, "hello".getBytes());
            long buffer = offer(receive, 64);
            assertEquals(5, receive.await().written());
            assertEquals("hello", new String(bytes(buffer, 5)));
        }
    }

    @Test
    void portsAreAnnouncedAndOpened() throws Exception {
        Fd[] first = Sys.socketPair(Sys.SOCK_STREAM);
        Fd[] second = Sys.socketPair(Sys.SOCK_STREAM);
        connect(new ConsoleDevice(List.of(PortStream.of("", true, first[0]), PortStream.of("data", false, second[0]))), MULTIPORT);
        FrontEndDouble.Queue receive = frontEnd.start(2, 16);
        FrontEndDouble.Queue transmit = frontEnd.start(3, 16);
        List<Long> buffers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            buffers.add(offer(receive, 72));
        }
        send(transmit, control(0xffff_ffff, 0, 1));
        assertEquals("0 1 1", next(receive, buffers));
        assertEquals("1 1 1", next(receive, buffers));
        send(transmit, control(0, 3, 1));
        assertEquals("0 4 1", next(receive, buffers));
        assertEquals("0 6 1", next(receive, buffers));
        send(transmit, control(1, 3, 1));
        assertEquals("1 7 1 data", next(receive, buffers));
        assertEquals("1 6 1", next(receive, buffers));
        second[1].close();
        assertEquals("1 6 0", next(receive, buffers));
        first[1].close();
    }

    private String next(FrontEndDouble.Queue queue, List<Long> buffers) {
        int written = (int) queue.await().written();
        MemorySegment message = memory.at(buffers.removeFirst(), 72);
        String name = new String(message.asSlice(8, written - 8).toArray(ValueLayout.JAVA_BYTE));
        return "%d %d %d %s".formatted(LittleEndian.getInt(message, 0), LittleEndian.getShort(message, 4),
                LittleEndian.getShort(message, 6), name).trim();
    }

    private static byte[] control(int port, int event, int value) {
        byte[] bytes = new byte[8];
        MemorySegment message = MemorySegment.ofArray(bytes);
        LittleEndian.putInt(message, 0, port);
        LittleEndian.putByte(message, 4, event);
        LittleEndian.putByte(message, 6, value);
        return bytes;
    }

    private static byte[] read(MessageSocket socket, int length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(length);
            socket.receive(bytes, 0, length, new ArrayList<>());
            return bytes.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static void write(MessageSocket socket, byte[] bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            socket.send(arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes)), bytes.length);
        }
    }
}
