package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;

/** One controller's limits: which of them a config asks for, and how they are written into the control files. Stateless. */
interface Controller {

    /** Its name: in /proc/self/cgroup for v1, in cgroup.controllers for v2. */
    String name();

    /** The config field that can't do without the controller; null when there is none, as with "no limit". */
    String neededFor(Resources resources);

    /** Writes what {@code resources} asks for. Fields that are absent, or zero where zero stands for that, change nothing. */
    void apply(ControlFiles files, Resources resources) throws CgroupException;
}
