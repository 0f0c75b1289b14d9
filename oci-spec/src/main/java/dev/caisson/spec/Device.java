package dev.caisson.spec;

/**
 * A device node in the container (config-linux.md, "Devices").
 *
 * @param path     absolute path inside the container
 * @param type     {@code c} or {@code u} character, {@code b} block, {@code p} fifo
 * @param major    major number, int64 in the file; null when absent, needed unless the type is {@code p}
 * @param minor    minor number, int64 in the file; null when absent, needed unless the type is {@code p}
 * @param fileMode permission bits, 0 to 0777; clients send a whole st_mode at times, so bits of the file type (0170000) may be there
 *                 too and mean nothing; null when absent
 * @param uid      owner in the container's ids, uint32; null when absent
 * @param gid      group in the container's ids, uint32; null when absent
 */
public record Device(String path, String type, Long major, Long minor, Long fileMode, Long uid, Long gid) {
}
