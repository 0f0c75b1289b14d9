package dev.caisson.linux.launch;

import java.util.Map;

/** The annotations of a configuration that mean something to the runtime. */
public final class Annotations {

    /** Podman's {@code --group-add keep-groups}, by the name that crun gave it. */
    private static final String KEEP_GROUPS = "run.oci.keep_original_groups";

    private Annotations() {}

    /** Whether the container's processes keep the supplementary groups of the runtime's caller, instead of those of the configuration. */
    public static boolean keepsGroups(Map<String, String> annotations) {
        return "1".equals(annotations.get(KEEP_GROUPS));
    }
}
