package dev.caisson.spec;

import java.util.List;

/**
 * The capability sets of a process, names as in capabilities(7), e.g. {@code CAP_CHOWN} (config.md, "Linux Process").
 * An absent set is an empty one.
 *
 * @param bounding    limit for what can be gained by exec
 * @param effective   what the kernel checks
 * @param inheritable kept over exec of a file that has them inheritable
 * @param permitted   limit for the effective set
 * @param ambient     kept over exec of any unprivileged file
 */
public record Capabilities(List<String> bounding, List<String> effective, List<String> inheritable, List<String> permitted,
                           List<String> ambient) {

    /** Copies the lists. */
    public Capabilities {
        bounding = Copies.list(bounding);
        effective = Copies.list(effective);
        inheritable = Copies.list(inheritable);
        permitted = Copies.list(permitted);
        ambient = Copies.list(ambient);
    }
}
