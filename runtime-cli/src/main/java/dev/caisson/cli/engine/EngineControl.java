package dev.caisson.cli.engine;

/** The engine that serves an invocation, as {@code caisson engine} shows and ends it. Safe for use by many threads. */
public interface EngineControl {

    /** Whether it goes on after this invocation. */
    boolean resident();

    /** Its pid. */
    long pid();

    /** Which build it is. */
    Build build();

    /** Seconds since it began to serve. */
    long uptimeSeconds();

    /** Connections that it serves now, this one included. */
    int connections();

    /** Where it listens; null for one that does not. */
    String socket();

    /**
     * Lets it listen no more, and end with its last connection. When this returns, another engine can take its place.
     */
    void retire();
}
