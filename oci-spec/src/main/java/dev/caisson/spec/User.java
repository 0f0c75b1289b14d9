package dev.caisson.spec;

import java.util.List;

/**
 * Who runs the process, in the ids of the container's user namespace (config.md, "POSIX-platform User").
 *
 * @param uid            user id, uint32
 * @param gid            group id, uint32
 * @param umask          file creation mask, uint32 of which the kernel uses the lower nine bits; null leaves it as it is
 * @param additionalGids supplementary group ids, uint32 each
 */
public record User(long uid, long gid, Long umask, List<Long> additionalGids) {

    /** Uid 0, gid 0, no supplementary groups: what an absent {@code user} means. */
    public static final User ROOT = new User(0, 0, null, List.of());

    /** Copies the group ids. */
    public User {
        additionalGids = Copies.list(additionalGids);
    }
}
