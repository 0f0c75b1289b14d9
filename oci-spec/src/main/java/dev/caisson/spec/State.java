package dev.caisson.spec;

import java.util.Map;

/**
 * The state of a container (runtime.md, "State"), as hooks get it on their standard input, and with the three last components as the
 * {@code state} command prints it.
 *
 * @param ociVersion  version of the specification the state complies with
 * @param id          the container's id
 * @param status      where in its life the container is
 * @param pid         pid of the container's process as the host sees it; null is left out, 0 is written and says there is none
 * @param bundle      absolute path of the bundle
 * @param annotations the annotations of config.json
 * @param rootfs      absolute path of the root filesystem on the host; null is left out
 * @param created     when the container was created, RFC 3339 in UTC; null is left out
 * @param owner       name of the user who owns the container, may be empty; null is left out
 */
public record State(String ociVersion, String id, Status status, Integer pid, String bundle, Map<String, String> annotations,
                    String rootfs, String created, String owner) {

    /** Copies the annotations. */
    public State {
        annotations = Copies.map(annotations);
    }

    /** A state with the specification's fields alone. */
    public State(String ociVersion, String id, Status status, Integer pid, String bundle, Map<String, String> annotations) {
        this(ociVersion, id, status, pid, bundle, annotations, null, null, null);
    }

    /** Where in its life a container is. */
    public enum Status {
        /** The container is being created. */
        CREATING("creating"),
        /** Created, the user's program has not been started. */
        CREATED("created"),
        /** The user's program runs. */
        RUNNING("running"),
        /** The user's program has ended. */
        STOPPED("stopped"),
        /** Frozen by {@code pause}; beyond the specification. */
        PAUSED("paused");

        private final String json;

        Status(String json) {
            this.json = json;
        }

        /** The name in JSON. */
        public String json() {
            return json;
        }

        /** The status with this name in JSON, or null when there is none. */
        public static Status ofJson(String name) {
            for (Status status : values()) {
                if (status.json.equals(name)) {
                    return status;
                }
            }
            return null;
        }
    }
}
