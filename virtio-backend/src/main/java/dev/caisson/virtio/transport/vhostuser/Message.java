package dev.caisson.virtio.transport.vhostuser;

import static dev.caisson.virtio.transport.vhostuser.MessageDescriptor.*;

import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.MessageSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** One message, received into the same memory as the one before it; its answer is written over it. Not thread-safe. */
final class Message implements AutoCloseable {

    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes = arena.allocate(HEADER_BYTES + MOST_PAYLOAD_BYTES, 8);
    private final List<Fd> descriptors = new ArrayList<>();
    private Request request;

    /**
     * Receives the next message.
     *
     * @return false if the front-end has closed
     * @throws ProtocolException if what came is no message that can be
     */
    boolean receive(MessageSocket socket) throws IOException {
        closeDescriptors();
        if (!socket.receive(bytes, 0, HEADER_BYTES, descriptors)) {
            return false;
        }
        int version = bytes.get(U32, FLAGS) & VERSION_MASK;
        if (version != VERSION) {
            throw new ProtocolException("a message of version %d".formatted(version));
        }
        if ((bytes.get(U32, FLAGS) & F_REPLY) != 0) {
            throw new ProtocolException("a reply that nobody asked for");
        }
        long size = size();
        request = Request.of(bytes.get(U32, REQUEST), size, descriptors.size());
        if (size > 0 && !socket.receive(bytes, HEADER_BYTES, size, descriptors)) {
            throw new ProtocolException("the connection ended within %s".formatted(request));
        }
        Request.of(request.id(), size, descriptors.size());
        return true;
    }

    Request request() {
        return request;
    }

    long size() {
        return bytes.get(U32, SIZE) & 0xffff_ffffL;
    }

    boolean needsReply() {
        return (bytes.get(U32, FLAGS) & F_NEED_REPLY) != 0;
    }

    int u16(int offset) {
        return bytes.get(U16, HEADER_BYTES + offset) & 0xffff;
    }

    int u32(int offset) {
        return bytes.get(U32, HEADER_BYTES + offset);
    }

    long u64(int offset) {
        return bytes.get(U64, HEADER_BYTES + offset);
    }

    MemorySegment payload(int offset, long length) {
        return bytes.asSlice(HEADER_BYTES + offset, length);
    }

    int descriptorCount() {
        return descriptors.size();
    }

    /** The first descriptor left, which is the caller's from now on; null if there is none. */
    Fd takeDescriptor() {
        return descriptors.isEmpty() ? null : descriptors.removeFirst();
    }

    void closeDescriptors() {
        descriptors.forEach(Fd::close);
        descriptors.clear();
    }

    // The answer.

    void put16(int offset, int value) {
        bytes.set(U16, HEADER_BYTES + offset, (short) value);
    }

    void put32(int offset, int value) {
        bytes.set(U32, HEADER_BYTES + offset, value);
    }

    void put64(int offset, long value) {
        bytes.set(U64, HEADER_BYTES + offset, value);
    }

    /** Sends what is in the message now as the answer to it, with a payload of {@code size} bytes. */
    void reply(MessageSocket socket, int size, Fd... with) throws IOException {
        bytes.set(U32, FLAGS, VERSION | F_REPLY);
        bytes.set(U32, SIZE, size);
        socket.send(bytes, HEADER_BYTES + size, with);
    }

    @Override
    public void close() {
        closeDescriptors();
        arena.close();
    }
}
