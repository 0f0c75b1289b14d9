package dev.caisson.spec;

import java.util.List;

/**
 * NUMA memory policy of the process, see set_mempolicy(2) (config-linux.md, "Memory policy").
 *
 * @param mode  a name like {@code MPOL_INTERLEAVE}
 * @param nodes list of nodes like {@code 0-1,3}; null when absent
 * @param flags names like {@code MPOL_F_STATIC_NODES}
 */
public record MemoryPolicy(String mode, String nodes, List<String> flags) {

    /** Copies the flags. */
    public MemoryPolicy {
        flags = Copies.list(flags);
    }
}
