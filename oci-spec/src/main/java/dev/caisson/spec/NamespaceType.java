package dev.caisson.spec;

/** The types of namespaces (config-linux.md, "Namespaces"). */
public enum NamespaceType {
    /** Process ids; JSON {@code pid}, in /proc/[pid]/ns {@code pid}. */
    PID("pid", "pid"),
    /** Network stack; JSON {@code network}, in /proc/[pid]/ns {@code net}. */
    NETWORK("network", "net"),
    /** Mount table; JSON {@code mount}, in /proc/[pid]/ns {@code mnt}. */
    MOUNT("mount", "mnt"),
    /** System V IPC and POSIX message queues; JSON {@code ipc}, in /proc/[pid]/ns {@code ipc}. */
    IPC("ipc", "ipc"),
    /** Host and domain name; JSON {@code uts}, in /proc/[pid]/ns {@code uts}. */
    UTS("uts", "uts"),
    /** User and group ids; JSON {@code user}, in /proc/[pid]/ns {@code user}. */
    USER("user", "user"),
    /** Cgroup root; JSON {@code cgroup}, in /proc/[pid]/ns {@code cgroup}. */
    CGROUP("cgroup", "cgroup"),
    /** Boottime and monotonic clocks; JSON {@code time}, in /proc/[pid]/ns {@code time}. */
    TIME("time", "time");

    private final String json;
    private final String proc;

    NamespaceType(String json, String proc) {
        this.json = json;
        this.proc = proc;
    }

    /** The name in config.json. */
    public String json() {
        return json;
    }

    /** The name of the link in /proc/[pid]/ns. */
    public String proc() {
        return proc;
    }

    /** The type with this name in config.json, or null when there is none. */
    public static NamespaceType ofJson(String name) {
        for (NamespaceType type : values()) {
            if (type.json.equals(name)) {
                return type;
            }
        }
        return null;
    }
}
