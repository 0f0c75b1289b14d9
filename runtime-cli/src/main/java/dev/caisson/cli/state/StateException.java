package dev.caisson.cli.state;

import java.io.IOException;

/** Why a container can't be had from the store; the message is the one line that callers know from other runtimes. */
public final class StateException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What is wrong, for those who go on in spite of it. */
    public enum Problem {
        /** The id is empty or has characters that an id may not have. */
        INVALID_ID,
        /** There is no container of this id. */
        NOT_FOUND,
        /** There is one already. */
        EXISTS,
        /** Another command holds it for too long. */
        BUSY,
        /** Its folder is there, and what it says can't be read. */
        UNREADABLE
    }

    private final Problem problem;

    StateException(Problem problem, String message) {
        super(message);
        this.problem = problem;
    }

    /** What is wrong. */
    public Problem problem() {
        return problem;
    }
}
