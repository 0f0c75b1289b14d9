package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import java.util.List;

/** {@code linux.resources.network.priorities} into net_prio.ifpriomap (cgroup-v1/net_prio.rst). */
final class V1NetPrioController implements Controller {

    static final String FIELD = "linux.resources.network.priorities";

    @Override
    public String name() {
        return "net_prio";
    }

    @Override
    public String neededFor(Resources resources) {
        return priorities(resources).isEmpty() ? null : FIELD;
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        List<Resources.InterfacePriority> priorities = priorities(resources);
        for (int i = 0; i < priorities.size(); i++) {
            files.write("net_prio.ifpriomap", priorities.get(i).name() + " " + priorities.get(i).priority(), FIELD + "[" + i + "]");
        }
    }

    private static List<Resources.InterfacePriority> priorities(Resources resources) {
        return resources.network() == null ? List.of() : resources.network().priorities();
    }
}
