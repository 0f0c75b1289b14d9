package dev.caisson.spec;

import java.util.List;

/**
 * Execution domain, see personality(2) (config-linux.md, "Personality").
 *
 * @param domain {@code LINUX} or {@code LINUX32}
 * @param flags  further flags; the specification defines none
 */
public record Personality(String domain, List<String> flags) {

    /** Copies the flags. */
    public Personality {
        flags = Copies.list(flags);
    }
}
