package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;

/** {@code linux.resources.network.classID} into net_cls.classid (cgroup-v1/net_cls.rst). */
final class V1NetClsController implements Controller {

    static final String FIELD = "linux.resources.network.classID";

    @Override
    public String name() {
        return "net_cls";
    }

    @Override
    public String neededFor(Resources resources) {
        return classId(resources) == 0 ? null : FIELD;
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        if (classId(resources) != 0) {
            files.write("net_cls.classid", Long.toString(classId(resources)), FIELD);
        }
    }

    private static long classId(Resources resources) {
        return resources.network() == null ? 0 : Limits.orZero(resources.network().classID());
    }
}
