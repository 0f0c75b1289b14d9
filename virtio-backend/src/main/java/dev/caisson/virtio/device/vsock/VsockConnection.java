package dev.caisson.virtio.device.vsock;

import static dev.caisson.virtio.device.vsock.VsockDescriptor.*;

import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.queue.ReadableBuffer;
import dev.caisson.virtio.sys.Errno;
import dev.caisson.virtio.sys.EventLoop;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.IoVector;
import dev.caisson.virtio.sys.Sys;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One stream between a port of the guest's and a unix socket. Either side may send only what the other has room for: the guest is given
 * {@link #BUFFER_BYTES}, which is as much as is kept here when the unix socket takes no more. On the device's thread alone.
 */
final class VsockConnection implements AutoCloseable {

    static final int BUFFER_BYTES = 256 << 10;

    final int guestPort;
    final int hostPort;
    final Fd socket;
    EventLoop.Registration ready;
    boolean isEstablished;
    boolean isClosed;
    /** The unix socket will send no more. */
    boolean hostHasEnded;
    /** The guest will send no more: once what is kept is gone, the unix socket is told. */
    boolean guestHasEnded;
    /** The guest will receive no more. */
    boolean guestIsDeaf;
    /** Operations that wait for a receive buffer, a bit each. */
    int pending;

    // What the guest has room for.
    private long guestBuffer;
    private long guestForwarded;
    private long sent;

    // What was taken from the guest, modulo 2^32, and when it was last told so.
    private int forwarded;
    private int forwardedTold;

    private final Arena arena = Arena.ofShared();
    private MemorySegment kept;
    private int keptStart;
    private int keptBytes;

    VsockConnection(int guestPort, int hostPort, Fd socket) {
        this.guestPort = guestPort;
        this.hostPort = hostPort;
        this.socket = socket;
    }

    void credit(long buffer, long itsForwarded) {
        guestBuffer = buffer;
        guestForwarded = itsForwarded;
    }

    /** How many bytes the guest has room for; never negative. */
    long room() {
        long underway = sent - guestForwarded & 0xffff_ffffL;
        return Math.max(0, guestBuffer - underway);
    }

    void sent(long bytes) {
        sent = sent + bytes & 0xffff_ffffL;
    }

    int forwarded() {
        forwardedTold = forwarded;
        return forwarded;
    }

    /** Whether the guest may be waiting to hear that there is room. */
    boolean owesCredit() {
        return forwarded - forwardedTold >= BUFFER_BYTES / 2;
    }

    /**
     * Takes the guest's data: writes it to the unix socket, and keeps what that does not take.
     *
     * @return false if the unix socket is gone
     * @throws QueueException if the guest has sent more than it was given room for
     */
    boolean take(ReadableBuffer data, IoVector vector) throws QueueException {
        if (data.remaining() > BUFFER_BYTES - keptBytes) {
            throw new QueueException("the guest has sent %d bytes where there is room for %d"
                    .formatted(data.remaining(), BUFFER_BYTES - keptBytes));
        }
        if (keptBytes == 0 && data.remaining() > 0) {
            vector.clear();
            long wanted = data.remaining();
            long position = data.position();
            data.gather(vector, wanted);
            long n = vector.write(socket.number());
            if (n < 0 && n != -Errno.EAGAIN) {
                return false;
            }
            long done = Math.max(0, n);
            forwarded += (int) done;
            if (done == wanted) {
                return true;
            }
            data.moveTo(position + done);
        }
        keep(data);
        return true;
    }

    private void keep(ReadableBuffer data) throws QueueException {
        if (kept == null) {
            kept = arena.allocate(BUFFER_BYTES);
        }
        if (keptStart + keptBytes + data.remaining() > BUFFER_BYTES) {
            MemorySegment.copy(kept, keptStart, kept, 0, keptBytes);
            keptStart = 0;
        }
        int n = (int) data.remaining();
        data.get(kept, keptStart + keptBytes, n);
        keptBytes += n;
    }

    boolean hasKept() {
        return keptBytes > 0;
    }

    /** Writes what is kept, as far as the unix socket takes it; false if that is gone. */
    boolean writeKept() {
        while (keptBytes > 0) {
            long n = Sys.write(socket.number(), kept.address() + keptStart, keptBytes);
            if (n == -Errno.EAGAIN) {
                return true;
            }
            if (n < 0) {
                return false;
            }
            keptStart += (int) n;
            keptBytes -= (int) n;
            forwarded += (int) n;
        }
        keptStart = 0;
        return true;
    }

    @Override
    public void close() {
        isClosed = true;
        if (ready != null) {
            ready.close();
        }
        socket.close();
        arena.close();
    }
}
