package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The cgroup hierarchies that the host mounts. Immutable; meant to be read once and kept as long as the mounts are known to stay.
 *
 * <p>A hierarchy is used through its mount alone, whatever part of the hierarchy that shows: in a cgroup namespace, or in a
 * container that was given a part of the host's tree by a bind mount, the mount point is as far up as this process can go.
 *
 * @param v1 the v1 hierarchies, each with controllers or a name
 * @param v2 the cgroup2 hierarchy; null when not mounted
 */
public record CgroupHost(List<Hierarchy> v1, Hierarchy v2) {

    private static final String CGROUP_ROOT = "/sys/fs/cgroup";

    /** Copies the list. */
    public CgroupHost {
        v1 = List.copyOf(v1);
    }

    /**
     * A mounted hierarchy.
     *
     * @param mountPoint  where
     * @param root        what part of the hierarchy is mounted, as this process' cgroup namespace names it; {@code /} for all of it
     * @param controllers v1: the controllers, as in {@code cpu}, and the name, as in {@code name=systemd}; empty on v2, where the
     *                    directories say it
     */
    public record Hierarchy(String mountPoint, String root, Set<String> controllers) {

        /** Copies the set, keeping its order. */
        public Hierarchy {
            controllers = Collections.unmodifiableSet(new LinkedHashSet<>(controllers));
        }
    }

    /** Reads the layout that this process sees. */
    public static CgroupHost read() throws CgroupException {
        return parse(read("/proc/self/mountinfo"), read("/proc/self/cgroup"));
    }

    /**
     * The layout that is described by these.
     *
     * @param mountinfo text of /proc/self/mountinfo (proc_pid_mountinfo(5))
     * @param cgroup    text of /proc/self/cgroup (cgroups(7))
     */
    public static CgroupHost parse(String mountinfo, String cgroup) {
        // ID:controller,controller:path, where cgroup2 has no controllers.
        Map<String, String> own = new HashMap<>();
        for (String line : cgroup.lines().toList()) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3) {
                for (String controller : fields[1].split(",")) {
                    own.put(controller, fields[2]);
                }
            }
        }

        // A later mount on the same place hides an earlier one.
        Map<String, Mount> visible = new LinkedHashMap<>();
        for (String line : mountinfo.lines().toList()) {
            Mount mount = Mount.parse(line);
            if (mount != null) {
                visible.put(mount.mountPoint, mount);
            }
        }

        Mount v2 = null;
        Map<Set<String>, Mount> v1 = new LinkedHashMap<>();
        for (Mount mount : visible.values()) {
            switch (mount.type) {
                case "cgroup2" -> v2 = mount.betterOf(v2, own.get(""));
                case "cgroup" -> {
                    // The options hold flags too, like noprefix or xattr.
                    Set<String> controllers = new LinkedHashSet<>(mount.options);
                    controllers.retainAll(own.keySet());
                    if (!controllers.isEmpty()) {
                        String ownPath = own.get(controllers.iterator().next());
                        v1.merge(controllers, mount, (before, now) -> now.betterOf(before, ownPath));
                    }
                }
                default -> { }
            }
        }
        List<Hierarchy> hierarchies = new ArrayList<>();
        v1.forEach((controllers, mount) -> hierarchies.add(new Hierarchy(mount.mountPoint, mount.root, controllers)));
        return new CgroupHost(hierarchies, v2 == null ? null : new Hierarchy(v2.mountPoint, v2.root, Set.of()));
    }

    /**
     * Whether containers get cgroups of v2. Otherwise they get cgroups of v1, also where a cgroup2 is mounted beside the v1
     * hierarchies (a hybrid host): that one stays unused, since controllers are in one of the two at a time, and what it offers
     * without controllers (cgroup.kill, cgroup.freeze) would need every container's processes moved into it too.
     */
    public boolean unified() {
        return v2 != null && (v2.mountPoint.equals(CGROUP_ROOT) || v1.isEmpty());
    }

    private static String read(String path) throws CgroupException {
        try (Descriptor file = Sys.open(path, Sys.O_RDONLY, 0)) {
            return new String(CgroupDir.readAll(file.fd(), path), StandardCharsets.UTF_8);
        } catch (LinuxException e) {
            throw new CgroupException("find the host's cgroups: " + e.getMessage(), e);
        }
    }

    /**
     * A line of mountinfo.
     *
     * <pre>
     * 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
     * (1)(2)(3)   (4)   (5)      (6)      (7)  (8) (9)   (10)         (11)
     * </pre>
     */
    private record Mount(String root, String mountPoint, String type, List<String> options) {

        /** Null for a line that is not of the form. */
        static Mount parse(String line) {
            int separator = line.indexOf(" - ");
            if (separator < 0) {
                return null;
            }
            String[] before = line.substring(0, separator).split(" ");
            String[] after = line.substring(separator + 3).split(" ");
            if (before.length < 6 || after.length < 1) {
                return null;
            }
            List<String> options = after.length < 3 ? List.of() : Arrays.asList(after[2].split(","));
            return new Mount(unescape(before[3]), unescape(before[4]), after[0], options);
        }

        /** Of two mounts of one hierarchy: all of it, or else a part that this process is in, or else the first. */
        Mount betterOf(Mount before, String ownPath) {
            return before == null || rank(ownPath) < before.rank(ownPath) ? this : before;
        }

        private int rank(String ownPath) {
            if (root.equals("/")) {
                return 0;
            }
            return ownPath != null && (ownPath + "/").startsWith(root + "/") ? 1 : 2;
        }

        /** Undoes the octal escapes of space, tab, newline and backslash. */
        private static String unescape(String field) {
            return field.indexOf('\\') < 0 ? field
                    : field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
        }
    }
}
