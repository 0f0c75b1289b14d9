package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A cgroup on a host of v1 hierarchies: one directory in each, of the same path. */
final class V1Cgroup implements ContainerCgroup {

    private static final CpusetController CPUSET = new CpusetController();

    private static final List<Controller> LIMITS = List.of(new V1MemoryController(), new V1CpuController(), CPUSET,
            new PidsController(), new V1BlkioController(), HugetlbController.v1(), new RdmaController(), new V1NetClsController(),
            new V1NetPrioController());

    private static final V1DevicesController DEVICES = new V1DevicesController();

    /** All hierarchies have the same processes; these are preferred, since they are the ones that a runtime can't do without. */
    private static final List<String> PROCESSES_FROM = List.of(V1Freezer.CONTROLLER, "devices", "pids");

    private final Map<String, String> paths;
    private final Set<CgroupDir> dirs = new LinkedHashSet<>();
    /** By directory; empty when reopened. */
    private final Map<CgroupDir, String> mountPoints;

    static V1Cgroup of(CgroupHost host, CgroupPath path) throws CgroupException {
        if (host.v1().isEmpty()) {
            throw new CgroupException("linux.cgroupsPath: no cgroup hierarchy is mounted");
        }
        Map<String, String> paths = new LinkedHashMap<>();
        Map<CgroupDir, String> mountPoints = new LinkedHashMap<>();
        for (CgroupHost.Hierarchy hierarchy : host.v1()) {
            String dir = hierarchy.mountPoint() + path.path();
            hierarchy.controllers().forEach(controller -> paths.put(controller, dir));
            mountPoints.put(new CgroupDir(dir), hierarchy.mountPoint());
        }
        return new V1Cgroup(paths, mountPoints);
    }

    V1Cgroup(Map<String, String> paths) {
        this(new LinkedHashMap<>(paths), Map.of());
    }

    private V1Cgroup(Map<String, String> paths, Map<CgroupDir, String> mountPoints) {
        this.paths = Collections.unmodifiableMap(paths);
        this.mountPoints = mountPoints;
        paths.values().forEach(path -> dirs.add(new CgroupDir(path)));
    }

    @Override
    public void create(Resources resources) throws CgroupException {
        if (mountPoints.isEmpty()) {
            throw new IllegalStateException("a reopened cgroup can't be created again");
        }
        if (resources != null && !resources.unified().isEmpty()) {
            throw unifiedRefused(resources);
        }
        List<CgroupDir> made = new ArrayList<>();
        try {
            for (Map.Entry<CgroupDir, String> each : mountPoints.entrySet()) {
                CgroupDir dir = each.getKey();
                boolean fresh = dir.make(each.getValue(), made);
                if (!fresh) {
                    refuseIfFrozen(dir);
                }
                if (dir.path().equals(paths.get(CPUSET.name()))) {
                    CPUSET.inherit(dir, each.getValue(), fresh, resources);
                }
            }
            if (resources != null) {
                apply(DEVICES, resources, null);
                applyLimits(resources, null);
            }
        } catch (CgroupException | RuntimeException e) {
            CgroupDir.unmake(made, e);
            throw e;
        }
    }

    @Override
    public int occupants() throws CgroupException {
        int most = 0;
        for (CgroupDir dir : dirs) {
            if (dir.exists()) {
                refuseIfFrozen(dir);
                most = Math.max(most, Processes.of(dir).length);
            }
        }
        return most;
    }

    private void refuseIfFrozen(CgroupDir dir) throws CgroupException {
        if (dir.path().equals(paths.get(V1Freezer.CONTROLLER)) && V1Freezer.frozen(dir)) {
            throw new CgroupException("create the cgroup " + dir.path() + ": container's cgroup unexpectedly frozen");
        }
    }

    @Override
    public void update(Resources before, Resources changes) throws CgroupException {
        if (!changes.unified().isEmpty()) {
            throw unifiedRefused(changes);
        }
        Journal journal = new Journal();
        try {
            applyLimits(changes, journal);
            if (!changes.devices().isEmpty()) {
                updateDevices(before, before.updatedBy(changes));
            }
        } catch (CgroupException e) {
            journal.undo(e);
            throw e;
        }
    }

    private void updateDevices(Resources before, Resources after) throws CgroupException {
        String path = paths.get(DEVICES.name());
        if (path == null) {
            throw unavailable(DEVICES, DevicePolicy.FIELD);
        }
        DEVICES.change(new CgroupDir(path), before, after);
    }

    private static CgroupException unifiedRefused(Resources resources) {
        return new CgroupException("invalid configuration: linux.resources.unified: cannot use unified on cgroup v1: "
                + String.join(", ", resources.unified().keySet()));
    }

    private void applyLimits(Resources resources, Journal journal) throws CgroupException {
        for (Controller controller : LIMITS) {
            apply(controller, resources, journal);
        }
    }

    /** @param journal null where nothing is to be remembered */
    private void apply(Controller controller, Resources resources, Journal journal) throws CgroupException {
        String path = paths.get(controller.name());
        if (path != null) {
            CgroupDir dir = new CgroupDir(path);
            controller.apply(journal == null ? dir : journal.watch(dir), resources);
            return;
        }
        String field = controller.neededFor(resources);
        if (field != null) {
            throw unavailable(controller, field);
        }
    }

    private static CgroupException unavailable(Controller controller, String field) {
        return new CgroupException(field + ": the " + controller.name() + " controller is not available: no hierarchy with it is mounted"
                + " (mount one below /sys/fs/cgroup, or leave the field out)");
    }

    @Override
    public Placement placement() {
        return new Placement.Tasks(dirs.stream().map(dir -> dir.path() + "/tasks").toList());
    }

    @Override
    public Placement joining(CgroupHost host, int init) {
        return placement();
    }

    @Override
    public int[] pids() throws CgroupException {
        return Processes.of(processes());
    }

    private CgroupDir processes() {
        for (String controller : PROCESSES_FROM) {
            String path = paths.get(controller);
            if (path != null) {
                return new CgroupDir(path);
            }
        }
        return dirs.iterator().next();
    }

    @Override
    public void freeze() throws CgroupException {
        V1Freezer.freeze(freezer("freeze"));
    }

    @Override
    public void thaw() throws CgroupException {
        V1Freezer.thaw(freezer("thaw"));
    }

    @Override
    public boolean frozen() throws CgroupException {
        String path = paths.get(V1Freezer.CONTROLLER);
        return path != null && V1Freezer.frozen(new CgroupDir(path));
    }

    private CgroupDir freezer(String doing) throws CgroupException {
        String path = paths.get(V1Freezer.CONTROLLER);
        if (path == null) {
            throw new CgroupException(doing + " the container: the freezer controller is not available: no hierarchy with it is mounted");
        }
        return new CgroupDir(path);
    }

    @Override
    public void killAll(int signal) throws CgroupException {
        String freezer = paths.get(V1Freezer.CONTROLLER);
        if (!Processes.signal(processes(), signal)) {
            // They fork faster than they are signalled.
            CgroupDir dir = freezer("stop");
            V1Freezer.freeze(dir);
            try {
                Processes.signal(processes(), signal);
            } finally {
                V1Freezer.thaw(dir);
            }
        }
        if (signal == SIGKILL && freezer != null) {
            V1Freezer.thawTree(new CgroupDir(freezer));
        }
    }

    @Override
    public void remove() throws CgroupException {
        long deadline = System.nanoTime() + CgroupDir.REMOVAL_NANOS;
        CgroupException failure = null;
        for (CgroupDir dir : dirs) {
            try {
                dir.removeTree(deadline);
            } catch (CgroupException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public Statistics statistics() throws CgroupException {
        return new V1Statistics(paths).read();
    }

    @Override
    public OomWatch watchOom() throws CgroupException {
        String path = paths.get("memory");
        if (path == null) {
            throw new CgroupException("watch for lack of memory: the memory controller is not available: no hierarchy with it is mounted");
        }
        return V1OomWatch.of(new CgroupDir(path));
    }

    @Override
    public Map<String, String> paths() {
        return paths;
    }
}
