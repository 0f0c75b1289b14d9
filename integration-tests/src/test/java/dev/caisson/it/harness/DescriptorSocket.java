package dev.caisson.it.harness;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;

/** A unix socket at which descriptors are received: a console's, or a process's. */
public final class DescriptorSocket implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 20_000;

    private final Path path;
    private final int fd;

    DescriptorSocket(Path path) {
        this.path = path;
        this.fd = Linux.listen(path);
    }

    /** Where it lies. */
    public Path path() {
        return path;
    }

    /** Waits for a descriptor. */
    public int receive() throws IOException {
        Assertions.assertTrue(Linux.awaitReadable(fd, PATIENCE_MILLIS), "nobody connects to " + path);
        int connection = Linux.accept(fd);
        try {
            return Linux.receiveDescriptor(connection);
        } finally {
            Linux.close(connection);
        }
    }

    /** Waits for a terminal. */
    public Pty receivePty() throws IOException {
        return new Pty(receive());
    }

    @Override
    public void close() throws IOException {
        Linux.close(fd);
        java.nio.file.Files.deleteIfExists(path);
    }
}
