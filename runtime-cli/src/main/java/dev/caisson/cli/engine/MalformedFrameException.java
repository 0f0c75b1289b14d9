package dev.caisson.cli.engine;

import java.io.IOException;

/** What came over a connection is no frame that belongs there. The connection is of no more use. */
final class MalformedFrameException extends IOException {

    private static final long serialVersionUID = 1L;

    MalformedFrameException(String why) {
        super(why);
    }
}
