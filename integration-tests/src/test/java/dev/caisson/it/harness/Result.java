package dev.caisson.it.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

/**
 * What became of a command. The outputs are read when asked for: a container that outlives the command goes on to write there.
 *
 * @param command what ran
 * @param code    its exit code; 128 + n for a signal n that ended it
 * @param out     where its standard output goes
 * @param err     where its standard error goes
 */
public record Result(List<String> command, int code, java.nio.file.Path out, java.nio.file.Path err) {

    /** The standard output so far. */
    public String stdout() {
        return Files.text(out);
    }

    /** The standard error so far. */
    public String stderr() {
        return Files.text(err);
    }

    /** The standard error as a reader takes it: a log line has its quotes escaped. */
    public String complaint() {
        return stderr().replace("\\\"", "\"");
    }

    /** Asserts success; the standard output, without the white space around it. */
    public String ok() {
        return exits(0).stdout().strip();
    }

    /** Asserts success; the lines of the standard output. */
    public List<String> lines() {
        return exits(0).stdout().lines().toList();
    }

    /** Asserts the exit code. */
    public Result exits(int expected) {
        assertEquals(expected, code, this::toString);
        return this;
    }

    @Override
    public String toString() {
        return String.join(" ", command) + "\n  exit code " + code + "\n  stdout: " + stdout() + "\n  stderr: " + stderr();
    }
}
