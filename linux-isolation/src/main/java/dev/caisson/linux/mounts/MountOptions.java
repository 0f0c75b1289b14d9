package dev.caisson.linux.mounts;

import static dev.caisson.linux.plan.Kernel.*;

import java.util.ArrayList;
import java.util.List;

/**
 * What the options of one mount ask for, in the terms of the new mount API (mount_setattr(2), fsconfig(2)). Of options that
 * contradict each other the last one counts.
 *
 * @param set            MOUNT_ATTR_… to set
 * @param clear          MOUNT_ATTR_… to clear
 * @param recursiveSet   MOUNT_ATTR_… to set on the mount and all below it (rro, rnosuid, …)
 * @param recursiveClear MOUNT_ATTR_… to clear on the mount and all below it
 * @param bind           whether the source is a path to bind, not a file system to make
 * @param recursive      whether what is mounted below the bind's source comes along
 * @param remount        whether it changes the mount that is there, and makes none
 * @param propagation    what the mount is given one after the other (a slave can be shared on), nothing to leave it
 * @param copyUp         tmpcopyup: what the rootfs has there is copied into the new tmpfs
 * @param idmap          idmap or ridmap, or null
 * @param data           what is left for the file system: {@code size=64k}, {@code mode=755}, … and what every file system knows, such as
 *                       {@code sync}
 */
public record MountOptions(long set, long clear, long recursiveSet, long recursiveClear, boolean bind, boolean recursive,
                           boolean remount, List<Propagation> propagation, boolean copyUp, String idmap, List<String> data) {

    /** The names of all options that are not a file system's own; sorted. */
    private static final List<String> KNOWN = List.of("async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec",
            "idmap", "iversion", "lazytime", "loud", "mand", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime",
            "nomand", "norelatime", "nostrictatime", "nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime",
            "remount", "rexec", "ridmap", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid",
            "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow",
            "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable");

    /**
     * How mounts beneath a mount show elsewhere.
     *
     * @param kind MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE
     * @param all  whether it is that of all mounts below too
     */
    public record Propagation(long kind, boolean all) {}

    /** Copies the lists. */
    public MountOptions {
        propagation = List.copyOf(propagation);
        data = List.copyOf(data);
    }

    /** The names of all options that are not a file system's own; sorted. */
    public static List<String> known() {
        return KNOWN;
    }

    /** Reads the options of config.json's {@code mounts[].options}; {@code type} as there, or null. */
    public static MountOptions parse(String type, List<String> options) {
        Parser parser = new Parser();
        parser.bind = "bind".equals(type);
        for (String option : options) {
            parser.option(option);
        }
        return new MountOptions(parser.set, parser.clear, parser.recursiveSet, parser.recursiveClear, parser.bind, parser.recursive,
                parser.remount, parser.propagation, parser.copyUp, parser.idmap, parser.data);
    }

    /** The same, writable: for a mount that is made read-only once all is in place. */
    public MountOptions writable() {
        return new MountOptions(set & ~MOUNT_ATTR_RDONLY, clear, recursiveSet, recursiveClear, bind, recursive, remount,
                propagation, copyUp, idmap, data);
    }

    /** Whether a path of the host is shown: to remount a bind is to change its flags alone. */
    public boolean showsSource() {
        return bind && !remount;
    }

    /** Whether the mount itself is to be read-only. */
    public boolean readonly() {
        return (set & MOUNT_ATTR_RDONLY) != 0;
    }

    /** Whether the file system itself is given {@code key=…}. */
    public boolean sets(String key) {
        for (String option : data) {
            if (option.startsWith(key) && option.startsWith("=", key.length())) {
                return true;
            }
        }
        return false;
    }

    /** Reads option by option. */
    private static final class Parser {

        private long set;
        private long clear;
        private long recursiveSet;
        private long recursiveClear;
        private boolean bind;
        private boolean recursive;
        private boolean remount;
        private final List<Propagation> propagation = new ArrayList<>();
        private boolean copyUp;
        private String idmap;
        private final List<String> data = new ArrayList<>();

        private void option(String option) {
            switch (option) {
                // What the kernel writes to its log about a mount is not the container's to say.
                case "", "defaults", "loud", "silent", "norelatime" -> { }
                case "noiversion" -> data.remove("iversion");
                case "nostrictatime" -> {
                    if ((set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME) {
                        set(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, false);
                    }
                }
                case "rnorelatime", "rnostrictatime" -> set(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, true);
                case "remount" -> remount = true;
                case "bind" -> bind = true;
                case "rbind" -> {
                    bind = true;
                    recursive = true;
                }
                case "private", "rprivate" -> propagation(MS_PRIVATE, option);
                case "shared", "rshared" -> propagation(MS_SHARED, option);
                case "slave", "rslave" -> propagation(MS_SLAVE, option);
                case "unbindable", "runbindable" -> propagation(MS_UNBINDABLE, option);
                case "tmpcopyup" -> copyUp = true;
                case "idmap", "ridmap" -> idmap = option;
                default -> {
                    if (!attribute(option, false) && !(option.startsWith("r") && attribute(option.substring(1), true))) {
                        data.add(option);
                    }
                }
            }
        }

        private void propagation(long kind, String option) {
            propagation.add(new Propagation(kind, option.startsWith("r")));
        }

        private boolean attribute(String option, boolean all) {
            switch (option) {
                case "ro" -> set(MOUNT_ATTR_RDONLY, 0, all);
                case "rw" -> set(0, MOUNT_ATTR_RDONLY, all);
                case "nosuid" -> set(MOUNT_ATTR_NOSUID, 0, all);
                case "suid" -> set(0, MOUNT_ATTR_NOSUID, all);
                case "nodev" -> set(MOUNT_ATTR_NODEV, 0, all);
                case "dev" -> set(0, MOUNT_ATTR_NODEV, all);
                case "noexec" -> set(MOUNT_ATTR_NOEXEC, 0, all);
                case "exec" -> set(0, MOUNT_ATTR_NOEXEC, all);
                case "nodiratime" -> set(MOUNT_ATTR_NODIRATIME, 0, all);
                case "diratime" -> set(0, MOUNT_ATTR_NODIRATIME, all);
                // The three ways to keep access times are one field, of which all bits are cleared to set one.
                case "noatime" -> set(MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, all);
                case "relatime", "atime" -> set(MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, all);
                case "strictatime" -> set(MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, all);
                case "nosymfollow" -> set(MOUNT_ATTR_NOSYMFOLLOW, 0, all);
                case "symfollow" -> set(0, MOUNT_ATTR_NOSYMFOLLOW, all);
                default -> {
                    return false;
                }
            }
            return true;
        }

        private void set(long on, long off, boolean all) {
            if (all) {
                recursiveSet = recursiveSet & ~off | on;
                recursiveClear = recursiveClear & ~on | off;
            } else {
                set = set & ~off | on;
                clear = clear & ~on | off;
            }
        }
    }
}
