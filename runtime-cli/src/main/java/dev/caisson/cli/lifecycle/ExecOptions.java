package dev.caisson.cli.lifecycle;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@code exec} is asked for.
 *
 * @param id              the container's id, not validated yet
 * @param arguments       what to run and its arguments; empty where {@code process} says it
 * @param process         a file that holds the process as JSON, absolute; or null
 * @param cwd             the working directory inside the container; null for the container's own
 * @param environment     {@code KEY=VALUE} on top of the container's own
 * @param terminal        whether to give it a terminal
 * @param user            {@code UID[:GID]}, or null for the container's own
 * @param additionalGids  supplementary groups
 * @param capabilities    capabilities on top of the container's own, with or without {@code CAP_}
 * @param noNewPrivileges TRUE, FALSE or null for the container's own
 * @param processLabel    the SELinux label, or null
 * @param apparmor        the AppArmor profile, or null
 * @param cgroup          {@code [CONTROLLER[,…]:]PATH} beneath the container's cgroup, in their order
 * @param detach          return as soon as the process runs
 * @param pidFile         where the process's pid is written, absolute; or null
 * @param consoleSocket   the unix socket that the pty's master is sent to, absolute; or null
 * @param pidfdSocket     the unix socket that the process's pidfd is sent to, absolute; or null
 * @param preserveFds     how many descriptors from 3 on the process inherits, 0 or more
 * @param ignorePaused    go on although the container is paused
 */
public record ExecOptions(String id, List<String> arguments, Path process, String cwd, List<String> environment, boolean terminal,
                          String user, List<Long> additionalGids, List<String> capabilities, Boolean noNewPrivileges,
                          String processLabel, String apparmor, List<String> cgroup, boolean detach, Path pidFile,
                          Path consoleSocket, Path pidfdSocket, int preserveFds, boolean ignorePaused) {

    /** Copies the lists. */
    public ExecOptions {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
        additionalGids = List.copyOf(additionalGids);
        capabilities = List.copyOf(capabilities);
        cgroup = List.copyOf(cgroup);
    }
}
