package dev.caisson.spec;

/**
 * Offset of a clock in the container's time namespace (config-linux.md, "Offset for Time Namespace").
 *
 * @param secs     whole seconds, may be negative; 0 when absent
 * @param nanosecs nanoseconds to add, uint32, below 1000000000; 0 when absent
 */
public record TimeOffset(long secs, long nanosecs) {
}
