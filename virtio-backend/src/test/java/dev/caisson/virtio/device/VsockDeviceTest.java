package dev.caisson.virtio.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.virtio.device.vsock.VsockDevice;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.transport.vhostuser.FrontEndDouble;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VsockDeviceTest extends DriverTest {

    private static final long CID = 7;
    private static final int REQUEST = 1;
    private static final int RESPONSE = 2;
    private static final int RESET = 3;
    private static final int SHUTDOWN = 4;
    private static final int DATA = 5;

    @TempDir
    private Path folder;

    private final Queue<Long> buffers = new ArrayDeque<>();
    private FrontEndDouble.Queue receive;
    private FrontEndDouble.Queue transmit;

    private void begin() throws Exception {
        connect(new VsockDevice(CID, folder.resolve("v").toString()), 0);
        receive = frontEnd.start(0, 32);
        transmit = frontEnd.start(1, 32);
        for (int i = 0; i < 16; i++) {
            buffers.add(offer(receive, 1024));
        }
    }

    @Test
    void theGuestReachesAListenerOnTheHost() throws Exception {
        begin();
        try (Fd listener = Sys.listen(folder.resolve("v_80").toString())) {
            packet(1000, 80, REQUEST, 0, "");
            assertEquals("2 80>1000 ", next());
            try (Fd host = Sys.accept(listener.number())) {
                packet(1000, 80, DATA, 0, "hello");
                assertEquals("hello", read(host));
                write(host, "there");
                assertEquals("5 80>1000 there", next());
                packet(1000, 80, SHUTDOWN, 2, "");
                assertEquals("", read(host));
                packet(1000, 80, SHUTDOWN, 3, "");
                assertEquals("3 80>1000 ", next());
            }
            packet(1000, 80, DATA, 0, "too late");
            assertEquals("3 80>1000 ", next());
        }
        packet(1000, 81, REQUEST, 0, "");
        assertEquals("3 81>1000 ", next(), "nobody listens");
    }

    @Test
    void theHostReachesAListenerInTheGuest() throws Exception {
        begin();
        try (Fd host = Sys.connect(folder.resolve("v").toString(), Sys.SOCK_STREAM)) {
            write(host, "CONNECT 52\n");
            String request = next();
            int port = Integer.parseInt(request.substring(2, request.indexOf('>')));
            assertEquals("1 " + port + ">52 ", request);
            packet(52, port, RESPONSE, 0, "");
            assertEquals("OK " + port + "\n", read(host));
            write(host, "x".repeat(3000));
            StringBuilder got = new StringBuilder();
            while (got.length() < 3000) {
                String packet = next();
                got.append(packet.substring(packet.lastIndexOf(' ') + 1));
                buffers.add(offer(receive, 1024));
            }
            assertEquals("x".repeat(3000), got.toString());
            packet(52, port, RESET, 0, "");
            assertEquals("", read(host));
        }
    }

    private void packet(int from, int to, int operation, int flags, String data) {
        byte[] bytes = new byte[44 + data.length()];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(44, 8);
            LittleEndian.putLong(header, 0, CID);
            LittleEndian.putLong(header, 8, 2);
            LittleEndian.putInt(header, 16, from);
            LittleEndian.putInt(header, 20, to);
            LittleEndian.putInt(header, 24, data.length());
            LittleEndian.putShort(header, 28, 1);
            LittleEndian.putShort(header, 30, operation);
            LittleEndian.putInt(header, 32, flags);
            LittleEndian.putInt(header, 36, 65_536);
            MemorySegment.copy(header, ValueLayout.JAVA_BYTE, 0, bytes, 0, 44);
        }
        System.arraycopy(data.getBytes(), 0, bytes, 44, data.length());
        send(transmit, bytes);
    }

    /** The next packet to the guest, but for those about credit: operation, ports, data. */
    private String next() {
        while (true) {
            int written = (int) receive.await().written();
            MemorySegment packet = memory.at(buffers.remove(), 1024);
            int operation = LittleEndian.getShort(packet, 30);
            if (operation != 6) {
                assertEquals(written - 44, LittleEndian.getInt(packet, 24));
                String data = new String(packet.asSlice(44, written - 44).toArray(ValueLayout.JAVA_BYTE));
                return "%d %d>%d %s".formatted(operation, LittleEndian.getInt(packet, 16), LittleEndian.getInt(packet, 20), data);
            }
        }
    }

    private static String read(Fd socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(65_536);
            long n = Sys.read(socket.number(), bytes.address(), 65_536);
            return new String(bytes.asSlice(0, Math.max(0, n)).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static void write(Fd socket, String text) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(text.length()).copyFrom(MemorySegment.ofArray(text.getBytes()));
            assertEquals(text.length(), Sys.write(socket.number(), bytes.address(), text.length()));
        }
    }
}
