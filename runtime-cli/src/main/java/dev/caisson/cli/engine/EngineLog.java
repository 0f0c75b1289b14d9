package dev.caisson.cli.engine;

/** What the engine itself has to say, as opposed to what its commands say to their callers. Safe for use by many threads. */
public interface EngineLog {

    /** Says nothing. */
    EngineLog NONE = new EngineLog() {
        @Override
        public void info(String message) {}

        @Override
        public void warn(String message) {}

        @Override
        public void error(String message, Throwable cause) {}
    };

    /** Something that went as it should. */
    void info(String message);

    /** Something that a client did wrong, or that the engine gets by without. */
    void warn(String message);

    /** A defect. */
    void error(String message, Throwable cause);
}
