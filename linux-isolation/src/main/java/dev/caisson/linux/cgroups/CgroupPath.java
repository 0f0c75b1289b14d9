package dev.caisson.linux.cgroups;

/**
 * Where below the mounts a container's cgroup is.
 *
 * @param path starts with a slash and does not end with one; has no empty, {@code .} or {@code ..} component
 */
record CgroupPath(String path) {

    /** See {@link ContainerCgroup#of}. */
    static CgroupPath of(String cgroupsPath, String id) throws CgroupException {
        if (cgroupsPath == null || cgroupsPath.isEmpty()) {
            return normal(id, "the container's id");
        }
        if (isSystemdUnit(cgroupsPath)) {
            throw new SystemdCgroupException(cgroupsPath);
        }
        return normal(cgroupsPath, "linux.cgroupsPath");
    }

    /** Refuses a path that is not absolute or that leads upwards: it may come from a state file. */
    static void checkAbsolute(String path) throws CgroupException {
        if (!path.startsWith("/")) {
            throw new CgroupException("reopen a cgroup: \"" + path + "\" is not absolute");
        }
        normal(path, "reopen a cgroup");
    }

    private static CgroupPath normal(String path, String field) throws CgroupException {
        if (path.indexOf('\0') >= 0) {
            // The kernel would see the part before it.
            throw new CgroupException(field + ": \"" + path.replace('\0', '?') + "\" contains a NUL");
        }
        StringBuilder normal = new StringBuilder();
        for (String component : path.split("/")) {
            if (component.equals("..")) {
                throw new CgroupException(field + ": \"" + path + "\" has a \"..\" component");
            }
            if (!component.isEmpty() && !component.equals(".")) {
                normal.append('/').append(component);
            }
        }
        if (normal.isEmpty()) {
            throw new CgroupException(field + ": \"" + path + "\" is the root cgroup, which can't be a container's");
        }
        return new CgroupPath(normal.toString());
    }

    /** {@code [SLICE.slice]:PREFIX:NAME}, without a slash. Any other path with colons is an ordinary one. */
    private static boolean isSystemdUnit(String path) {
        if (path.indexOf('/') >= 0) {
            return false;
        }
        String[] parts = path.split(":", -1);
        return parts.length == 3 && (parts[0].isEmpty() || parts[0].endsWith(".slice")) && !parts[2].isEmpty();
    }
}
