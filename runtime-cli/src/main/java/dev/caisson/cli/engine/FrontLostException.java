package dev.caisson.cli.engine;

import java.io.IOException;

/**
 * The front is gone, or spoke nonsense: nothing can be done through it, nor said to the caller, any more. The command takes down
 * what it made half, and ends.
 */
public final class FrontLostException extends IOException {

    private static final long serialVersionUID = 1L;

    /** @param why what happened to it, in one line */
    public FrontLostException(String why) {
        super(why);
    }

    /** @param why what happened to it, in one line */
    public FrontLostException(String why, Throwable cause) {
        super(why, cause);
    }
}
