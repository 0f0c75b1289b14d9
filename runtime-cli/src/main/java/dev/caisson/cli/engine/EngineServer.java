package dev.caisson.cli.engine;

import dev.caisson.cli.engine.Session.Outcome;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A resident engine: accepts fronts and serves each in a thread of its own, until nobody came for a while or it is told to retire.
 *
 * <p>Nobody is lost when it ends. With the lock still held it takes the socket's name away, has the kernel refuse further
 * connections, accepts those that are in the queue already, and only then lets another engine take its place; then it waits for its
 * last connection to end. Only the accepting thread begins connections, so "none is left" stays true while it decides to end.
 *
 * <p>Connections get platform threads: they block in native calls, which would pin virtual ones.
 */
final class EngineServer implements EngineControl {

    private static final int MOST_CONNECTIONS = 1000;
    private static final long STACK_BYTES = 256 * 1024;
    private static final long THREAD_IDLE_SECONDS = 20;

    /** After so long without a connection, memory that the last ones needed is given back. */
    private static final long TIDY_NANOS = 3_000_000_000L;

    private final Session session;
    private final Build build;
    private final ResidentSocket socket;
    private final long idleNanos;
    private final EngineLog log;
    private final ThreadPoolExecutor threads;
    private final AtomicInteger connections = new AtomicInteger();
    private final CountDownLatch withdrawn = new CountDownLatch(1);
    private final long began = System.nanoTime();
    private volatile long lastUse = began;
    private volatile boolean retired;

    /**
     * @param socket      where fronts come, this server's to close; null to serve only what {@link #serve} is given
     * @param idleSeconds how long it waits for the next one, 1 or more
     */
    EngineServer(CommandHandlerFactory commands, Build build, InvokeFrame.World world, ResidentSocket socket, int idleSeconds,
                 EngineLog log) {
        this.session = new Session(commands.forEngine(this), build, world, log);
        this.build = build;
        this.socket = socket;
        this.idleNanos = idleSeconds * 1_000_000_000L;
        this.log = log;
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(0, MOST_CONNECTIONS, THREAD_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
                task -> new Thread(null, task, "connection-" + number.incrementAndGet(), STACK_BYTES));
    }

    /** Serves a connection in the background. */
    void serve(Descriptor connection) {
        connections.incrementAndGet();
        try {
            threads.execute(() -> {
                try {
                    if (session.serve(connection) == Outcome.OUTDATED) {
                        log.info("retiring: a front of another build came");
                        beginToRetire();
                    }
                } finally {
                    lastUse = System.nanoTime();
                    connections.decrementAndGet();
                }
            });
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // Hung up on before a word, the front goes to an engine of its own.
            connections.decrementAndGet();
            connection.close();
            log.warn("a connection is turned away: " + MOST_CONNECTIONS + " are being served, or no thread can be made");
        }
    }

    /** Accepts fronts until the engine's time is over, and returns when the last of them is served. */
    void run() throws IOException {
        try (socket) {
            acceptUntilOver();
            withdraw();
        } finally {
            withdrawn.countDown();
            finish();
        }
    }

    /** Lets the connections that there are come to their ends. */
    void finish() {
        threads.shutdown();
        try {
            while (!threads.awaitTermination(1, TimeUnit.HOURS)) {
                log.info("still serving " + connections.get() + " connections");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void acceptUntilOver() {
        boolean tidy = false;
        while (!retired) {
            long quiet = System.nanoTime() - lastUse;
            boolean busy = connections.get() > 0;
            if (!busy && quiet >= idleNanos) {
                log.info("ending: no command came for a while");
                return;
            }
            if (!busy && !tidy && quiet >= TIDY_NANOS) {
                tidyUp();
                tidy = true;
            }
            long nap = busy ? idleNanos : Math.min(idleNanos - quiet, tidy ? Long.MAX_VALUE : Math.max(0, TIDY_NANOS - quiet));
            Descriptor connection = accept((int) Math.min(nap / 1_000_000 + 1, Integer.MAX_VALUE));
            if (connection != null) {
                tidy = false;
                serve(connection);
            }
        }
    }

    private Descriptor accept(int timeoutMillis) {
        try {
            return socket.listener().accept(timeoutMillis);
        } catch (LinuxException e) {
            log.warn(e.getMessage()); // out of descriptors, most likely
            try {
                Thread.sleep(20);
            } catch (InterruptedException interrupt) {
                Thread.currentThread().interrupt();
                retired = true;
            }
            return null;
        }
    }

    private void withdraw() throws IOException {
        if (socket.isActivated()) {
            return; // the queue is the next engine's
        }
        socket.withdraw();
        while (true) {
            try {
                Descriptor connection = socket.listener().accept(0);
                if (connection != null) {
                    serve(connection);
                }
            } catch (LinuxException e) {
                return; // the queue is empty
            }
        }
    }

    private void beginToRetire() {
        retired = true;
        if (socket != null) {
            socket.listener().wake();
        }
    }

    private static void tidyUp() {
        System.gc();
        Sys.trimHeap();
    }

    @Override
    public boolean resident() {
        return socket != null;
    }

    @Override
    public long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public Build build() {
        return build;
    }

    @Override
    public long uptimeSeconds() {
        return (System.nanoTime() - began) / 1_000_000_000L;
    }

    @Override
    public int connections() {
        return connections.get();
    }

    @Override
    public String socket() {
        return socket == null ? null : socket.name();
    }

    @Override
    public void retire() {
        beginToRetire();
        try {
            withdrawn.await(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
