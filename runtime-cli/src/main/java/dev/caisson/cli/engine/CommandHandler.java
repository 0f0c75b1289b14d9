package dev.caisson.cli.engine;

/** Does what invocations ask for. Called from many threads at once. */
public interface CommandHandler {

    /**
     * Carries out one invocation; whatever the caller is to read has been written to {@code front} when this returns.
     *
     * @return the exit code, 0 to 255
     * @throws FrontLostException if the front is gone
     */
    int handle(Invocation invocation, Front front) throws FrontLostException;
}
