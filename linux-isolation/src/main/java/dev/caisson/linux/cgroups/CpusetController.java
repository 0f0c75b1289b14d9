package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;

/**
 * {@code linux.resources.cpu.cpus} and {@code mems} into cpuset.cpus and cpuset.mems, the same on v1 and v2 (cgroup-v1/cpusets.rst,
 * cgroup-v2.rst "Cpuset").
 */
final class CpusetController implements Controller {

    private static final String CPUS = "cpuset.cpus";
    private static final String MEMS = "cpuset.mems";
    private static final String CPUS_FIELD = "linux.resources.cpu.cpus";
    private static final String MEMS_FIELD = "linux.resources.cpu.mems";

    @Override
    public String name() {
        return "cpuset";
    }

    @Override
    public String neededFor(Resources resources) {
        return Limits.isSet(cpus(resources)) ? CPUS_FIELD : Limits.isSet(mems(resources)) ? MEMS_FIELD : null;
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        if (Limits.isSet(cpus(resources))) {
            files.write(CPUS, cpus(resources), CPUS_FIELD);
        }
        if (Limits.isSet(mems(resources))) {
            files.write(MEMS, mems(resources), MEMS_FIELD);
        }
    }

    /**
     * Gives a v1 cgroup, and its parents up to the mount, the CPUs and nodes of the parent where they have none: a new v1 cpuset is
     * empty, and takes no process in. What the container's own config names is written by {@link #apply} first, since the parent's
     * whole set may be more than a sibling's cpu_exclusive leaves over.
     *
     * @param fresh whether {@code dir} has just been made
     */
    void inherit(CgroupDir dir, String mountPoint, boolean fresh, Resources resources) throws CgroupException {
        boolean hasCpus = !fresh && hasAny(dir, CPUS);
        boolean hasMems = !fresh && hasAny(dir, MEMS);
        if (hasCpus && hasMems) {
            return;
        }
        CgroupDir parent = dir.parent();
        if (!parent.path().equals(mountPoint)) {
            inherit(parent, mountPoint, false, null);
        }
        if (resources != null) {
            apply(dir, resources);
            hasCpus |= Limits.isSet(cpus(resources));
            hasMems |= Limits.isSet(mems(resources));
        }
        if (!hasCpus) {
            copy(parent, dir, CPUS);
        }
        if (!hasMems) {
            copy(parent, dir, MEMS);
        }
    }

    private static boolean hasAny(CgroupDir dir, String file) throws CgroupException {
        return Limits.isSet(dir.read(file, "inherit CPUs and memory nodes"));
    }

    private static void copy(CgroupDir from, CgroupDir to, String file) throws CgroupException {
        String value = from.read(file, "inherit CPUs and memory nodes");
        if (Limits.isSet(value)) {
            to.write(file, value, "inherit CPUs and memory nodes");
        }
    }

    private static String cpus(Resources resources) {
        return resources.cpu() == null ? null : resources.cpu().cpus();
    }

    private static String mems(Resources resources) {
        return resources.cpu() == null ? null : resources.cpu().mems();
    }
}
