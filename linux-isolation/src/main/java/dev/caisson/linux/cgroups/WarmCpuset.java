package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;

/**
 * Keeps an empty v1 cpuset cgroup, so that making a container's is fast. The kernel patches its own code when the first cpuset below
 * the root is made (the static key behind cpusets_enabled()), which takes 2 to 14 ms on a machine of two processors and stalls all of
 * them, and back when the last one is gone; with another one there, the same mkdir takes 25 µs.
 *
 * <p>It is for a process that makes many containers, and worth a thread of its own when that starts. Nothing depends on it: where it
 * can't be had, containers are only slower to make. Thread-safe.
 */
public final class WarmCpuset implements AutoCloseable {

    private final String path;

    private WarmCpuset(String path) {
        this.path = path;
    }

    /** Makes {@code /caisson} in the cpuset hierarchy, or takes the one that another engine made; does nothing on a host of v2. */
    public static WarmCpuset hold(CgroupHost host) {
        return hold(host, "caisson");
    }

    static WarmCpuset hold(CgroupHost host, String name) {
        if (!host.unified()) {
            for (CgroupHost.Hierarchy hierarchy : host.v1()) {
                if (hierarchy.controllers().contains("cpuset")) {
                    return new WarmCpuset(make(hierarchy.mountPoint() + "/" + name));
                }
            }
        }
        return new WarmCpuset(null);
    }

    private static String make(String path) {
        try {
            Sys.mkdir(path, 0755);
            return path;
        } catch (LinuxException e) {
            return e.errno() == Errno.EEXIST ? path : null;
        }
    }

    /** Whether there is one. */
    public boolean held() {
        return path != null;
    }

    /** Removes it, unless containers have been made below it. Another engine that counts on it loses nothing but time. */
    @Override
    public void close() {
        if (path != null) {
            try {
                Sys.rmdir(path);
            } catch (LinuxException e) {
                // Gone already, or in use as a parent: either way it is not ours to remove.
            }
        }
    }
}
