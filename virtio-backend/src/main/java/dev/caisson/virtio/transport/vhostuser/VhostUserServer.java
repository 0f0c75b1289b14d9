package dev.caisson.virtio.transport.vhostuser;

import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.DeviceHost;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.sys.SysException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * Serves a device at a unix socket, to one front-end at a time: while there is one, the next is turned away after a second. When one goes, the
 * device is as it was and the next may come. Thread-safe.
 */
public final class VhostUserServer implements AutoCloseable {

    private static final Logger LOG = System.getLogger(VhostUserServer.class.getName());
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final DeviceHost host;
    private final String path;
    private final Fd listener;
    private final Thread acceptor;
    private Session session;
    private Thread sessionThread;
    private boolean isClosed;

    /**
     * Takes over {@code device} and listens.
     *
     * @param path of the socket, which is made anew: one that is there is removed
     * @throws IOException if that does not work; the device is closed then
     */
    public static VhostUserServer listen(String path, Device device) throws IOException {
        DeviceHost host = new DeviceHost(device);
        try {
            Sys.unlink(path);
            return new VhostUserServer(host, path, Sys.listen(path));
        } catch (IOException e) {
            host.close();
            throw e;
        }
    }

    /**
     * Takes over {@code device} and serves one connected front-end; there will be no other.
     *
     * @throws IOException if its threads can't start
     */
    public static VhostUserServer connected(Fd connection, Device device) throws IOException {
        VhostUserServer server = new VhostUserServer(new DeviceHost(device), null, null);
        server.begin(connection);
        return server;
    }

    private VhostUserServer(DeviceHost host, String path, Fd listener) {
        this.host = host;
        this.path = path;
        this.listener = listener;
        this.acceptor = listener == null ? null
                : Thread.ofPlatform().daemon().name("vhost-user-" + host.device().name()).start(this::accept);
    }

    /** The device's host, for its counters. */
    public DeviceHost host() {
        return host;
    }

    private void accept() {
        while (true) {
            Fd connection;
            try {
                connection = Sys.accept(listener.number());
            } catch (SysException | IllegalStateException e) {
                if (!isClosed()) {
                    LOG.log(Level.ERROR, "{0}: no front-end can come any more: {1}", host.device().name(), e.getMessage());
                }
                return;
            }
            begin(connection);
        }
    }

    private synchronized void begin(Fd connection) {
        // A front-end that comes again may be here before its last connection is cleared away.
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        try {
            for (long left = PATIENCE_NANOS; session != null && left > 0; left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (isClosed || session != null) {
            LOG.log(Level.WARNING, "{0}: a second front-end is turned away", host.device().name());
            connection.close();
            return;
        }
        Session next = new Session(host, connection);
        session = next;
        sessionThread = Thread.ofPlatform().daemon().name("vhost-user-session-" + host.device().name()).start(() -> {
            next.run();
            ended(next);
        });
    }

    /** The session is over once its device is free again: only then may the next begin. */
    private void ended(Session over) {
        synchronized (this) {
            over.close();
            session = null;
            notifyAll();
        }
    }

    private synchronized boolean isClosed() {
        return isClosed;
    }

    /** Waits until the front-end there is, if there is one, has gone. */
    public synchronized void awaitEnd() throws InterruptedException {
        while (session != null) {
            wait();
        }
    }

    /** Ends the connection there is, the socket and the device. */
    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            if (session != null) {
                session.end();
            }
            running = sessionThread;
        }
        if (listener != null) {
            Sys.shutdown(listener.number(), 2);
            join(acceptor);
            listener.close();
            try {
                Sys.unlink(path);
            } catch (SysException e) {
                LOG.log(Level.WARNING, e.getMessage());
            }
        }
        join(running);
        host.close();
    }

    private static void join(Thread thread) {
        boolean wasInterrupted = false;
        while (thread != null && thread != Thread.currentThread() && thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
