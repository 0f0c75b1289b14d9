package dev.caisson.it;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One line of /proc/self/mountinfo.
 *
 * @param options     the mount's own
 * @param propagation such as {@code shared:7}; empty for a private mount
 * @param type        the file system's
 * @param superblock  the options of the file system
 */
record MountInfo(List<String> options, String propagation, String type, List<String> superblock) {

    /** By mount point; the topmost where several lie on each other. */
    static Map<String, MountInfo> parse(String mountinfo) {
        Map<String, MountInfo> mounts = new TreeMap<>();
        for (String line : mountinfo.strip().lines().toList()) {
            String[] halves = line.split(" - ");
            String[] first = halves[0].split(" ");
            String[] second = halves[1].split(" ");
            mounts.put(first[4], new MountInfo(List.of(first[5].split(",")),
                    String.join(" ", Arrays.copyOfRange(first, 6, first.length)), second[0], List.of(second[2].split(","))));
        }
        return mounts;
    }

    boolean has(String... wanted) {
        return options.containsAll(List.of(wanted));
    }
}
