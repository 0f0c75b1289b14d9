package dev.caisson.cli.command;

/** A command that failed: one line for the caller, and the exit code. */
public final class CommandException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    /** @param message one line: what was being done, to what, and what the kernel said; the exit code is 1 */
    public CommandException(String message) {
        this(message, 1);
    }

    /** @param exitCode 1 to 255 */
    public CommandException(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** Keeps the cause for the engine's log. */
    public CommandException(String message, Throwable cause) {
        super(message, cause);
        this.exitCode = 1;
    }

    /** What the front exits with. */
    public int exitCode() {
        return exitCode;
    }
}
