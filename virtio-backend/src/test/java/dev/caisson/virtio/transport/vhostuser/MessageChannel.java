package dev.caisson.virtio.transport.vhostuser;

import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.MessageSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;

/** A front-end's side of the channel on which the back-end asks. */
final class MessageChannel implements AutoCloseable {

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment header = arena.allocate(MessageDescriptor.HEADER_BYTES, 4);
    private final MessageSocket socket;

    MessageChannel(Fd connection) {
        socket = new MessageSocket(connection);
    }

    /** The number of the next request, which has no payload. */
    int receive() throws IOException {
        socket.receive(header, 0, MessageDescriptor.HEADER_BYTES, new ArrayList<>());
        return header.get(ValueLayout.JAVA_INT, 0);
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
