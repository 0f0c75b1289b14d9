package dev.caisson.cli.engine;

/**
 * The frames that travel between a front and an engine; the front's {@code protocol.h} draws them.
 *
 * <pre>
 *   +---------------+---------------+-----------
 *   | type          | length        | length bytes
 *   +---------------+---------------+-----------
 *     u32             u32
 * </pre>
 */
final class Frames {

    /** What this engine speaks. */
    static final int PROTOCOL_VERSION = 1;

    /** "CINV": the first bytes of an INVOKE. */
    static final int INVOKE_MAGIC = 0x564e4943;

    static final int HEADER = 8;

    /** The most bytes that follow a header. */
    static final int LIMIT = 16 << 20;

    // From the front.
    static final int INVOKE = 1;
    static final int REPORT = 2;
    static final int FD = 3;

    // From the engine.
    static final int REFUSE = 16;
    static final int UNDO = 17;
    static final int PLAN = 18;
    static final int WRITE = 19;
    static final int GIVE_FD = 20;
    static final int EXIT = 21;

    private Frames() {}
}
