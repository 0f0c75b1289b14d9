package dev.caisson.virtio.device.console;

import dev.caisson.virtio.device.DeviceQueue;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.sys.Errno;
import dev.caisson.virtio.sys.EventLoop;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.IoVector;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.SysException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * One port: moves bytes between its two queues and its stream, neither of which waits for the other in a way that loses any: input is left
 * where it is while the driver has no buffer for it, and a buffer is kept while the stream takes no more. While nobody is connected, what the
 * driver sends is dropped, as on an unplugged line. On the device's thread alone.
 */
final class ConsolePort implements AutoCloseable {

    private static final Logger LOG = System.getLogger(ConsolePort.class.getName());
    private static final long MOST_BYTES = 1 << 20;
    /** After so many buffers others have their turn. */
    private static final int MOST_TURNS = 64;

    private final PortStream stream;
    private final DeviceQueue receive;
    private final DeviceQueue transmit;
    private final EventLoop loop;
    private final Runnable openChanged;
    private final Runnable transmitAgain = this::transmitKicked;
    private final IoVector vector = new IoVector();
    private final IoVector sendVector = new IoVector();
    private final DescriptorChain receiving = new DescriptorChain();
    private final DescriptorChain sending = new DescriptorChain();
    private long sent;
    private boolean isSending;

    private Fd input;
    private Fd output;
    private EventLoop.Registration inputReady;
    private EventLoop.Registration outputReady;
    private boolean isWatchingInput;

    /** @param openChanged is run when somebody connects or goes */
    ConsolePort(PortStream stream, DeviceQueue receive, DeviceQueue transmit, EventLoop loop, Runnable openChanged) {
        this.stream = stream;
        this.receive = receive;
        this.transmit = transmit;
        this.loop = loop;
        this.openChanged = openChanged;
    }

    PortStream stream() {
        return stream;
    }

    boolean isOpen() {
        return output != null;
    }

    void begin() {
        try {
            if (stream.listener() != null) {
                loop.register(stream.listener().number(), EventLoop.IN, ready -> accept());
            } else {
                connect(stream.input(), stream.output());
            }
        } catch (SysException e) {
            LOG.log(Level.WARNING, "console: port {0}: {1}", stream.name(), e.getMessage());
        }
    }

    private void accept() {
        try {
            Fd client = Sys.accept(stream.listener().number());
            if (isOpen()) {
                client.close();
            } else {
                connect(client, client);
            }
        } catch (SysException e) {
            LOG.log(Level.WARNING, "console: port {0}: {1}", stream.name(), e.getMessage());
        }
    }

    private void connect(Fd in, Fd out) throws SysException {
        Sys.setNonBlocking(in.number());
        Sys.setNonBlocking(out.number());
        input = in;
        // Registered apart from the input even if it is the same file: an epoll instance takes a descriptor once.
        output = in == out ? Sys.duplicate(out.number()) : out;
        inputReady = loop.register(input.number(), EventLoop.IN, this::readable);
        isWatchingInput = true;
        outputReady = loop.register(output.number(), 0, ready -> writable());
        openChanged.run();
    }

    private void disconnect() {
        if (!isOpen()) {
            return;
        }
        inputReady.close();
        outputReady.close();
        Fd.closeAll(input, output);
        input = null;
        output = null;
        openChanged.run();
    }

    /** The driver has given a buffer to receive into. */
    void receiveKicked() {
        if (isOpen() && !isWatchingInput) {
            isWatchingInput = true;
            inputReady.change(EventLoop.IN);
        }
    }

    private void readable(int ready) {
        if (!receive.next(receiving)) {
            if ((ready & EventLoop.HANGUP) != 0 && !Sys.hasInput(input.number())) {
                disconnect();
                return;
            }
            if (receive.isRunning() && receive.allowKicks()) {
                return;   // One has come meanwhile: the input is ready still, and this is called again.
            }
            isWatchingInput = false;
            inputReady.change(0);
            return;
        }
        vector.clear();
        try {
            receiving.writable().gather(vector, Math.min(receiving.writable().size(), MOST_BYTES));
        } catch (QueueException e) {
            receive.fail(e);
            return;
        }
        long n = vector.read(input.number());
        receive.complete(receiving, Math.max(n, 0));
        receive.notifyDriver();
        if (n == 0 || n < 0 && n != -Errno.EAGAIN) {
            disconnect();
        }
    }

    /** The driver has sent something. */
    void transmitKicked() {
        int turns = 0;
        do {
            transmit.suppressKicks();
            while (isSending || transmit.next(sending)) {
                if (!isSending) {
                    isSending = true;
                    sent = 0;
                }
                if (!send()) {
                    transmit.notifyDriver();
                    return;
                }
                finishSending();
                if (++turns == MOST_TURNS) {
                    transmit.notifyDriver();
                    loop.defer(transmitAgain);
                    return;
                }
            }
            transmit.notifyDriver();
        } while (transmit.allowKicks());
    }

    /** Sends on from where it stood; false if the stream takes no more for now. */
    private boolean send() {
        try {
            while (isOpen() && sent < sending.readable().size()) {
                sending.rewind();
                sending.readable().skip(sent);
                sendVector.clear();
                sending.readable().gather(sendVector, sending.readable().remaining());
                long n = sendVector.write(output.number());
                if (n == -Errno.EAGAIN) {
                    outputReady.change(EventLoop.OUT);
                    return false;
                }
                if (n < 0) {
                    disconnect();
                    return true;
                }
                sent += n;
            }
        } catch (QueueException e) {
            transmit.fail(e);
        }
        return true;
    }

    private void writable() {
        outputReady.change(0);
        transmitKicked();
    }

    private void finishSending() {
        if (isSending) {
            isSending = false;
            transmit.complete(sending, 0);
        }
    }

    /** The queue ends: what is left of a buffer is not sent. */
    void transmitStopping() {
        finishSending();
    }

    void memoryChanged() {
        if (isSending) {
            try {
                sending.rebind(transmit.memory());
            } catch (QueueException e) {
                isSending = false;
                transmit.fail(e);
            }
        }
    }

    @Override
    public void close() {
        Fd.closeAll(input, output, stream.input(), stream.output(), stream.listener());
        vector.close();
        sendVector.close();
    }
}
