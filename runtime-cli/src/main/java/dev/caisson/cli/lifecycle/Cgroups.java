package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.linux.cgroups.CgroupException;
import dev.caisson.linux.cgroups.CgroupHost;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.cgroups.Placement;
import dev.caisson.linux.launch.CgroupPlace;
import dev.caisson.linux.mounts.CgroupHierarchy;
import dev.caisson.spec.Resources;
import dev.caisson.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which cgroup a container gets, and how plans are told of it. */
final class Cgroups {

    private static final Resources NO_LIMITS = new Resources(List.of(), null, null, null, null, List.of(), null, Map.of(), Map.of());

    private Cgroups() {}

    /** The cgroup of a container to be made, or null where the caller wants none. */
    static ContainerCgroup of(Context context, Spec spec, String id) throws CommandException, IOException {
        if (context.globals().systemdCgroup() || context.globals().cgroupManager().equals("systemd")) {
            throw new CommandException("--systemd-cgroup: cgroups made by systemd are not supported by this version");
        }
        if (context.globals().cgroupManager().equals("disabled")) {
            return null;
        }
        ContainerCgroup cgroup = ContainerCgroup.of(context.host().cgroups(), spec.linux().cgroupsPath(), id);
        return isRootless(context) && spec.linux().cgroupsPath() == null && !hasLimits(spec.linux().resources())
                && !isPermitted(cgroup) ? null : cgroup;
    }

    private static boolean isRootless(Context context) throws IOException {
        return context.globals().rootless() != null ? context.globals().rootless()
                : context.invocation().uid() != 0 || !context.host().facts().initialUsers();
    }

    /** Device rules are none: who has no rights can't make devices either. */
    private static boolean hasLimits(Resources resources) {
        return resources != null && !new Resources(List.of(), resources.memory(), resources.cpu(), resources.pids(), resources.blockIO(),
                resources.hugepageLimits(), resources.network(), resources.rdma(), resources.unified()).equals(NO_LIMITS);
    }

    /** Whether each of its folders could be made. */
    private static boolean isPermitted(ContainerCgroup cgroup) {
        for (String path : cgroup.paths().values()) {
            Path folder = Path.of(path);
            while (folder != null && !Files.exists(folder)) {
                folder = folder.getParent();
            }
            if (folder == null || !Files.isWritable(folder)) {
                return false;
            }
        }
        return true;
    }

    /** How a process gets into the cgroup, and what the container sees of it. */
    static CgroupPlace place(CgroupHost host, ContainerCgroup cgroup) {
        if (cgroup == null) {
            return CgroupPlace.NONE;
        }
        return place(cgroup.placement(), hierarchies(host, cgroup.paths()));
    }

    /** Where a process that joins goes; nothing is mounted for it. */
    static CgroupPlace place(Map<String, String> paths) throws CgroupException {
        if (paths.isEmpty()) {
            return CgroupPlace.NONE;
        }
        return place(ContainerCgroup.fromPaths(paths).placement(), List.of());
    }

    /** Where a further process of a container goes. */
    static CgroupPlace joining(CgroupHost host, ContainerState state) throws CgroupException {
        if (state.cgroups().isEmpty()) {
            return CgroupPlace.NONE;
        }
        return place(ContainerCgroup.fromPaths(state.cgroups()).joining(host, state.init().pid()), List.of());
    }

    // Not a switch over patterns: its first use costs a JVM that has just started 10 ms.
    private static CgroupPlace place(Placement placement, List<CgroupHierarchy> hierarchies) {
        return placement instanceof Placement.Tasks(List<String> files)
                ? new CgroupPlace(files, null, hierarchies)
                : new CgroupPlace(List.of(), ((Placement.Directory) placement).path(), List.of());
    }

    private static List<CgroupHierarchy> hierarchies(CgroupHost host, Map<String, String> paths) {
        List<CgroupHierarchy> hierarchies = new ArrayList<>();
        for (CgroupHost.Hierarchy hierarchy : host.v1()) {
            String name = hierarchy.mountPoint().substring(hierarchy.mountPoint().lastIndexOf('/') + 1);
            String path = null;
            List<String> aliases = new ArrayList<>();
            for (String controller : hierarchy.controllers()) {
                path = path == null ? paths.get(controller) : path;
                if (!controller.startsWith("name=") && !controller.equals(name)) {
                    aliases.add(controller);
                }
            }
            if (path != null) {
                hierarchies.add(new CgroupHierarchy(name, path, aliases));
            }
        }
        return hierarchies;
    }
}
