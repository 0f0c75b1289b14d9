package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;

/** {@code linux.resources.pids} into pids.max, the same on v1 and v2 (cgroup-v1/pids.rst). */
final class PidsController implements Controller {

    private static final String FIELD = "linux.resources.pids.limit";

    @Override
    public String name() {
        return "pids";
    }

    @Override
    public String neededFor(Resources resources) {
        Long limit = limit(resources);
        return limit != null && limit > 0 ? FIELD : null;
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        Long limit = limit(resources);
        if (limit != null) {
            // 0 comes from clients of the time when it meant "no limit".
            files.write("pids.max", limit > 0 ? limit.toString() : "max", FIELD);
        }
    }

    private static Long limit(Resources resources) {
        return resources.pids() == null ? null : resources.pids().limit();
    }
}
