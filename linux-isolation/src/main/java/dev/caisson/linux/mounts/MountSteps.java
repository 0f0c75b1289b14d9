package dev.caisson.linux.mounts;

import static dev.caisson.linux.plan.Kernel.MOUNT_ATTR_NODEV;
import static dev.caisson.linux.plan.Kernel.MOUNT_ATTR_NOSYMFOLLOW;
import static dev.caisson.linux.plan.Kernel.MOUNT_ATTR_RDONLY;
import static dev.caisson.linux.plan.Kernel.RESOLVE_BENEATH;
import static dev.caisson.linux.plan.Kernel.RESOLVE_IN_ROOT;
import static dev.caisson.linux.plan.Kernel.RESOLVE_NO_MAGICLINKS;
import static dev.caisson.linux.plan.Kernel.RESOLVE_NO_SYMLINKS;
import static dev.caisson.linux.plan.Kernel.RESOLVE_NO_XDEV;

import dev.caisson.linux.plan.Kernel;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Mount;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operations that make a container's mounts. A file system is made detached, gets its attributes, and only then is attached
 * to a descriptor that was opened beneath the rootfs: no path that the container controls is ever followed by name, and
 * no mount is visible before it has its flags.
 */
public final class MountSteps {

    /** What a tmpfs has if it is told no other (shmem, linux/shmem_fs.h). */
    private static final int TMPFS_MODE = 01777;

    private final PlanBuilder plan;
    private final Register rootfs;
    private final String label;
    private final Map<String, Register> kept = new HashMap<>();
    private Register proc;

    /**
     * @param plan   where the operations go
     * @param rootfs the root of the container's file system
     * @param label  linux.mountLabel, the SELinux context of new file systems; null or empty for none
     */
    public MountSteps(PlanBuilder plan, Register rootfs, String label) {
        this.plan = plan;
        this.rootfs = rootfs;
        this.label = label == null || label.isEmpty() ? null : label;
    }

    /**
     * What a bind mount shows, detached: the part that takes the caller's own rights.
     *
     * @param source an absolute path of the host
     * @param users  a user namespace by whose mappings its files' owners are shown, or null
     */
    public static Register source(PlanBuilder plan, Mount mount, MountOptions options, String source, Register users) {
        String what = "bind " + source + " on " + mount.destination();
        Register tree = plan.cloneTree(what, source, options.recursive());
        if (users != null) {
            plan.mapIds(what + ": map its ids", tree, "ridmap".equals(options.idmap()), users);
        }
        return tree;
    }

    /**
     * A bind mount.
     *
     * @param tree       what it shows: {@link #source}
     * @param source     its path, for words
     * @param sourceFile whether the source is anything but a directory
     */
    public void bind(Mount mount, MountOptions options, Register tree, String source, boolean sourceFile) {
        String what = "bind " + source + " on " + mount.destination();
        if (MountTargets.PROC.equals(MountTargets.plain(mount.destination()))) {
            plan.expectFileSystem(what + ": it is a procfs", tree, Kernel.PROC_SUPER_MAGIC);
        }
        attributes(what, tree, options);
        attach(what, tree, target(mount.destination(), sourceFile, 0), options);
        keepOrClose(mount.destination(), tree);
    }

    /** A mount of a new file system. */
    public void fileSystem(Mount mount, MountOptions options) {
        String what = "mount " + mount.type() + " on " + mount.destination();
        if (exceedsFsconfig(options.data())) {
            byWorkingDirectory(what, mount, options);
            return;
        }
        boolean tmpfs = "tmpfs".equals(mount.type());
        boolean takesMode = tmpfs && !options.sets("mode");
        boolean fills = tmpfs && (takesMode || options.copyUp());
        Register made = make(what, mount, options, fills ? options.set() & ~MOUNT_ATTR_RDONLY : options.set());
        boolean kernels = "proc".equals(mount.type()) || "sysfs".equals(mount.type());
        Register target = kernels ? plainTarget(mount.destination(), false, 0)
                : target(mount.destination(), false, takesMode ? TMPFS_MODE : 0);
        if (fills) {
            fill(mount, options, target, made, takesMode);
        }
        if (fills && options.readonly()) {
            plan.setAttributes(what + ": options", made, false, MOUNT_ATTR_RDONLY, 0, 0);
        }
        recursively(what, made, options);
        attach(what, made, target, options);
        if ("proc".equals(mount.type()) && proc == null) {
            proc = made;
        }
        keepOrClose(mount.destination(), made);
    }

    /** A tmpfs is like the folder that it hides: its mode unless another is asked for, and with tmpcopyup what is in it. */
    private void fill(Mount mount, MountOptions options, Register target, Register made, boolean takesMode) {
        if (!options.copyUp()) {
            plan.copyUp("give the tmpfs the mode of " + mount.destination(), target, made, false, false, true);
            return;
        }
        String what = "copy what is in " + mount.destination() + " (tmpcopyup)";
        // A view of the folder in which no name is a device to open, or a link to follow.
        Register view = plan.cloneTree(what, target, true);
        plan.setAttributes(what, view, true, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSYMFOLLOW, 0, 0);
        plan.copyUp(what, view, made, true, !options.sets("uid") && !options.sets("gid"), takesMode);
        plan.close(view);
    }

    /** fsconfig(2) takes values of less than 256 bytes; mount(2) a page of all of them, which layers of an overlay may need. */
    private static boolean exceedsFsconfig(List<String> data) {
        for (String option : data) {
            if (option.length() > 255 / 3 && option.getBytes(StandardCharsets.UTF_8).length > 255) {
                return true;
            }
        }
        return false;
    }

    /** Mounts onto the working directory, which is the target whatever its path leads to by then. */
    private void byWorkingDirectory(String what, Mount mount, MountOptions options) {
        Register target = target(mount.destination(), false, 0);
        plan.fchdir(what + ": go there", target);
        plan.close(target);
        String data = String.join(",", options.data());
        if (takesLabel(mount.type())) {
            data = data + ",context=\"" + label + "\"";
        }
        plan.mount(what, mount.source() == null ? mount.type() : mount.source(), ".", mount.type(), 0, data);
        plan.fchdir(what + ": go back to the root", rootfs);
        kept.remove(MountTargets.plain(mount.destination()));
        change(what, mount.destination(), options);
    }

    /** Changes the mount that lies at the destination by now. */
    public void remount(Mount mount, MountOptions options) {
        String what = "remount " + mount.destination();
        if (!options.bind() && !options.data().isEmpty()) {
            Register target = find(what + ": find it", mount.destination());
            Register fs = plan.fspick(what, target);
            configure(what, fs, options.data());
            plan.reconfigure(what, fs);
            plan.close(target);
        }
        change(what, mount.destination(), options);
    }

    private void change(String what, String destination, MountOptions options) {
        Register there = find(what + ": find it", destination);
        attributes(what, there, options);
        propagate(what, there, options);
        plan.close(there);
    }

    /**
     * The cgroup v1 view of a container: a tmpfs with one bind of each hierarchy's part that is the container's.
     *
     * @param hierarchies where each lies on the host
     */
    public void cgroupV1(Mount mount, MountOptions options, List<CgroupHierarchy> hierarchies) {
        String what = "mount " + mount.type() + " on " + mount.destination();
        Register tmpfs = plan.fsopen(what, "tmpfs");
        plan.fsconfig(what + ": source", tmpfs, "source", "tmpfs");
        configure(what, tmpfs, List.of("mode=755"));
        label(what, tmpfs, "tmpfs");
        tmpfs = plan.fsmount(what, tmpfs, options.set() & ~MOUNT_ATTR_RDONLY);
        attach(what, tmpfs, target(mount.destination(), false, 0), options);
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
        recursively(what, tmpfs, options);
        plan.close(tmpfs);
    }

    /** The cgroup v2 view of a container without a cgroup namespace: its own folder. */
    public void cgroupV2Bind(Mount mount, MountOptions options, String path) {
        String what = "bind the cgroup " + path + " on " + mount.destination();
        Register tree = plan.cloneTree(what, path, false);
        attributes(what, tree, options);
        attach(what, tree, target(mount.destination(), false, 0), options);
        plan.close(tree);
    }

    /**
     * A procfs that shows the container's pid namespace and that nobody else could have put something into: the one that the
     * container's own /proc was made from, or a detached one.
     */
    public Register proc() {
        if (proc == null) {
            proc = plan.fsmount("make a procfs of our own", plan.fsopen("make a procfs of our own", "proc"), 0);
        }
        return proc;
    }

    /** Opens a file beneath {@link #proc}; nothing that is mounted over it is entered, and no link followed. */
    public Register openProc(String words, String path, int flags) {
        return plan.open(words, proc(), path, flags, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    }

    /** Opens a file of the process's own beneath {@link #proc}, as in {@code thread-self/attr/exec}. */
    public Register openSelf(String words, String path, int flags) {
        return plan.open(words, proc(), path, flags, RESOLVE_NO_XDEV | RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
    }

    private Register make(String what, Mount mount, MountOptions options, long attributes) {
        Register fs = plan.fsopen(what, mount.type());
        String source = mount.source();
        if (source != null && !source.isEmpty()) {
            plan.fsconfig(what + ": source", fs, "source", source);
            if (source.startsWith("/") && options.readonly()) {
                plan.fsconfig(what + ": option ro", fs, "ro", null); // a device may be one that can't be written to
            }
        }
        configure(what, fs, options.data());
        label(what, fs, mount.type());
        Register made = plan.fsmount(what, fs, attributes);
        if (label != null && "mqueue".equals(mount.type())) {
            // One file system for all of an ipc namespace, which takes no option.
            Register folder = plan.open(what + ": linux.mountLabel", made, ".", Sys.O_RDONLY | Sys.O_DIRECTORY, 0);
            plan.setAttribute(what + ": linux.mountLabel", folder, "security.selinux", label.getBytes(StandardCharsets.UTF_8));
            plan.close(folder);
        }
        return made;
    }

    private void label(String what, Register fs, String type) {
        if (takesLabel(type)) {
            plan.fsconfig(what + ": linux.mountLabel", fs, "context", label);
        }
    }

    /** The kernel labels its own views itself. */
    private boolean takesLabel(String type) {
        return label != null && !"proc".equals(type) && !"sysfs".equals(type) && !"mqueue".equals(type);
    }

    private void configure(String what, Register fs, List<String> data) {
        for (String option : data) {
            int equals = option.indexOf('=');
            if (option.equals("iversion")) {
                // Of ext4 before Linux 6.0; who else counts versions does so unasked.
                plan.fsconfig(what + ": option iversion", fs, "i_version", null);
                plan.tolerating(Errno.EINVAL);
            } else {
                plan.fsconfig(what + ": option " + option, fs, equals < 0 ? option : option.substring(0, equals),
                        equals < 0 ? null : option.substring(equals + 1));
            }
        }
    }

    private void attributes(String what, Register mount, MountOptions options) {
        recursively(what, mount, options);
        if (options.set() != 0 || options.clear() != 0) {
            plan.setAttributes(what + ": options", mount, false, options.set(), options.clear(), 0);
        }
    }

    private void recursively(String what, Register mount, MountOptions options) {
        if (options.recursiveSet() != 0 || options.recursiveClear() != 0) {
            plan.setAttributes(what + ": recursive options", mount, true, options.recursiveSet(), options.recursiveClear(), 0);
        }
    }

    private void attach(String what, Register mount, Register target, MountOptions options) {
        plan.attach(what, mount, target);
        plan.close(target);
        propagate(what, mount, options);
    }

    private void propagate(String what, Register mount, MountOptions options) {
        for (MountOptions.Propagation propagation : options.propagation()) {
            plan.setAttributes(what + ": propagation", mount, propagation.all(), 0, 0, propagation.kind());
        }
    }

    /** What a mount goes onto. No symlink makes it something in a procfs, whose files are trusted by path. */
    private Register target(String destination, boolean file, int mode) {
        if (MountTargets.isPlain(destination)) {
            return plainTarget(destination, file, mode);
        }
        Place place = place(destination);
        Register target = plan.makeInRoot("find or make " + destination, place.folder(), place.path(), file, mode);
        plan.refuseFileSystem(destination + " does not lead into /proc", target, Kernel.PROC_SUPER_MAGIC);
        return target;
    }

    /** The same for what no symlink may lead to at all. */
    public Register plainTarget(String destination, boolean file, int mode) {
        Place place = place(destination);
        plan.close(plan.makeInRoot("find or make " + destination, place.folder(), place.path(), file, mode));
        return plan.open(destination + " must be mounted on ordinary directory: no symlink leads to " + destination, place.folder(),
                place.path(), Sys.O_PATH | (file ? 0 : Sys.O_DIRECTORY), RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
    }

    /** Opens what is at a path of the container. */
    public Register find(String words, String path) {
        Place place = place(path);
        return plan.open(words, place.folder(), place.path(), Sys.O_PATH, RESOLVE_IN_ROOT);
    }

    /** The mount that was made last on /dev, /proc or /sys; null for none. */
    public Register at(String destination) {
        return kept.get(destination);
    }

    private void keepOrClose(String destination, Register mount) {
        String plain = MountTargets.plain(destination);
        if (MountTargets.isKernels(plain)) {
            kept.put(plain, mount);
        } else if (mount != proc) {
            plan.close(mount);
        }
    }

    /**
     * Where to look for a path. What is in /dev, /proc and /sys is looked for in the very mounts that were made there: whoever
     * shares the rootfs may have renamed the folders that they lie on.
     */
    private Place place(String path) {
        String plain = MountTargets.plain(path);
        int second = plain.indexOf('/', 1);
        Register mount = second < 0 ? null : kept.get(plain.substring(0, second));
        return mount == null ? new Place(rootfs, beneath(path)) : new Place(mount, plain.substring(second + 1));
    }

    private record Place(Register folder, String path) {}

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
