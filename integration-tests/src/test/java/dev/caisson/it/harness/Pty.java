package dev.caisson.it.harness;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A pseudo terminal, seen from the side where the user sits. What comes out of it is collected as it comes. */
public final class Pty implements AutoCloseable {

    private final int master;
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final Thread reader;

    /** A new one. */
    public Pty() {
        this(Linux.openPty());
    }

    /** One whose master was received from somebody. */
    Pty(int master) {
        this.master = master;
        this.reader = Thread.ofPlatform().daemon().name("pty").start(this::collect);
    }

    private void collect() {
        for (byte[] bytes = read(); bytes != null; bytes = read()) {
            synchronized (shown) {
                shown.writeBytes(bytes);
            }
        }
    }

    /** A master whose other side nobody has opened yet, or any more, is asked again until the thread is told to end. */
    private byte[] read() {
        while (!Thread.currentThread().isInterrupted()) {
            if (Linux.awaitReadable(master, 50)) {
                byte[] bytes = Linux.read(master);
                if (bytes != null) {
                    return bytes;
                }
                try {
                    Thread.sleep(10);
                } catch (InterruptedException e) {
                    return null;
                }
            }
        }
        return null;
    }

    /** The other side's file. */
    public Path name() {
        return Linux.ptyName(master);
    }

    /** Sets the size of the window. */
    public Pty resize(int rows, int columns) {
        Linux.resize(master, rows, columns);
        return this;
    }

    /** Types something. */
    public void type(String text) {
        Linux.write(master, text.getBytes(StandardCharsets.UTF_8));
    }

    /** What has been shown so far. */
    public String screen() {
        synchronized (shown) {
            return shown.toString(StandardCharsets.UTF_8);
        }
    }

    /** Waits until a text is shown. */
    public void awaitText(String text) {
        if (!Await.holds(20_000, () -> screen().contains(text))) {
            throw new AssertionError("never shown: " + text + "\nscreen: " + screen());
        }
    }

    @Override
    public void close() {
        reader.interrupt();
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Linux.close(master);
    }
}
