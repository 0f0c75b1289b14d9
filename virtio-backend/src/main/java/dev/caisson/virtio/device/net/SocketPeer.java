package dev.caisson.virtio.device.net;

import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.IoVector;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.SysException;

/** A datagram socket, connected: a frame is a datagram. */
public final class SocketPeer implements NetPeer {

    private final Fd socket;

    /** Takes over {@code socket}. */
    public SocketPeer(Fd socket) throws SysException {
        Sys.setNonBlocking(socket.number());
        this.socket = socket;
    }

    @Override
    public int descriptor() {
        return socket.number();
    }

    @Override
    public boolean carriesHeaders() {
        return false;
    }

    @Override
    public void negotiated(long features) {
        // Nothing that was negotiated reaches the other end.
    }

    @Override
    public long receive(IoVector into) {
        return into.read(socket.number());
    }

    @Override
    public long send(IoVector frame) {
        return frame.write(socket.number());
    }

    @Override
    public void close() {
        socket.close();
    }
}
