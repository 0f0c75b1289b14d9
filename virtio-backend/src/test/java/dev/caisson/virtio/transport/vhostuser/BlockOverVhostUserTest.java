package dev.caisson.virtio.transport.vhostuser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.caisson.virtio.device.blk.BlockDevice;
import dev.caisson.virtio.device.blk.FileDisk;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.memory.MemoryRegion;
import dev.caisson.virtio.memory.TestMemory;
import dev.caisson.virtio.queue.MockDriver;
import dev.caisson.virtio.queue.MockDriver.Piece;
import dev.caisson.virtio.queue.QueueFeatures;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A block device, from a driver's requests down to the file, over a real socket and shared memory. */
class BlockOverVhostUserTest {

    private static final int DISK_BYTES = 1 << 20;
    private static final long ALL = QueueFeatures.INDIRECT_DESC | QueueFeatures.EVENT_IDX | 1L << 9;

    @TempDir
    private Path folder;

    private Path file;
    private TestMemory memory;
    private VhostUserServer server;
    private FrontEndDouble frontEnd;

    @BeforeEach
    void connect() throws Exception {
        file = folder.resolve("disk");
        byte[] content = new byte[DISK_BYTES];
        new Random(1).nextBytes(content);
        Files.write(file, content);
        memory = new TestMemory(2, 1 << 20);
        connect(false);
    }

    private void connect(boolean readOnly) throws IOException {
        Fd[] pair = Sys.socketPair(Sys.SOCK_STREAM);
        server = VhostUserServer.connected(pair[1], new BlockDevice(FileDisk.open(file.toString(), readOnly), "a disk", 2));
        frontEnd = new FrontEndDouble(pair[0], memory);
    }

    @AfterEach
    void disconnect() {
        frontEnd.close();
        server.close();
        memory.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, ALL, QueueFeatures.RING_PACKED, QueueFeatures.RING_PACKED | ALL | QueueFeatures.IN_ORDER})
    void readsWritesAndTheRest(long features) throws Exception {
        frontEnd.negotiate(features | 1L << 13 | 1L << 14);
        FrontEndDouble.Queue queue = frontEnd.start(0, 16);
        byte[] before = Files.readAllBytes(file);
        boolean indirect = (features & QueueFeatures.INDIRECT_DESC) != 0;
        for (int i = 0; i < 40; i++) {
            BlockCall read = new BlockCall(0, 8 * i, 4096);
            assertEquals(0, read.run(queue, indirect));
            assertArrayEquals(Arrays.copyOfRange(before, 4096 * i, 4096 * i + 4096), read.data());
            BlockCall write = new BlockCall(1, 8 * i, 4096);
            write.fill((byte) i);
            assertEquals(0, write.run(queue, indirect));
        }
        byte[] after = Files.readAllBytes(file);
        for (int i = 0; i < 40 * 4096; i++) {
            assertEquals(i / 4096, after[i]);
        }
        assertEquals(0, new BlockCall(4, 0, 0).run(queue, indirect));
        BlockCall id = new BlockCall(8, 0, 20);
        assertEquals(0, id.run(queue, indirect));
        assertEquals("a disk", new String(id.data()).trim());
        assertEquals(0, new BlockCall(13, 0, 16).segment(8, 8, 0).run(queue, indirect));
        assertEquals(0, new BlockCall(11, 0, 16).segment(16, 8, 0).run(queue, indirect));
        after = Files.readAllBytes(file);
        assertArrayEquals(new byte[4096], Arrays.copyOfRange(after, 4096, 8192));
        assertEquals(DISK_BYTES, after.length);
        assertEquals(1, new BlockCall(0, DISK_BYTES / 512, 512).run(queue, indirect));
        assertEquals(1, new BlockCall(1, DISK_BYTES / 512 - 1, 1024).run(queue, indirect));
        assertEquals(1, new BlockCall(0, -1, 512).run(queue, indirect));
        assertEquals(1, new BlockCall(0, 0, 100).run(queue, indirect));
        assertEquals(1, new BlockCall(11, 0, 16).segment(DISK_BYTES / 512, 1, 0).run(queue, indirect));
        assertEquals(2, new BlockCall(11, 0, 16).segment(0, 1, 1).run(queue, indirect));
        assertEquals(2, new BlockCall(99, 0, 512).run(queue, indirect));
        assertTrue(server.host().queue(0).requests() >= 89);
    }

    @Test
    void theDriverIsNotifiedAndIdlesOtherwise() throws Exception {
        frontEnd.negotiate(ALL);
        FrontEndDouble.Queue queue = frontEnd.start(1, 16);
        queue.driver().wantNotification(true);
        assertEquals(0, new BlockCall(0, 0, 512).run(queue, false));
        frontEnd.settle();
        assertTrue(server.host().queue(1).notifications() > 0);
    }

    @Test
    void aReadOnlyDiskIsNotWritten() throws Exception {
        frontEnd.close();
        server.close();
        connect(true);
        frontEnd.negotiate(0);
        FrontEndDouble.Queue queue = frontEnd.start(0, 8);
        byte[] before = Files.readAllBytes(file);
        assertEquals(1, new BlockCall(1, 0, 512).run(queue, false));
        assertEquals(1, new BlockCall(13, 0, 16).segment(0, 1, 0).run(queue, false));
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void theConfigurationTellsTheSizeAndAChangeIsAnnounced() throws Exception {
        frontEnd.negotiate(0);
        assertEquals(DISK_BYTES / 512, LittleEndian.getLong(config(0, 60), 0));
        assertEquals(2, LittleEndian.getShort(config(0, 60), 34));
        assertEquals(2, LittleEndian.getShort(config(34, 2), 0));
        Fd[] requests = Sys.socketPair(Sys.SOCK_STREAM);
        try (MessageChannel channel = new MessageChannel(requests[0]); Fd theirs = requests[1]) {
            assertEquals(0, frontEnd.sendAndAsk(Request.SET_BACKEND_REQ_FD, 0, theirs));
            Files.write(file, new byte[2 * DISK_BYTES]);
            ((BlockDevice) server.host().device()).refresh();
            assertEquals(2, channel.receive());
            assertEquals(2 * DISK_BYTES / 512, LittleEndian.getLong(config(0, 60), 0));
        }
    }

    private MemorySegment config(int offset, int size) throws IOException {
        frontEnd.put32(0, offset);
        frontEnd.put32(4, size);
        frontEnd.put32(8, 0);
        frontEnd.send(Request.GET_CONFIG, 12 + size);
        frontEnd.receive(Request.GET_CONFIG);
        return frontEnd.payload(12, size);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, QueueFeatures.RING_PACKED})
    void aStoppedQueueGoesOnWhereItStood(long features) throws Exception {
        frontEnd.negotiate(features);
        FrontEndDouble.Queue queue = frontEnd.start(0, 8);
        for (int i = 0; i < 11; i++) {
            assertEquals(0, new BlockCall(0, i, 512).run(queue, false));
            int position = frontEnd.stop(0);
            frontEnd.start(queue, position);
        }
    }

    @Test
    void memoryComesAndGoes() throws Exception {
        frontEnd.negotiate(0);
        FrontEndDouble.Queue queue = frontEnd.start(0, 8);
        try (Fd more = Sys.memfd("more", 1 << 16);
                MemoryRegion region = MemoryRegion.map(more, 0, 0x9000_0000L, 0x9000_0000L, 1 << 16)) {
            frontEnd.put64(0, 0);
            frontEnd.putRegion(8, region);
            assertEquals(0, frontEnd.sendAndAsk(Request.ADD_MEM_REG, 40, more));
            BlockCall read = new BlockCall(0, 0, 512);
            read.dataAt = 0x9000_0000L;
            assertEquals(0, read.run(queue, false));
            byte[] got = region.segment().asSlice(0, 512).toArray(ValueLayout.JAVA_BYTE);
            assertArrayEquals(Arrays.copyOf(Files.readAllBytes(file), 512), got);
            frontEnd.putRegion(8, region);
            assertEquals(1, frontEnd.sendAndAsk(Request.ADD_MEM_REG, 40, more));
            frontEnd.putRegion(8, region);
            assertEquals(0, frontEnd.sendAndAsk(Request.REM_MEM_REG, 40));
            frontEnd.putRegion(8, region);
            assertEquals(1, frontEnd.sendAndAsk(Request.REM_MEM_REG, 40));
            assertEquals(0, new BlockCall(0, 0, 512).run(queue, false));
        }
    }

    @Test
    void writtenPagesAreMarkedWhileTheLogIsOn() throws Exception {
        frontEnd.negotiate(0);
        FrontEndDouble.Queue queue = frontEnd.start(0, 8);
        long pages = (TestMemory.BASE + (2 << 20)) / 4096;
        try (Fd log = Sys.memfd("log", pages / 8); MemoryRegion bits = MemoryRegion.map(log, 0, 0, 0, pages / 8)) {
            frontEnd.put64(0, pages / 8);
            frontEnd.put64(8, 0);
            frontEnd.send(Request.SET_LOG_BASE, 16, log);
            frontEnd.receive(Request.SET_LOG_BASE);
            BlockCall unmarked = new BlockCall(0, 0, 8192);
            assertEquals(0, unmarked.run(queue, false));
            frontEnd.tell(Request.SET_FEATURES,
                    1L << 32 | ProtocolFeatures.PROTOCOL_FEATURES | ProtocolFeatures.LOG_ALL);
            frontEnd.settle();
            BlockCall marked = new BlockCall(0, 0, 8192);
            assertEquals(0, marked.run(queue, false));
            frontEnd.settle();
            assertFalse(isMarked(bits, unmarked.dataAt + 4096));
            assertTrue(isMarked(bits, marked.dataAt));
            assertTrue(isMarked(bits, marked.dataAt + 8191));
        }
    }

    private static boolean isMarked(MemoryRegion bits, long address) {
        long page = address / 4096;
        return (LittleEndian.getByte(bits.segment(), page / 8) & 1 << page % 8) != 0;
    }

    @Test
    void aTruncatedMemoryFileStopsItsQueueAndNothingElse() throws Exception {
        frontEnd.negotiate(0);
        FrontEndDouble.Queue queue = frontEnd.start(0, 8);
        assertEquals(0, new BlockCall(0, 0, 512).run(queue, false));
        Sys.truncate(memory.file(0).number(), 0);
        queue.kick();
        frontEnd.settle();
        assertThrows(IOException.class, () -> {
            frontEnd.shareMemory();
            frontEnd.settle();
        });
        server.awaitEnd();
    }

    @Test
    void requestsAllocateNothing() throws Exception {
        frontEnd.negotiate(ALL);
        FrontEndDouble.Queue queue = frontEnd.start(0, 64);
        BlockCall read = new BlockCall(0, 0, 4096);
        for (int i = 0; i < 6000; i++) {
            read.run(queue, false);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(info -> info != null && info.getThreadName().equals("virtio-blk-0"))
                .mapToLong(info -> info.getThreadId())
                .max().orElseThrow();
        long before = threads.getThreadAllocatedBytes(thread);
        for (int i = 0; i < 4000; i++) {
            read.run(queue, false);
        }
        long bytes = threads.getThreadAllocatedBytes(thread) - before;
        assertTrue(bytes < 4000, bytes + " bytes for 4000 requests");
    }

    @Test
    void oneFrontEndAtATimeAndTheNextAfterIt() throws Exception {
        Path socket = folder.resolve("socket");
        try (VhostUserServer listening = VhostUserServer.listen(socket.toString(),
                new BlockDevice(FileDisk.open(file.toString(), false), "", 1))) {
            for (int i = 0; i < 3; i++) {
                try (FrontEndDouble first = new FrontEndDouble(Sys.connect(socket.toString(), Sys.SOCK_STREAM), memory)) {
                    first.negotiate(0);
                    assertEquals(0, new BlockCall(0, 0, 512).run(first.start(0, 8), false));
                    if (i == 0) {
                        try (FrontEndDouble second =
                                new FrontEndDouble(Sys.connect(socket.toString(), Sys.SOCK_STREAM), memory)) {
                            assertTrue(second.isEnded());
                        }
                        first.settle();
                    }
                }
            }
            assertEquals(3, listening.host().queue(0).requests());
        }
        assertFalse(Files.exists(socket));
    }

    /** A request as a driver lays it out. */
    private final class BlockCall {

        private final int type;
        private final long header = memory.allocate(16, 16);
        private final int length;
        private final long status = memory.allocate(1, 1);
        private long dataAt;

        BlockCall(int type, long sector, int length) {
            this.type = type;
            this.length = length;
            this.dataAt = length == 0 ? 0 : memory.allocate(length, 512);
            MemorySegment at = memory.at(header, 16);
            LittleEndian.putInt(at, 0, type);
            LittleEndian.putLong(at, 8, sector);
        }

        void fill(byte value) {
            memory.at(dataAt, length).fill(value);
        }

        byte[] data() {
            return memory.at(dataAt, length).toArray(ValueLayout.JAVA_BYTE);
        }

        BlockCall segment(long sector, int sectors, int flags) {
            LittleEndian.putLong(memory.at(dataAt, 16), 0, sector);
            LittleEndian.putInt(memory.at(dataAt, 16), 8, sectors);
            LittleEndian.putInt(memory.at(dataAt, 16), 12, flags);
            return this;
        }

        int run(FrontEndDouble.Queue queue, boolean indirect) {
            memory.putByte(status, 77);
            boolean isIn = type == 0 || type == 8;
            List<Piece> data = length == 0 ? List.of() : List.of(new Piece(dataAt, length));
            List<Piece> readable = new ArrayList<>(List.of(new Piece(header, 16)));
            List<Piece> writable = new ArrayList<>();
            (isIn ? writable : readable).addAll(data);
            writable.add(new Piece(status, 1));
            int token = queue.driver().add(readable, writable, indirect);
            queue.kick();
            MockDriver.Used used = queue.await();
            assertEquals(token, used.token());
            assertEquals(isIn ? length + 1 : 1, used.written());
            return memory.byteAt(status);
        }
    }
}
