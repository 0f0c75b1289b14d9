package dev.caisson.linux.mounts;

import dev.caisson.spec.Mount;
import java.nio.file.Path;
import java.util.List;

/**
 * Which places of a container mounts may go onto. What lies in /proc is trusted by path, by the runtime and by programs, so nothing but
 * a procfs is mounted there, and nothing over its files but for those that tell of the machine and are commonly replaced (LXCFS).
 */
public final class MountTargets {

    static final String PROC = "/proc";

    private static final List<String> IN_PROC = List.of("/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo",
            "/proc/net/dev", "/proc/slabinfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/sys/crypto/fips_enabled",
            "/proc/sys/kernel/ns_last_pid");

    private MountTargets() {}

    /** Why these mounts can't be made, with the path of the field; null where they can. */
    public static String refusal(List<Mount> mounts) {
        for (int i = 0; i < mounts.size(); i++) {
            Mount mount = mounts.get(i);
            String destination = plain(mount.destination());
            MountOptions options = MountOptions.parse(mount.type(), mount.options());
            if (options.remount()) {
                continue; // of what has been judged before
            }
            boolean bind = options.bind();
            if (destination.equals(PROC) && !bind && !"proc".equals(mount.type())) {
                return "mounts[" + i + "].destination " + mount.destination() + ": nothing but a procfs may be mounted there";
            }
            if (destination.startsWith(PROC + "/") && !IN_PROC.contains(destination)) {
                return "mounts[" + i + "].destination " + mount.destination() + ": it lies in /proc, where nothing may be mounted";
            }
            if (bind && mount.source() != null && isOnesOwn(plain(mount.source()))) {
                return "mounts[" + i + "].source " + mount.source() + ": it is something else for each process";
            }
        }
        return null;
    }

    /** Whether no symlink may lead to a destination: the runtime itself puts things there, or what is there is trusted by path. */
    static boolean isPlain(String destination) {
        String plain = plain(destination);
        return plain.equals("/dev") || plain.equals(PROC) || plain.startsWith(PROC + "/");
    }

    /** Whether the kernel's own files are to be at a path. */
    static boolean isKernels(String plain) {
        return plain.equals("/dev") || plain.equals(PROC) || plain.equals("/sys");
    }

    /** An absolute path without {@code .}, {@code ..} and doubled slashes. */
    public static String plain(String path) {
        return Path.of("/", path).normalize().toString();
    }

    private static boolean isOnesOwn(String source) {
        return source.startsWith("/proc/self/") || source.startsWith("/proc/thread-self/") || source.startsWith("/dev/fd/");
    }
}
