package dev.caisson.linux.cgroups;

/** Numbers of a config: how the kernel's files want them, and what counts as not set. */
final class Limits {

    static final long UNLIMITED = -1;

    private Limits() {}

    /** The value; 0 when absent, for the fields whose zero means "not set" too. */
    static long orZero(Long value) {
        return value == null ? 0 : value;
    }

    /** As above. */
    static int orZero(Integer value) {
        return value == null ? 0 : value;
    }

    /** As above, for a limit in bytes, of which -1 is the only negative one. */
    static long bytes(Long value, String field) throws CgroupException {
        long bytes = orZero(value);
        if (bytes < UNLIMITED) {
            throw new CgroupException(field + ": " + bytes + " is neither a number of bytes nor -1 for no limit");
        }
        return bytes;
    }

    /** In cgroup v2's words. */
    static String orMax(long limit) {
        return limit == UNLIMITED ? "max" : Long.toString(limit);
    }

    static boolean isSet(String text) {
        return text != null && !text.isEmpty();
    }
}
