package dev.caisson.cli.command;

import java.nio.file.Path;

/**
 * The options that stand before the verb.
 *
 * @param root          where the containers' state lies, absolute
 * @param rootIsDefault whether {@code --root} was left out
 * @param log           the file that errors are appended to, or null for none but standard error
 * @param logFormat     how
 * @param debug         whether to log debug lines too
 * @param systemdCgroup whether cgroups are asked of systemd
 * @param rootless      {@code --rootless}: TRUE, FALSE, or null for "auto"
 * @param cgroupManager {@code --cgroup-manager}: "cgroupfs", "systemd" or "disabled"
 */
public record Globals(Path root, boolean rootIsDefault, Path log, LogFormat logFormat, boolean debug, boolean systemdCgroup,
                      Boolean rootless, String cgroupManager) {

    /** How a line of the {@code --log} file looks. */
    public enum LogFormat {
        /** {@code time="…" level=error msg="…"}. */
        TEXT,
        /** One JSON object a line. */
        JSON
    }
}
