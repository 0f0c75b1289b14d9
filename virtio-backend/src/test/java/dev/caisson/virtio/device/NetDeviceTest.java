package dev.caisson.virtio.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.virtio.device.net.NetDevice;
import dev.caisson.virtio.device.net.NetPeer;
import dev.caisson.virtio.device.net.SocketPeer;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.queue.QueueFeatures;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.transport.vhostuser.FrontEndDouble;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetDeviceTest extends DriverTest {

    private static final long MERGEABLE = 1 << 15;
    private static final long CONTROL = 1 << 17;
    private static final long MULTIQUEUE = 1 << 22;
    private static final int HEADER = 12;

    @ParameterizedTest
    @ValueSource(longs = {0, MERGEABLE, QueueFeatures.RING_PACKED | MERGEABLE, QueueFeatures.EVENT_IDX | QueueFeatures.IN_ORDER})
    void framesGoBothWays(long features) throws Exception {
        Fd[] pair = Sys.socketPair(Sys.SOCK_DGRAM);
        connect(new NetDevice(List.of(new SocketPeer(pair[0])), new byte[6], 0), features);
        FrontEndDouble.Queue receive = frontEnd.start(0, 32);
        FrontEndDouble.Queue transmit = frontEnd.start(1, 32);
        boolean isMergeable = (features & MERGEABLE) != 0;
        Random random = new Random(4);
        try (Fd host = pair[1]) {
            for (int i = 0; i < 100; i++) {
                byte[] frame = new byte[60 + random.nextInt(isMergeable ? 4000 : 1400)];
                random.nextBytes(frame);
                byte[] packet = new byte[HEADER + frame.length];
                System.arraycopy(frame, 0, packet, HEADER, frame.length);
                long mark = memory.mark();
                send(transmit, packet);
                assertArrayEquals(frame, read(host));

                // With mergeable buffers, small ones, of which a frame needs several.
                int size = isMergeable ? 600 : 1600;
                int count = isMergeable ? (packet.length + size - 1) / size : 1;
                List<Long> buffers = new ArrayList<>();
                for (int j = 0; j < count; j++) {
                    buffers.add(offer(receive, size));
                }
                write(host, frame);
                byte[] got = new byte[0];
                for (long buffer : buffers) {
                    byte[] part = bytes(buffer, (int) receive.await().written());
                    got = Arrays.copyOf(got, got.length + part.length);
                    System.arraycopy(part, 0, got, got.length - part.length, part.length);
                }
                assertEquals(count, got[10]);
                got[10] = 0;
                assertArrayEquals(packet, got);
                memory.rewind(mark);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theControlQueueAnswers(boolean multiqueue) throws Exception {
        Fd[] first = Sys.socketPair(Sys.SOCK_DGRAM);
        Fd[] second = Sys.socketPair(Sys.SOCK_DGRAM);
        List<NetPeer> peers = List.of(new SocketPeer(first[0]), new SocketPeer(second[0]));
        connect(new NetDevice(peers, NetDevice.macAddress("02:00:00:00:00:07"), 0), CONTROL | (multiqueue ? MULTIQUEUE : 0));
        FrontEndDouble.Queue control = frontEnd.start(multiqueue ? 4 : 2, 8);
        assertArrayEquals(new byte[] {0}, ask(control, new byte[] {0, 0, 1}, 1));
        assertArrayEquals(new byte[] {0}, ask(control, new byte[] {1, 1, 2, 0, 0, 0, 0, 9}, 1));
        assertArrayEquals(new byte[] {0}, ask(control, new byte[] {4, 0, 2, 0}, 1));
        assertArrayEquals(new byte[] {1}, ask(control, new byte[] {4, 0, 3, 0}, 1));
        assertArrayEquals(new byte[] {1}, ask(control, new byte[] {9, 0}, 1));
        byte[] config = new byte[12];
        server.host().device().readConfig(0, MemorySegment.ofArray(config));
        assertEquals(9, config[5]);
        assertEquals(2, LittleEndian.getByte(MemorySegment.ofArray(config), 8));
        first[1].close();
        second[1].close();
    }

    private static byte[] read(Fd socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(65_536);
            long n = Sys.read(socket.number(), bytes.address(), 65_536);
            return bytes.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static void write(Fd socket, byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            Sys.write(socket.number(), arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes)).address(), bytes.length);
        }
    }
}
