package dev.caisson.linux.launch;

import dev.caisson.linux.mounts.MountSteps;
import dev.caisson.linux.plan.Kernel;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Device;
import java.util.List;

/** The root file system around its mounts: becoming the root, device nodes, masked and read-only paths. */
final class RootfsSteps {

    /** What every container finds in /dev (OCI runtime specification, "Default Devices"). */
    private static final List<Device> DEFAULT_DEVICES = List.of(character("/dev/null", 1, 3), character("/dev/zero", 1, 5),
            character("/dev/full", 1, 7), character("/dev/random", 1, 8), character("/dev/urandom", 1, 9),
            character("/dev/tty", 5, 0));

    private final PlanBuilder plan;
    private final boolean bindsDevices;
    private Register rootfs;
    private boolean covers;

    /** @param bindsDevices whether the host's devices are shown, since nodes can't be made */
    RootfsSteps(PlanBuilder plan, boolean bindsDevices) {
        this.plan = plan;
        this.bindsDevices = bindsDevices;
    }

    private static Device character(String path, long major, long minor) {
        return new Device(path, "c", major, minor, 0666L, 0L, 0L);
    }

    /**
     * Detaches the new mount namespace from the host's propagation and mounts the rootfs onto itself.
     *
     * @param propagation rootfsPropagation's flags, or 0
     * @return the rootfs
     */
    Register prepare(String path, long propagation) {
        boolean shared = (propagation & Kernel.MS_SHARED) != 0;
        // A shared root stays in the host's peer groups, so that mounts marked shared propagate both ways.
        plan.mount(shared ? "share mounts with the host" : "keep mounts from the host", null, "/", null,
                Kernel.MS_REC | (shared ? Kernel.MS_SHARED : Kernel.MS_SLAVE), null);
        if (shared) {
            // pivot_root(2) refuses a root whose parent mount is shared: a private one goes beneath.
            Register beneath = plan.cloneTree("put a private mount beneath root.path " + path, path, false);
            plan.attach("put a private mount beneath root.path " + path, beneath, path);
            plan.setAttributes("put a private mount beneath root.path " + path, beneath, false, 0, 0, Kernel.MS_PRIVATE);
            plan.close(beneath);
        }
        plan.cloneTree("bind root.path " + path, path, true);
        rootfs = plan.named("rootfs");
        plan.attach("mount root.path " + path, rootfs, path);
        if (shared) {
            plan.setAttributes("keep the root private until it is pivoted to", rootfs, false, 0, 0, Kernel.MS_PRIVATE);
        }
        return rootfs;
    }

    /** A detached copy of the rootfs, which shares nothing with the host's mounts. */
    static Register detached(PlanBuilder plan, String path) {
        plan.cloneTree("bind root.path " + path, path, true);
        Register rootfs = plan.named("rootfs");
        plan.setAttributes("keep mounts from the host", rootfs, true, 0, 0, Kernel.MS_SLAVE);
        return rootfs;
    }

    /** The same as {@link #prepare} with a rootfs that has been {@link #detached} before: its path may lead through folders of others. */
    void prepare(Register detached) {
        rootfs = detached;
        covers = true;
        plan.mount("keep mounts from the host", null, "/", null, Kernel.MS_REC | Kernel.MS_SLAVE, null);
        plan.attach("mount the root over the host's", rootfs, "/");
    }

    /** Device nodes, the links of /dev and its ptmx. No device is made in a folder that a symlink leads to: others may reach it, too. */
    void devices(List<Device> configured, MountSteps mounts) {
        Register mounted = mounts.at("/dev");
        Register dev = mounted == null ? mounts.plainTarget("/dev", false, 0) : mounted;
        for (Device device : DEFAULT_DEVICES) {
            if (configured.stream().noneMatch(other -> other.path().equals(device.path()))) {
                device(device, dev, device.path().substring("/dev/".length()));
            }
        }
        for (Device device : configured) {
            List<String> parts = MountSteps.split(device.path());
            if (parts.get(0).equals("dev")) {
                device(device, dev, parts.get(1));
                continue;
            }
            Register parent = mounts.plainTarget("/" + parts.get(0), false, 0);
            device(device, parent, parts.get(1));
            plan.close(parent);
        }
        link("/proc/self/fd", dev, "fd");
        link("/proc/self/fd/0", dev, "stdin");
        link("/proc/self/fd/1", dev, "stdout");
        link("/proc/self/fd/2", dev, "stderr");
        plan.unlink("make way for /dev/ptmx", dev, "ptmx");
        plan.tolerating(Errno.ENOENT);
        plan.symlink("link /dev/ptmx", "pts/ptmx", dev, "ptmx");
        if (mounted == null) {
            plan.close(dev);
        }
    }

    private void link(String target, Register dev, String name) {
        plan.symlink("link /dev/" + name, target, dev, name);
        plan.tolerating(Errno.EEXIST);
    }

    private void device(Device device, Register parent, String name) {
        int type = switch (device.type()) {
            case "b" -> Kernel.S_IFBLK;
            case "p" -> Kernel.S_IFIFO;
            default -> Kernel.S_IFCHR; // c, u
        };
        long major = device.major() == null ? 0 : device.major();
        long minor = device.minor() == null ? 0 : device.minor();
        int mode = device.fileMode() == null ? 0666 : (int) (device.fileMode() & 07777);
        if (bindsDevices && type != Kernel.S_IFIFO) {
            bind(device.path(), parent, name, type, major, minor);
            return;
        }
        String words = "make the device " + device.path();
        plan.mknod(words, parent, name, type | mode, major, minor);
        // What is there already must be the same device; it may come from the rootfs or from a mount.
        plan.tolerating(Errno.EEXIST);
        Register node = plan.open(words + ": is it there", parent, name, Sys.O_PATH | Sys.O_NOFOLLOW,
                Kernel.RESOLVE_NO_SYMLINKS | Kernel.RESOLVE_NO_MAGICLINKS);
        plan.expectDevice(words + ": is it the device", node, type, major, minor);
        plan.close(node);
        long uid = device.uid() == null ? 0 : device.uid();
        long gid = device.gid() == null ? 0 : device.gid();
        if (uid != 0 || gid != 0) {
            plan.chown(words + ": its owner", parent, name, uid, gid);
            plan.chmod(words + ": its mode", parent, name, mode);
        }
    }

    private void bind(String path, Register parent, String name, int type, long major, long minor) {
        String words = "show the host's " + path;
        Register node = plan.open(words, path, Sys.O_PATH | Sys.O_NOFOLLOW);
        plan.expectDevice(words + ": is it the device", node, type, major, minor);
        Register tree = plan.cloneTree(words, node, false);
        Register target = plan.makeInRoot(words, parent, name, true, 0);
        plan.attach(words, tree, target);
        plan.close(target);
        plan.close(tree);
        plan.close(node);
    }

    /**
     * Hides paths: a directory under an empty read-only one, a file under /dev/null.
     *
     * @param label linux.mountLabel, null or empty for none
     */
    void mask(List<String> paths, String label, MountSteps mounts) {
        if (paths.isEmpty()) {
            return;
        }
        Register empty = plan.fsopen("make an empty folder to mask with", "tmpfs");
        plan.fsconfig("make an empty folder to mask with", empty, "mode", "755");
        plan.fsconfig("make an empty folder to mask with", empty, "nr_blocks", "1");
        plan.fsconfig("make an empty folder to mask with", empty, "nr_inodes", "1");
        if (label != null && !label.isEmpty()) {
            plan.fsconfig("make an empty folder to mask with", empty, "context", label);
        }
        Register folder = plan.fsmount("make an empty folder to mask with", empty, Kernel.MOUNT_ATTR_RDONLY);
        // A mount can be copied once it is attached; over the host's /proc, in this namespace, nobody else sees it.
        plan.attach("keep the empty folder at hand", folder, "/proc");
        Register device = plan.open("open the host's /dev/null to mask with", "/dev/null", Sys.O_PATH);
        plan.expectDevice("/dev/null is the device", device, Kernel.S_IFCHR, 1, 3);
        for (String path : paths) {
            mask(path, mounts, folder, device);
        }
        plan.close(device);
        plan.close(folder);
    }

    private void mask(String path, MountSteps mounts, Register folder, Register device) {
        String words = "mask " + path;
        Register target = mounts.find(words, path);
        plan.skippingOn(List.of(Errno.ENOENT, Errno.ENOTDIR), () -> {
            plan.expectDevice(words + ": is it a folder", target, Kernel.S_IFDIR, 0, 0);
            plan.choosing(List.of(Errno.ENXIO), () -> attachCopy(words, folder, target), () -> attachCopy(words, device, target));
            plan.close(target);
        });
    }

    private void attachCopy(String words, Register mount, Register target) {
        Register copy = plan.cloneTree(words, mount, false);
        plan.attach(words, copy, target);
        plan.close(copy);
    }

    /** Makes paths read-only, with all that is mounted below. */
    void readonly(List<String> paths, MountSteps mounts) {
        for (String path : paths) {
            String words = "make " + path + " read-only";
            Register target = mounts.find(words, path);
            plan.skippingOn(List.of(Errno.ENOENT, Errno.ENOTDIR), () -> {
                Register tree = plan.cloneTree(words, target, true);
                plan.setAttributes(words, tree, true, Kernel.MOUNT_ATTR_RDONLY, 0, 0);
                plan.attach(words, tree, target);
                plan.close(tree);
                plan.close(target);
            });
        }
    }

    /** Makes a mount read-only, now that all is in it. */
    void readonlyMount(String path, Register mount) {
        plan.setAttributes("make the mount " + path + " read-only", mount, false, Kernel.MOUNT_ATTR_RDONLY, 0, 0);
    }

    /** Makes a folder for the process to start in, where there is none. */
    void workingDirectory(String cwd) {
        plan.close(plan.makeInRoot("find or make process.cwd " + cwd, rootfs, MountSteps.beneath(cwd), false, 0));
    }

    void readonlyRoot() {
        plan.setAttributes("make the root file system read-only (root.readonly)", rootfs, false, Kernel.MOUNT_ATTR_RDONLY, 0, 0);
    }

    /** Becomes the root: the host's tree is unmounted from this namespace, or, without pivot, covered. */
    void enter(boolean noPivot, long propagation) {
        if (noPivot) {
            plan.fchdir("enter the root", rootfs);
            if (!covers) {
                plan.attach("move the root over the host's (--no-pivot)", rootfs, "/");
            }
            plan.chroot("make it the root", ".");
        } else {
            Register host = plan.open("remember the host's root", "/", Sys.O_PATH | Sys.O_DIRECTORY);
            plan.fchdir("enter the root", rootfs);
            plan.pivotRoot("make it the root", ".", ".");
            plan.fchdir("go back to the host's root", host);
            plan.mount("keep the unmounting from the host", null, ".", null, Kernel.MS_REC | Kernel.MS_SLAVE, null);
            plan.unmount("let the host's tree go", ".", Kernel.MNT_DETACH);
            plan.close(host);
        }
        plan.chdir("enter the new root", "/");
        long kind = propagation & ~Kernel.MS_REC;
        if (kind != 0 && kind != Kernel.MS_SLAVE) {
            plan.setAttributes("set linux.rootfsPropagation", rootfs, (propagation & Kernel.MS_REC) != 0, 0, 0, kind);
        }
    }
}
