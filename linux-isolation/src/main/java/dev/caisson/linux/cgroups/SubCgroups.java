package dev.caisson.linux.cgroups;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Cgroups beneath a container's, made by the container itself or by others, which a process that joins it may be put into. */
public final class SubCgroups {

    private SubCgroups() {}

    /**
     * The directories of a process by controller.
     *
     * @param paths   the container's, as {@link ContainerCgroup#paths} gives them
     * @param options a single {@code PATH} for all controllers, or any number of {@code CONTROLLER[,CONTROLLER…]:PATH}; a controller
     *                that none of them names has the container's own
     * @throws CgroupException with the option that is at fault: a path that leads out of the container's cgroup, or a controller that
     *                         is named twice or has no directory
     */
    public static Map<String, String> beneath(Map<String, String> paths, List<String> options) throws CgroupException {
        Map<String, String> chosen = new LinkedHashMap<>();
        for (String option : options) {
            int colon = option.indexOf(':');
            String path = checked(option, option.substring(colon + 1));
            if (colon < 0) {
                if (options.size() > 1) {
                    throw at(option, "it names no controller, so it can only be given alone");
                }
                for (String controller : paths.keySet()) {
                    chosen.put(controller, path);
                }
                continue;
            }
            for (String controller : option.substring(0, colon).split(",", -1)) {
                if (!paths.containsKey(controller) || controller.isEmpty()) {
                    throw at(option, "unknown controller \"" + controller + "\"");
                }
                if (chosen.put(controller, path) != null) {
                    throw at(option, "multiple paths for controller " + controller);
                }
            }
        }
        Map<String, String> joined = new LinkedHashMap<>(paths);
        for (Map.Entry<String, String> each : chosen.entrySet()) {
            joined.merge(each.getKey(), each.getValue(), (own, sub) -> sub.isEmpty() ? own : own + "/" + sub);
        }
        return joined;
    }

    /** The path without slashes around it. Cgroups hold no symlinks: {@code ..} is all that leads out. */
    private static String checked(String option, String path) throws CgroupException {
        StringBuilder clean = new StringBuilder();
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                throw at(option, "bad sub cgroup path: it leads out of the container's cgroup");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                clean.append(clean.isEmpty() ? "" : "/").append(part);
            }
        }
        return clean.toString();
    }

    private static CgroupException at(String option, String problem) {
        return new CgroupException("--cgroup " + option + ": " + problem);
    }
}
