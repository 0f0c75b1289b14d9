package dev.caisson.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The configuration that the {@code spec} command starts a bundle with: a shell on a terminal in the root filesystem {@code rootfs}. */
public final class DefaultSpec {

    private DefaultSpec() {
    }

    /** As {@link #create(boolean, long, long, boolean)}, without a cgroup namespace. */
    public static Spec create(boolean rootless, long uid, long gid) {
        return create(rootless, uid, gid, false);
    }

    /**
     * Makes the default configuration.
     *
     * @param rootless whether it is for a runtime without root's rights: with a user namespace, the host's network and no cgroup limits
     * @param uid      rootless: the user on the host who becomes root in the container, uint32
     * @param gid      rootless: the group on the host who becomes root's in the container, uint32
     * @param cgroup2  whether the host has cgroup v2 alone: the container then gets a cgroup namespace
     */
    public static Spec create(boolean rootless, long uid, long gid, boolean cgroup2) {
        return new Spec(Spec.VERSION, process(), new Root("rootfs", true), "caisson", null, mounts(rootless), null, Map.of(),
            linux(rootless, uid, gid, cgroup2));
    }

    private static Process process() {
        List<String> capabilities = List.of("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
        return new Process(true, null, User.ROOT, List.of("sh"),
            List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"), "/",
            new Capabilities(capabilities, capabilities, List.of(), capabilities, capabilities),
            List.of(new Rlimit("RLIMIT_NOFILE", 1024, 1024)), true, null, null, null, null, null, null);
    }

    private static List<Mount> mounts(boolean rootless) {
        List<String> pts = new ArrayList<>(List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"));
        if (!rootless) {
            pts.add("gid=5"); // the tty group, which is not mapped in a rootless container
        }
        // Sysfs can't be mounted without owning the network namespace, so a rootless container binds the host's.
        Mount sys = rootless
            ? new Mount("/sys", "none", "/sys", List.of("rbind", "nosuid", "noexec", "nodev", "ro"))
            : new Mount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", "ro"));
        return List.of(
            new Mount("/proc", "proc", "proc", List.of()),
            new Mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")),
            new Mount("/dev/pts", "devpts", "devpts", pts),
            new Mount("/dev/shm", "tmpfs", "shm", List.of("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")),
            new Mount("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")),
            sys,
            new Mount("/sys/fs/cgroup", "cgroup", "cgroup", List.of("nosuid", "noexec", "nodev", "relatime", "ro")));
    }

    private static Linux linux(boolean rootless, long uid, long gid, boolean cgroup2) {
        List<Namespace> namespaces = new ArrayList<>();
        namespaces.add(new Namespace(NamespaceType.PID, null));
        if (!rootless) {
            namespaces.add(new Namespace(NamespaceType.NETWORK, null));
        }
        namespaces.add(new Namespace(NamespaceType.IPC, null));
        namespaces.add(new Namespace(NamespaceType.UTS, null));
        namespaces.add(new Namespace(NamespaceType.MOUNT, null));
        if (cgroup2) {
            namespaces.add(new Namespace(NamespaceType.CGROUP, null));
        }
        if (rootless) {
            namespaces.add(new Namespace(NamespaceType.USER, null));
        }
        List<IdMapping> uids = rootless ? List.of(new IdMapping(0, uid, 1)) : List.of();
        List<IdMapping> gids = rootless ? List.of(new IdMapping(0, gid, 1)) : List.of();
        Resources denyAllDevices = new Resources(List.of(new Resources.DeviceCgroup(false, null, null, null, "rwm")), null, null,
            null, null, List.of(), null, Map.of(), Map.of());
        return new Linux(namespaces, uids, gids, List.of(), Map.of(), null, rootless ? null : denyAllDevices, null, null, null, null,
            List.of("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"),
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
            null, Map.of(), Map.of(), null);
    }
}
