package dev.caisson.linux.mounts;

import static dev.caisson.linux.plan.Kernel.MOUNT_ATTR_RDONLY;
import static dev.caisson.linux.plan.Kernel.RESOLVE_IN_ROOT;
import static dev.caisson.linux.plan.Kernel.RESOLVE_NO_MAGICLINKS;
import static dev.caisson.linux.plan.Kernel.RESOLVE_NO_SYMLINKS;
import static dev.caisson.linux.plan.Kernel.RESOLVE_NO_XDEV;

import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Mount;
import java.util.ArrayList;
import java.util.List;

/**
 * The operations that make a container's mounts. A file system is made detached, gets its attributes, and only then is attached
 * to a descriptor that was opened beneath the rootfs: no path that the container controls is ever followed by name, and
 * no mount is visible before it has its flags.
 */
public final class MountSteps {

    private final PlanBuilder plan;
    private final Register rootfs;
    private Register proc;

    /**
     * @param plan   where the operations go
     * @param rootfs the root of the container's file system
     */
    public MountSteps(PlanBuilder plan, Register rootfs) {
        this.plan = plan;
        this.rootfs = rootfs;
    }

    /**
     * A bind mount.
     *
     * @param source     an absolute path of the host
     * @param sourceFile whether the source is anything but a directory
     */
    public void bind(Mount mount, MountOptions options, String source, boolean sourceFile) {
        String what = "bind " + source + " on " + mount.destination();
        Register tree = plan.cloneTree(what, source, options.recursive());
        attributes(what, tree, options);
        attach(what, tree, target(mount.destination(), sourceFile), options);
        plan.close(tree);
    }

    /** A mount of a new file system. */
    public void fileSystem(Mount mount, MountOptions options) {
        String what = "mount " + mount.type() + " on " + mount.destination();
        Register made = make(what, mount.type(), mount.source(), options.data(), options.set());
        if (options.recursiveSet() != 0 || options.recursiveClear() != 0) {
            attributes(what, made, options);
        }
        boolean plainDirectory = "proc".equals(mount.type()) || "sysfs".equals(mount.type());
        Register target = plainDirectory ? plainTarget(mount.destination()) : target(mount.destination(), false);
        attach(what, made, target, options);
        if ("proc".equals(mount.type()) && proc == null) {
            proc = made;
        } else {
            plan.close(made);
        }
    }

    /**
     * The cgroup v1 view of a container: a tmpfs with one bind of each hierarchy's part that is the container's.
     *
     * @param hierarchies where each lies on the host
     */
    public void cgroupV1(Mount mount, MountOptions options, List<CgroupHierarchy> hierarchies) {
        String what = "mount " + mount.type() + " on " + mount.destination();
        Register tmpfs = make(what, "tmpfs", "tmpfs", List.of("mode=755"), options.set() & ~MOUNT_ATTR_RDONLY);
        attach(what, tmpfs, target(mount.destination(), false), options);
        for (CgroupHierarchy hierarchy : hierarchies) {
            String part = "show the cgroup " + hierarchy.path();
            plan.mkdir(part, tmpfs, hierarchy.name(), 0755);
            Register folder = plan.open(part, tmpfs, hierarchy.name(), Sys.O_PATH | Sys.O_DIRECTORY, RESOLVE_NO_SYMLINKS);
            Register tree = plan.cloneTree(part, hierarchy.path(), false);
            plan.setAttributes(part, tree, false, options.set(), options.clear(), 0);
            plan.attach(part, tree, folder);
            plan.close(tree);
            plan.close(folder);
            for (String controller : hierarchy.aliases()) {
                plan.symlink("link the controller " + controller, hierarchy.name(), tmpfs, controller);
            }
        }
        if (options.readonly()) {
            plan.setAttributes("make " + mount.destination() + " read-only", tmpfs, false, MOUNT_ATTR_RDONLY, 0, 0);
        }
        plan.close(tmpfs);
    }

    /** The cgroup v2 view of a container without a cgroup namespace: its own folder. */
    public void cgroupV2Bind(Mount mount, MountOptions options, String path) {
        String what = "bind the cgroup " + path + " on " + mount.destination();
        Register tree = plan.cloneTree(what, path, false);
        attributes(what, tree, options);
        attach(what, tree, target(mount.destination(), false), options);
        plan.close(tree);
    }

    /**
     * A procfs that shows the container's pid namespace and that nobody else could have put something into: the one that the
     * container's own /proc was made from, or a detached one.
     */
    public Register proc() {
        if (proc == null) {
            proc = make("make a procfs of our own", "proc", "proc", List.of(), 0);
        }
        return proc;
    }

    /** Opens a file beneath {@link #proc}; nothing that is mounted over it is entered, and no link followed. */
    public Register openProc(String words, String path, int flags) {
        return plan.open(words, proc(), path, flags, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    }

    private Register make(String what, String type, String source, List<String> data, long attributes) {
        Register fs = plan.fsopen(what, type);
        if (source != null && !source.isEmpty()) {
            plan.fsconfig(what + ": source", fs, "source", source);
        }
        for (String option : data) {
            int equals = option.indexOf('=');
            plan.fsconfig(what + ": option " + option, fs, equals < 0 ? option : option.substring(0, equals),
                    equals < 0 ? null : option.substring(equals + 1));
        }
        return plan.fsmount(what, fs, attributes);
    }

    private void attributes(String what, Register mount, MountOptions options) {
        if (options.recursiveSet() != 0 || options.recursiveClear() != 0) {
            plan.setAttributes(what + ": recursive options", mount, true, options.recursiveSet(), options.recursiveClear(), 0);
        }
        if (options.set() != 0 || options.clear() != 0) {
            plan.setAttributes(what + ": options", mount, false, options.set(), options.clear(), 0);
        }
    }

    private void attach(String what, Register mount, Register target, MountOptions options) {
        plan.attach(what, mount, target);
        plan.close(target);
        if (options.propagation() != 0) {
            plan.setAttributes(what + ": propagation", mount, options.propagateAll(), 0, 0, options.propagation());
        }
    }

    private Register target(String destination, boolean file) {
        return plan.makeInRoot("find or make " + destination, rootfs, beneath(destination), file, 0);
    }

    /** A directory that no symlink leads to, as the kernel's own file systems need one: their files are trusted by path. */
    private Register plainTarget(String destination) {
        plan.close(target(destination, false));
        return plan.open(destination + " is a directory and no symlink leads to it", rootfs, beneath(destination),
                Sys.O_PATH | Sys.O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
    }

    /** A container's path without the slashes it begins with; {@code "."} for its root. */
    public static String beneath(String path) {
        int start = 0;
        while (start < path.length() && path.charAt(start) == '/') {
            start++;
        }
        return start == path.length() ? "." : path.substring(start);
    }

    /** Splits an absolute path into the folder beneath the root and the last name. */
    public static List<String> split(String path) {
        String rest = beneath(path);
        while (rest.endsWith("/")) {
            rest = rest.substring(0, rest.length() - 1);
        }
        int slash = rest.lastIndexOf('/');
        List<String> parts = new ArrayList<>(2);
        parts.add(slash < 0 ? "." : rest.substring(0, slash));
        parts.add(rest.substring(slash + 1));
        return parts;
    }
}
