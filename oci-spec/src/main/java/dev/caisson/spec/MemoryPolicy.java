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

    /** The modes, by their numbers from 0 on (linux/mempolicy.h). */
    public static final List<String> MODES = List.of("MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL",
        "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE");

    /** The flags, by their bits from {@link #FIRST_FLAG} on (linux/mempolicy.h). */
    public static final List<String> FLAGS = List.of("MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES");

    /** The first flag's bit. */
    public static final int FIRST_FLAG = 13;

    /** Copies the flags. */
    public MemoryPolicy {
        flags = Copies.list(flags);
    }
}
