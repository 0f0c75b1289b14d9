package dev.caisson.it.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.jna.Memory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Somebody at a unix socket who is handed the listeners of seccomp filters, and answers all calls that they ask about in one way.
 */
public final class SeccompAgent implements AutoCloseable {

    // linux/seccomp.h: _IOWR('!', 0, struct seccomp_notif), _IOWR('!', 1, struct seccomp_notif_resp), and the response's flag
    private static final long NOTIF_RECV = 0xc0502100L;
    private static final long NOTIF_SEND = 0xc0182101L;
    private static final int CONTINUE = 1;
    private static final int PATIENCE_MILLIS = 20_000;

    private final Path path;
    private final int socket;
    private final int errno;
    private final boolean lets;
    private final List<JsonNode> introductions = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ended;
    private int calls;

    private SeccompAgent(Path path, int errno, boolean lets) {
        this.path = path;
        this.socket = Linux.listen(path);
        this.errno = errno;
        this.lets = lets;
        threads.add(Thread.ofPlatform().daemon().name("seccomp agent").start(this::accept));
    }

    /** Says of each call that it failed; with 0, that it succeeded, though nothing was done. */
    static SeccompAgent failing(Path path, int errno) {
        return new SeccompAgent(path, errno, false);
    }

    /** Lets each call go on as if nobody had been asked. */
    static SeccompAgent letting(Path path) {
        return new SeccompAgent(path, 0, true);
    }

    /** Where it listens. */
    public Path path() {
        return path;
    }

    /** The container process states that it was sent. */
    public synchronized List<JsonNode> introductions() {
        return List.copyOf(introductions);
    }

    /** How many calls it was asked about. */
    public synchronized int calls() {
        return calls;
    }

    private void accept() {
        while (!ended) {
            if (Linux.poll(socket, 50) != 0) {
                int connection = Linux.accept(socket);
                int listener = introduced(connection);
                Linux.close(connection);
                synchronized (this) {
                    threads.add(Thread.ofPlatform().daemon().name("seccomp listener").start(() -> answer(listener)));
                }
            }
        }
    }

    /** Reads a connection to its end: one state, and with its first byte one listener. */
    private int introduced(int connection) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int listener = -1;
        for (Linux.Message part = Linux.receive(connection); part.bytes().length > 0; part = Linux.receive(connection)) {
            listener = part.descriptor() >= 0 ? part.descriptor() : listener;
            text.writeBytes(part.bytes());
        }
        synchronized (this) {
            introductions.add(Json.read(text.toString(StandardCharsets.UTF_8)));
        }
        return listener;
    }

    /**
     * Answers until nobody is left to ask.
     *
     * <pre>
     *   struct seccomp_notif, 80 bytes:      0 id, 8 pid, 12 flags, 16 struct seccomp_data
     *   struct seccomp_notif_resp, 24 bytes: 0 id, 8 val, 16 error, 20 flags
     * </pre>
     */
    private void answer(int listener) {
        try (Memory question = new Memory(80); Memory answer = new Memory(24)) {
            while (!ended) {
                int seen = Linux.poll(listener, 50);
                if ((seen & Linux.POLLIN) != 0) {
                    question.clear();
                    if (Linux.ioctl(listener, NOTIF_RECV, question) == 0) {
                        synchronized (this) {
                            calls++;
                        }
                        answer.clear();
                        answer.setLong(0, question.getLong(0));
                        answer.setInt(16, -errno);
                        answer.setInt(20, lets ? CONTINUE : 0);
                        Linux.ioctl(listener, NOTIF_SEND, answer);
                    }
                } else if (seen != 0) {
                    break;
                }
            }
        } finally {
            Linux.close(listener);
        }
    }

    /** Waits until it has been handed so many listeners. */
    public SeccompAgent awaitIntroductions(int count) {
        if (!Await.holds(PATIENCE_MILLIS, () -> introductions().size() >= count)) {
            throw new AssertionError("only " + introductions().size() + " listeners came");
        }
        return this;
    }

    /** Goes away, with all its listeners. */
    public void leave() throws IOException {
        if (ended) {
            return;
        }
        ended = true;
        try {
            threads.getFirst().join();
            for (Thread thread : List.copyOf(threads)) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Linux.close(socket);
        java.nio.file.Files.deleteIfExists(path);
    }

    @Override
    public void close() throws IOException {
        leave();
    }
}
