package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.spec.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** A cgroup on a host whose controllers are all in one hierarchy (cgroup-v2.rst). */
final class V2Cgroup implements ContainerCgroup {

    private static final List<Controller> LIMITS = List.of(new V2MemoryController(), new V2CpuController(), new CpusetController(),
            new PidsController(), new V2IoController(), HugetlbController.v2(), new RdmaController());

    /** v2 has none of these, so that to ask for them is always an error. */
    private static final List<Controller> V1_ONLY = List.of(new V1NetClsController(), new V1NetPrioController());

    private static final String CONTROLLERS = "cgroup.controllers";
    private static final String SUBTREE_CONTROL = "cgroup.subtree_control";
    private static final String FREEZE = "cgroup.freeze";
    private static final long FREEZE_NANOS = 10_000_000_000L;

    private final CgroupDir dir;
    /** Null when reopened. */
    private final String mountPoint;

    V2Cgroup(CgroupHost.Hierarchy hierarchy, CgroupPath path) {
        dir = new CgroupDir(hierarchy.mountPoint() + path.path());
        mountPoint = hierarchy.mountPoint();
    }

    V2Cgroup(String path) {
        dir = new CgroupDir(path);
        mountPoint = null;
    }

    @Override
    public void create(Resources resources) throws CgroupException {
        if (mountPoint == null) {
            throw new IllegalStateException("a reopened cgroup can't be created again");
        }
        List<CgroupDir> made = new ArrayList<>();
        try {
            if (!dir.make(mountPoint, made)) {
                refuseIfFrozen();
            }
            Map<String, CgroupException> refused = enableControllers();
            refuseIfThreaded();
            if (resources != null) {
                if (!resources.devices().isEmpty()) {
                    V2Devices.enforce(dir, DevicePolicy.of(resources.devices()));
                }
                applyLimits(dir, resources, refused);
            }
        } catch (CgroupException | RuntimeException e) {
            CgroupDir.unmake(made, e);
            throw e;
        }
    }

    @Override
    public int occupants() throws CgroupException {
        refuseIfFrozen();
        return Processes.of(dir).length;
    }

    private void refuseIfFrozen() throws CgroupException {
        if (frozen()) {
            throw new CgroupException("create the cgroup " + dir.path() + ": container's cgroup unexpectedly frozen");
        }
    }

    /** No process can be born in such a cgroup: there are processes in a parent, or threads have been spread over cgroups. */
    private void refuseIfThreaded() throws CgroupException {
        String type = dir.read("cgroup.type", "create the cgroup " + dir.path());
        if (type != null && !type.equals("domain") && !type.equals("domain threaded")) {
            throw new CgroupException("create the cgroup " + dir.path() + ": its parent makes it \"" + type
                    + "\", which takes in no new process");
        }
    }

    /**
     * Has the parents hand down all controllers there are, not only those that have limits: they count too.
     *
     * @return for those that a parent does not hand down, what the kernel says to it
     */
    private Map<String, CgroupException> enableControllers() throws CgroupException {
        String doing = "enable controllers for " + dir.path();
        Set<String> wanted = words(new CgroupDir(mountPoint).read(CONTROLLERS, doing));
        Map<String, CgroupException> refused = new LinkedHashMap<>();
        // Whoever made the parent has mostly done it already.
        if (words(dir.parent().read(SUBTREE_CONTROL, doing)).containsAll(wanted)) {
            return refused;
        }
        List<CgroupDir> parents = new ArrayList<>();
        for (CgroupDir parent = dir.parent(); ; parent = parent.parent()) {
            parents.addFirst(parent);
            if (parent.path().equals(mountPoint)) {
                break;
            }
        }
        for (CgroupDir parent : parents) {
            Set<String> missing = words(parent.read(CONTROLLERS, doing));
            missing.retainAll(wanted);
            missing.removeAll(words(parent.read(SUBTREE_CONTROL, doing)));
            enable(parent, missing, doing, refused);
        }
        return refused;
    }

    private static void enable(CgroupDir parent, Set<String> controllers, String doing, Map<String, CgroupException> refused)
            throws CgroupException {
        if (controllers.isEmpty()) {
            return;
        }
        try {
            parent.write(SUBTREE_CONTROL, "+" + String.join(" +", controllers), doing);
            return;
        } catch (CgroupException all) {
            // There are processes in the parent, which forbids memory and io. Those that it does not forbid would make the parent a
            // threaded domain, below which no process can be born.
            if (all.getCause() instanceof LinuxException cause && cause.errno() == Errno.EBUSY) {
                CgroupException why = new CgroupException(parent.path() + " can't hand it down while there are processes in it (move them "
                        + "away, or choose another linux.cgroupsPath): " + all.getMessage(), cause);
                controllers.forEach(controller -> refused.putIfAbsent(controller, why));
                return;
            }
        }
        // One that can't be had keeps all of them out.
        for (String controller : controllers) {
            try {
                parent.write(SUBTREE_CONTROL, "+" + controller, doing);
            } catch (CgroupException e) {
                refused.putIfAbsent(controller, e);
            }
        }
    }

    @Override
    public void update(Resources before, Resources changes) throws CgroupException {
        Journal journal = new Journal();
        try {
            applyLimits(journal.watch(dir), V2MemoryController.complete(before, changes), Map.of());
            if (!changes.devices().isEmpty()) {
                updateDevices(before, before.updatedBy(changes));
            }
        } catch (CgroupException e) {
            journal.undo(e);
            throw e;
        }
    }

    private void updateDevices(Resources before, Resources after) throws CgroupException {
        DevicePolicy policy = DevicePolicy.of(after.devices());
        DevicePolicy old = before.devices().isEmpty() ? null : DevicePolicy.of(before.devices());
        if (old == null || old.allowed() != policy.allowed() || !old.without(policy).isEmpty() || !policy.without(old).isEmpty()) {
            V2Devices.enforce(dir, policy);
        }
    }

    private void applyLimits(ControlFiles files, Resources resources, Map<String, CgroupException> refused) throws CgroupException {
        String controllers = dir.read(CONTROLLERS, "set limits of " + dir.path());
        if (controllers == null && !dir.exists()) {
            throw new CgroupException("set limits of " + dir.path() + ": " + dir.missing(CONTROLLERS));
        }
        Set<String> available = words(controllers);
        for (Controller controller : LIMITS) {
            if (available.contains(controller.name())) {
                controller.apply(files, resources);
            } else {
                refuseNeeded(controller, resources, refused.get(controller.name()));
            }
        }
        for (Controller controller : V1_ONLY) {
            refuseNeeded(controller, resources, null);
        }
        for (Map.Entry<String, String> file : resources.unified().entrySet()) {
            writeUnified(files, file.getKey(), file.getValue(), available);
        }
    }

    private void refuseNeeded(Controller controller, Resources resources, CgroupException why) throws CgroupException {
        String field = controller.neededFor(resources);
        if (field == null) {
            return;
        }
        CgroupException unavailable = new CgroupException(field + ": the " + controller.name() + " controller is not available: "
                + (why != null ? why.getMessage() : "cgroup v2 does not have it in " + dir.path()
                        + " (enable it in cgroup.subtree_control of the cgroups above, or leave the field out)"));
        if (why != null) {
            unavailable.addSuppressed(why);
        }
        throw unavailable;
    }

    private void writeUnified(ControlFiles files, String file, String value, Set<String> available) throws CgroupException {
        String field = "linux.resources.unified[\"" + file + "\"]";
        int dot = file.indexOf('.');
        if (file.indexOf('/') >= 0 || file.indexOf('\0') >= 0) {
            throw new CgroupException(field + ": must be a file name (no slashes)");
        }
        if (dot < 1) {
            throw new CgroupException(field + ": must be in the form CONTROLLER.PARAMETER");
        }
        String controller = file.substring(0, dot);
        if (!controller.equals("cgroup") && !available.contains(controller)) {
            throw new CgroupException(field + ": controller \"" + controller + "\" not available in " + dir.path());
        }
        files.write(file, value.lines().toList(), field);
    }

    private static Set<String> words(String text) {
        Set<String> words = new LinkedHashSet<>();
        if (text != null && !text.isBlank()) {
            words.addAll(Arrays.asList(text.strip().split("\\s+")));
        }
        return words;
    }

    @Override
    public Placement placement() {
        return new Placement.Directory(dir.path());
    }

    @Override
    public Placement joining(CgroupHost host, int init) throws CgroupException {
        String handedDown = dir.read(SUBTREE_CONTROL, "look into " + dir.path());
        if (handedDown == null || handedDown.isEmpty() || host.v2() == null) {
            return placement();
        }
        String line = new CgroupDir("/proc/" + init).read("cgroup", "find the cgroup of process " + init);
        String root = host.v2().root().equals("/") ? "" : host.v2().root();
        // 0::PATH, beside lines of v1 where there are such hierarchies
        for (String each : line == null ? new String[0] : line.split("\n")) {
            String place = host.v2().mountPoint() + each.substring(Math.min(each.length(), "0::".length() + root.length()));
            if (each.startsWith("0::" + root) && place.startsWith(dir.path() + "/")) {
                return new Placement.Directory(place);
            }
        }
        return placement();
    }

    @Override
    public int[] pids() throws CgroupException {
        return Processes.of(dir);
    }

    @Override
    public void freeze() throws CgroupException {
        String doing = "freeze " + dir.path();
        try {
            dir.write(FREEZE, "1", doing);
            long deadline = System.nanoTime() + FREEZE_NANOS;
            for (long wait = 50_000; ; wait = Math.min(2 * wait, 10_000_000)) {
                String events = dir.read("cgroup.events", doing);
                if (events == null) {
                    throw new CgroupException(doing + ": the cgroup is gone");
                }
                if (events.lines().anyMatch("frozen 1"::equals)) {
                    return;
                }
                if (System.nanoTime() > deadline) {
                    throw new CgroupException(doing + ": the kernel did not get all of its processes to stop");
                }
                LockSupport.parkNanos(wait);
            }
        } catch (CgroupException e) {
            try {
                dir.writeIfPresent(FREEZE, "0", doing);
            } catch (CgroupException thawing) {
                e.addSuppressed(thawing);
            }
            throw e;
        }
    }

    @Override
    public void thaw() throws CgroupException {
        dir.write(FREEZE, "0", "thaw " + dir.path());
    }

    @Override
    public boolean frozen() throws CgroupException {
        return "1".equals(dir.read(FREEZE, "see whether " + dir.path() + " is frozen"));
    }

    @Override
    public void killAll(int signal) throws CgroupException {
        if (signal == SIGKILL && kill()) {
            return;
        }
        if (!Processes.signal(dir, signal)) {
            // They fork faster than they are signalled.
            freeze();
            try {
                Processes.signal(dir, signal);
            } finally {
                thaw();
            }
        }
    }

    private boolean kill() throws CgroupException {
        try {
            return dir.writeIfPresent("cgroup.kill", "1", "kill the processes of " + dir.path());
        } catch (CgroupException e) {
            // A threaded cgroup's processes belong to the domain above.
            if (e.errno() == Errno.EOPNOTSUPP) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void remove() throws CgroupException {
        dir.removeTree(System.nanoTime() + CgroupDir.REMOVAL_NANOS);
    }

    @Override
    public Statistics statistics() throws CgroupException {
        return new V2Statistics(dir.path()).read();
    }

    @Override
    public OomWatch watchOom() throws CgroupException {
        return V2OomWatch.of(dir);
    }

    @Override
    public Map<String, String> paths() {
        return Map.of("", dir.path());
    }
}
