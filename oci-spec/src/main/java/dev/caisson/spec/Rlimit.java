package dev.caisson.spec;

/**
 * A resource limit (config.md, "POSIX process", {@code rlimits}).
 *
 * @param type name as in getrlimit(2), e.g. {@code RLIMIT_NOFILE}
 * @param soft limit that the kernel enforces: uint64 as its 64 bits, {@code -1L} is RLIM_INFINITY
 * @param hard ceiling for the soft limit: uint64 as its 64 bits, {@code -1L} is RLIM_INFINITY
 */
public record Rlimit(String type, long soft, long hard) {
}
