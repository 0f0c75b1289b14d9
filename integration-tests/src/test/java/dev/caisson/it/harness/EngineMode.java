package dev.caisson.it.harness;

/** Which engine serves a command. */
public enum EngineMode {
    /** One that stays for the next commands. */
    RESIDENT,
    /** One for this command alone. */
    ONESHOT,
    /** The one that stays if there can be one. */
    AUTO;

    String variable() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
