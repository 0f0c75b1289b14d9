package dev.caisson.cli.state;

/** Where in its life a container is, as its process and its folder show it. */
public enum Life {
    /** {@code create} is at work. */
    CREATING,
    /** Its process waits for {@code start}. */
    CREATED,
    /** The user's program runs, or is frozen. */
    RUNNING,
    /** Its process ended, or its creation broke off. */
    STOPPED
}
