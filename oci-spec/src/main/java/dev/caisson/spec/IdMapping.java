package dev.caisson.spec;

/**
 * A range of user or group ids (config-linux.md, "User namespace mappings"), one line of uid_map or gid_map.
 *
 * @param containerID first id inside, uint32
 * @param hostID      first id outside, uint32
 * @param size        number of ids, uint32
 */
public record IdMapping(long containerID, long hostID, long size) {
}
