package dev.caisson.virtio.transport.vhostuser;

import static dev.caisson.virtio.transport.vhostuser.MessageDescriptor.*;

import dev.caisson.virtio.memory.MemoryRegion;
import dev.caisson.virtio.memory.TestMemory;
import dev.caisson.virtio.queue.MockDriver;
import dev.caisson.virtio.queue.QueueFeatures;
import dev.caisson.virtio.queue.QueueLayout;
import dev.caisson.virtio.queue.Virtqueue;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.MessageSocket;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.Wake;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A front-end and its drivers, as correct ones behave, over a connected socket and memory files. For tests; not thread-safe. */
public final class FrontEndDouble implements AutoCloseable {

    static final long PROTOCOL = ProtocolFeatures.OFFERED;

    /** A queue that is set up, and how to wake the other side. */
    public record Queue(int index, MockDriver driver, Fd kickFd, Fd callFd) {

        public void kick() {
            Wake.send(kickFd.number());
        }

        /** The next buffer given back; waits up to five seconds for it. */
        public MockDriver.Used await() {
            long deadline = System.nanoTime() + 5_000_000_000L;
            while (System.nanoTime() < deadline) {
                MockDriver.Used used = driver.poll();
                if (used != null) {
                    return used;
                }
                LockSupport.parkNanos(20_000);
            }
            throw new AssertionError("nothing came back from queue " + index);
        }
    }

    private final MessageSocket socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes = arena.allocate(4096, 8);
    private final TestMemory memory;
    private final List<Fd> own = new ArrayList<>();
    private long features;

    public FrontEndDouble(Fd connection, TestMemory memory) {
        this.socket = new MessageSocket(connection);
        this.memory = memory;
    }

    public TestMemory memory() {
        return memory;
    }

    /** Negotiates, shares the memory. */
    public FrontEndDouble negotiate(long wanted) throws IOException {
        long offered = ask(Request.GET_FEATURES);
        features = offered & (wanted | 1L << 32 | ProtocolFeatures.PROTOCOL_FEATURES);
        ask(Request.GET_PROTOCOL_FEATURES);
        tell(Request.SET_PROTOCOL_FEATURES, PROTOCOL);
        tell(Request.SET_OWNER);
        tell(Request.SET_FEATURES, features);
        shareMemory();
        return this;
    }

    public void shareMemory() throws IOException {
        List<MemoryRegion> regions = memory.regions();
        put64(0, regions.size());
        Fd[] files = new Fd[regions.size()];
        for (int i = 0; i < files.length; i++) {
            putRegion(8 + 32 * i, regions.get(i));
            files[i] = memory.file(i);
        }
        send(Request.SET_MEM_TABLE, 8 + 32 * files.length, files);
    }

    void putRegion(int at, MemoryRegion region) {
        put64(at, region.guestAddress());
        put64(at + 8, region.size());
        put64(at + 16, region.userAddress());
        put64(at + 24, 0);
    }

    /** Sets up a queue and starts it. */
    public Queue start(int index, int size) throws IOException {
        MockDriver driver = MockDriver.create(memory, QueueFeatures.of(features), size);
        Queue queue = new Queue(index, driver, keep(Sys.eventfd()), keep(Sys.eventfd()));
        start(queue, Virtqueue.start(QueueFeatures.of(features).packed()));
        return queue;
    }

    /** Starts a queue that has been set up before, at {@code base}. */
    public void start(Queue queue, int base) throws IOException {
        describe(queue, base);
        put64(0, queue.index());
        send(Request.SET_VRING_KICK, 8, queue.kickFd());
        put64(0, queue.index());
        send(Request.SET_VRING_CALL, 8, queue.callFd());
        state(Request.SET_VRING_ENABLE, queue.index(), 1);
        settle();
    }

    void describe(Queue queue, int base) throws IOException {
        QueueLayout layout = queue.driver().layout();
        state(Request.SET_VRING_NUM, queue.index(), layout.size());
        state(Request.SET_VRING_BASE, queue.index(), base);
        put32(0, queue.index());
        put32(4, 0);
        put64(8, layout.descriptorArea() + TestMemory.USER_OFFSET);
        put64(16, layout.deviceArea() + TestMemory.USER_OFFSET);
        put64(24, layout.driverArea() + TestMemory.USER_OFFSET);
        put64(32, 0);
        send(Request.SET_VRING_ADDR, 40);
    }

    /** Stops a queue: its position. */
    public int stop(int index) throws IOException {
        state(Request.GET_VRING_BASE, index, 0);
        receive(Request.GET_VRING_BASE);
        return get32(4);
    }

    /** Until what was sent before has been carried out. */
    public void settle() throws IOException {
        ask(Request.GET_FEATURES);
    }

    void state(Request request, int index, int number) throws IOException {
        put32(0, index);
        put32(4, number);
        send(request, 8);
    }

    void tell(Request request) throws IOException {
        send(request, 0);
    }

    void tell(Request request, long value) throws IOException {
        put64(0, value);
        send(request, 8);
    }

    long ask(Request request) throws IOException {
        send(request, 0);
        receive(request);
        return get64(0);
    }

    /** Sends what was put, {@code size} bytes of it. */
    void send(Request request, int size, Fd... files) throws IOException {
        sendRaw(request.id(), VERSION, size, size, files);
    }

    /** Sends what was put, and asks whether it worked: 0 if so. */
    long sendAndAsk(Request request, int size, Fd... files) throws IOException {
        sendRaw(request.id(), VERSION | F_NEED_REPLY, size, size, files);
        receive(request);
        return get64(0);
    }

    void sendRaw(int request, int flags, int claimedSize, int size, Fd... files) throws IOException {
        bytes.set(ValueLayout.JAVA_INT, REQUEST, request);
        bytes.set(ValueLayout.JAVA_INT, FLAGS, flags);
        bytes.set(ValueLayout.JAVA_INT, SIZE, claimedSize);
        socket.send(bytes, HEADER_BYTES + size, files);
    }

    /** Sends {@code bytes} just so. */
    void sendBytes(byte[] garbage) throws IOException {
        MemorySegment.copy(MemorySegment.ofArray(garbage), 0, bytes, 0, garbage.length);
        socket.send(bytes, garbage.length);
    }

    /** Receives the answer to {@code request}; the descriptor that came with it or null. */
    Fd receive(Request request) throws IOException {
        List<Fd> files = new ArrayList<>();
        if (!socket.receive(bytes, 0, HEADER_BYTES, files)) {
            throw new IOException("the back-end has closed");
        }
        if (bytes.get(ValueLayout.JAVA_INT, REQUEST) != request.id()
                || bytes.get(ValueLayout.JAVA_INT, FLAGS) != (VERSION | F_REPLY)) {
            throw new IOException("not an answer to " + request);
        }
        int size = bytes.get(ValueLayout.JAVA_INT, SIZE);
        socket.receive(bytes, HEADER_BYTES, size, files);
        return files.isEmpty() ? null : keep(files.getFirst());
    }

    /** Whether the back-end ends the connection now, having sent nothing more. */
    boolean isEnded() throws IOException {
        return !socket.receive(bytes, 0, 1, new ArrayList<>());
    }

    void put32(int offset, int value) {
        bytes.set(ValueLayout.JAVA_INT_UNALIGNED, HEADER_BYTES + offset, value);
    }

    void put64(int offset, long value) {
        bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, HEADER_BYTES + offset, value);
    }

    int get32(int offset) {
        return bytes.get(ValueLayout.JAVA_INT_UNALIGNED, HEADER_BYTES + offset);
    }

    long get64(int offset) {
        return bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, HEADER_BYTES + offset);
    }

    MemorySegment payload(int offset, int length) {
        return bytes.asSlice(HEADER_BYTES + offset, length);
    }

    Fd keep(Fd fd) {
        own.add(fd);
        return fd;
    }

    @Override
    public void close() {
        own.forEach(Fd::close);
        socket.close();
    }
}
