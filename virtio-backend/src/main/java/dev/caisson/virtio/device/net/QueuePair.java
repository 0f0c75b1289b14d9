package dev.caisson.virtio.device.net;

import static dev.caisson.virtio.device.net.NetDescriptor.*;

import dev.caisson.virtio.device.DeviceQueue;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.sys.EventLoop;
import dev.caisson.virtio.sys.IoVector;
import dev.caisson.virtio.sys.SysException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One pair of queues and its peer. A frame for the driver is taken into memory of our own and copied into as many buffers as it needs, since
 * its length is known only then; a frame from the driver goes to the peer from where it lies. On the pair's thread alone.
 */
final class QueuePair implements AutoCloseable {

    private static final Logger LOG = System.getLogger(QueuePair.class.getName());

    /** After so many frames others have their turn. */
    private static final int MOST_TURNS = 64;
    /** The driver may give buffers of a byte each, but not for a whole frame. */
    private static final int MOST_BUFFERS = 64;

    private final NetPeer peer;
    private final DeviceQueue receive;
    private final DeviceQueue transmit;
    private final EventLoop loop;
    private final Arena arena = Arena.ofShared();
    /** The header and the frame for the driver; {@link #pendingBytes} of it wait for buffers. */
    private final MemorySegment frame = arena.allocate(HEADER_BYTES + MOST_FRAME_BYTES, 8);
    private final IoVector frameVector = new IoVector();
    private final IoVector sendVector = new IoVector();
    private final DescriptorChain[] buffers = new DescriptorChain[MOST_BUFFERS];
    private int bufferCount;
    private long bufferBytes;
    private int pendingBytes;

    private final Runnable receiveAgain = this::receiveKicked;

    private EventLoop.Registration peerReady;
    private boolean isMergeable;
    private boolean isUsed = true;
    private volatile long dropped;

    QueuePair(NetPeer peer, DeviceQueue receive, DeviceQueue transmit, EventLoop loop) {
        this.peer = peer;
        this.receive = receive;
        this.transmit = transmit;
        this.loop = loop;
        for (int i = 0; i < MOST_BUFFERS; i++) {
            buffers[i] = new DescriptorChain();
        }
    }

    void begin() {
        try {
            peerReady = loop.register(peer.descriptor(), 0, ready -> receiveFrames());
        } catch (SysException e) {
            LOG.log(Level.WARNING, "net: {0}", e.getMessage());
        }
    }

    void negotiated(long features) {
        loop.call(() -> {
            isMergeable = (features & F_MRG_RXBUF) != 0;
            isUsed = true;
            peer.negotiated(features);
        });
    }

    /** Whether the driver uses the pair. From the control queue's thread. */
    void use(boolean used) {
        loop.post(() -> {
            isUsed = used;
            receiveKicked();
        });
    }

    /** How many frames were lost because one side would not take them. From any thread. */
    long dropped() {
        return dropped;
    }

    // From the peer to the driver.

    void receiveKicked() {
        receive.suppressKicks();
        if (pendingBytes > 0 && !deliver()) {
            waitForBuffers();
            return;
        }
        peerReady.change(isUsed && receive.isRunning() ? EventLoop.IN : 0);
    }

    private void receiveFrames() {
        for (int turn = 0; turn < MOST_TURNS && isUsed && receive.isRunning(); turn++) {
            if (bufferCount == 0 && !receive.hasNext()) {
                waitForBuffers();
                return;
            }
            boolean hasHeader = peer.carriesHeaders();
            frameVector.clear();
            frameVector.add(frame, hasHeader ? 0 : HEADER_BYTES, hasHeader ? HEADER_BYTES + MOST_FRAME_BYTES : MOST_FRAME_BYTES);
            long n = peer.receive(frameVector);
            if (n <= 0) {
                break;
            }
            if (!hasHeader) {
                frame.asSlice(0, HEADER_BYTES).fill((byte) 0);
            }
            pendingBytes = (int) (hasHeader ? n : n + HEADER_BYTES);
            if (!deliver()) {
                waitForBuffers();
                return;
            }
        }
        receive.notifyDriver();
        if (!isUsed || !receive.isRunning()) {
            peerReady.change(0);
        }
    }

    private void waitForBuffers() {
        receive.notifyDriver();
        if (receive.allowKicks()) {
            // Some have come meanwhile.
            loop.defer(receiveAgain);
        } else {
            peerReady.change(0);
        }
    }

    /** Copies the frame that waits into buffers; false if there are too few for now. */
    private boolean deliver() {
        while (bufferBytes < pendingBytes && bufferCount < (isMergeable ? MOST_BUFFERS : 1)) {
            DescriptorChain buffer = buffers[bufferCount];
            if (!receive.next(buffer)) {
                return false;
            }
            bufferBytes += buffer.writable().size();
            bufferCount++;
        }
        if (bufferBytes < pendingBytes) {
            // More than they hold: the frame is lost, the buffers are kept for the next.
            dropped = dropped + 1;
            pendingBytes = 0;
            return true;
        }
        try {
            int used = 0;
            for (long room = 0; room < pendingBytes; used++) {
                room += buffers[used].writable().size();
            }
            LittleEndian.putShort(frame, HEADER_BUFFERS, used);
            long done = 0;
            for (int i = 0; i < used; i++) {
                long n = Math.min(buffers[i].writable().size(), pendingBytes - done);
                buffers[i].writable().put(frame, done, n);
                receive.stage(buffers[i], n);
                done += n;
            }
            receive.publish();
            keepFrom(used);
        } catch (QueueException | InternalError e) {
            receive.fail(e);
        }
        pendingBytes = 0;
        return true;
    }

    /** The buffers from {@code used} on, left from a frame that was lost, become the first. */
    private void keepFrom(int used) {
        bufferBytes = 0;
        for (int i = used; i < bufferCount; i++) {
            DescriptorChain kept = buffers[i];
            buffers[i] = buffers[i - used];
            buffers[i - used] = kept;
            bufferBytes += kept.writable().size();
        }
        bufferCount -= used;
    }

    /** The queue ends: the buffers that are held go back empty. */
    void receiveStopping() {
        for (int i = 0; i < bufferCount; i++) {
            receive.stage(buffers[i], 0);
        }
        receive.publish();
        bufferCount = 0;
        bufferBytes = 0;
        pendingBytes = 0;
        peerReady.change(0);
    }

    void memoryChanged() {
        try {
            for (int i = 0; i < bufferCount; i++) {
                buffers[i].rebind(receive.memory());
            }
        } catch (QueueException e) {
            receive.fail(e);
        }
    }

    // From the driver to the peer.

    void transmitKicked() {
        transmit.drain(this::send);
    }

    private long send(DescriptorChain packet) throws QueueException {
        long bytes = packet.readable().size();
        if (bytes < HEADER_BYTES || bytes > HEADER_BYTES + MOST_FRAME_BYTES) {
            throw new QueueException("a packet has %d bytes".formatted(bytes));
        }
        if (!peer.carriesHeaders()) {
            packet.readable().skip(HEADER_BYTES);
        }
        sendVector.clear();
        packet.readable().gather(sendVector, packet.readable().remaining());
        if (packet.readable().remaining() > 0 || peer.send(sendVector) < 0) {
            dropped = dropped + 1;
        }
        return 0;
    }

    @Override
    public void close() {
        frameVector.close();
        sendVector.close();
        arena.close();
    }
}
