package dev.caisson.linux.cgroups;

/** A {@code cgroupsPath} of the form {@code slice:prefix:name}, which asks for a cgroup made by systemd. */
public final class SystemdCgroupException extends CgroupException {

    private static final long serialVersionUID = 1L;

    SystemdCgroupException(String cgroupsPath) {
        super("linux.cgroupsPath: \"" + cgroupsPath + "\" names a systemd unit (slice:prefix:name), "
                + "and cgroups made by systemd are not supported yet");
    }
}
