package dev.caisson.linux.launch;

/** Who holds the other end of a process's terminal. */
public sealed interface Terminal {

    /** There is no terminal: the process has the caller's own descriptors 0, 1 and 2. */
    record None() implements Terminal {}

    /** Whoever listens on a unix socket gets it ({@code --console-socket}). */
    record Socket(String path) implements Terminal {}

    /** The command itself, which stays in the foreground and relays. */
    record Foreground() implements Terminal {}

    /** No terminal. */
    Terminal NONE = new None();

    /** A terminal relayed by the command. */
    Terminal FOREGROUND = new Foreground();
}
