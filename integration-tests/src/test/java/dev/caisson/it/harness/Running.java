package dev.caisson.it.harness;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command that runs. */
public final class Running implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 60;

    private final List<String> command;
    private final Process process;
    private final Path out;
    private final Path err;

    Running(List<String> command, Process process, Path out, Path err) {
        this.command = command;
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Its process. */
    public long pid() {
        return process.pid();
    }

    /** Whether it still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends it a signal. */
    public Running signal(int signal) {
        Linux.kill(pid(), signal);
        return this;
    }

    /** Its standard output so far. */
    public String stdout() {
        return Files.text(out);
    }

    /** Waits until its standard output contains a text. */
    public Running awaitText(String text) {
        if (!Await.holds(20_000, () -> stdout().contains(text) || !isAlive() && !stdout().contains(text))
                || !stdout().contains(text)) {
            throw new AssertionError("never written: " + text + "\n" + new Result(command, isAlive() ? -1 : process.exitValue(), out, err));
        }
        return this;
    }

    /** Waits for its end. */
    public Result await() {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("did not end within " + PATIENCE_SECONDS + " s: " + new Result(command, -1, out, err));
            }
            return new Result(command, process.exitValue(), out, err);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Kills it, if it still runs. */
    @Override
    public void close() {
        process.destroyForcibly();
        await();
    }
}
