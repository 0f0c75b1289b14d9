package dev.caisson.spec;

import java.util.List;

/**
 * A mount inside the container (config.md, "Mounts").
 *
 * @param destination path inside the container; absolute, or (deprecated) relative to {@code /}
 * @param type        filesystem type as in {@code /proc/filesystems}; null when absent, as with bind mounts; {@code none} or
 *                    {@code bind} mean nothing by themselves
 * @param source      device name, or for a bind mount a path on the host, absolute or relative to the bundle; null when absent
 * @param options     options of fstab's kind; those nobody knows go to the filesystem as data
 * @param uidMappings user ids to show the mount with (an id-mapped mount); empty for none, or for those of the container's user
 *                    namespace when {@code options} has {@code idmap}
 * @param gidMappings the same for group ids
 */
public record Mount(String destination, String type, String source, List<String> options, List<IdMapping> uidMappings,
                    List<IdMapping> gidMappings) {

    /** Copies the lists. */
    public Mount {
        options = Copies.list(options);
        uidMappings = Copies.list(uidMappings);
        gidMappings = Copies.list(gidMappings);
    }

    /** Whether its files are shown with other owners than they have. */
    public boolean idMapped() {
        return !uidMappings.isEmpty() || options.contains("idmap") || options.contains("ridmap");
    }

    /** Whether it shows what is at a path of the host. */
    public boolean isBind() {
        return "bind".equals(type) || options.contains("bind") || options.contains("rbind");
    }

    /** A mount without id mappings. */
    public Mount(String destination, String type, String source, List<String> options) {
        this(destination, type, source, options, List.of(), List.of());
    }
}
