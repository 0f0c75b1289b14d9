package dev.caisson.spec;

import java.util.List;

/**
 * Intel Resource Director Technology: caches and memory bandwidth by resctrl (config-linux.md, "IntelRdt").
 *
 * @param closID           name of the class of service, a directory below the resctrl mount; null for the container's id
 * @param schemata         lines to write to the {@code schemata} file, after those of the two fields below
 * @param l3CacheSchema    line for the L3 cache, e.g. {@code L3:0=ffff}; null when absent
 * @param memBwSchema      line for the memory bandwidth, starts with {@code MB:} and has no line end; null when absent
 * @param enableMonitoring whether the container gets a monitoring group of its own
 */
public record IntelRdt(String closID, List<String> schemata, String l3CacheSchema, String memBwSchema, boolean enableMonitoring) {

    /** Copies the schemata. */
    public IntelRdt {
        schemata = Copies.list(schemata);
    }
}
