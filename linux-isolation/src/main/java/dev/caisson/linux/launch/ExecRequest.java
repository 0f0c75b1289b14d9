package dev.caisson.linux.launch;

import dev.caisson.linux.seccomp.SeccompFilter;
import dev.caisson.spec.Linux;
import dev.caisson.spec.Process;
import java.util.List;
import java.util.Map;

/**
 * A process to start in a container that runs.
 *
 * @param id           the container's id
 * @param process      what to run, complete
 * @param linux        the container's configuration: its namespaces are joined, and what holds for all its processes applies
 * @param terminal     who holds its terminal
 * @param pidfdSocket  a unix socket that is sent the process's pidfd, or null
 * @param preservedFds the descriptors that the process keeps besides the standard ones, each open in the front
 * @param newKeyring   whether it joins the container's session keyring
 * @param cgroup       where it goes
 * @param detached     whether the command ends once the process runs
 * @param filter       linux.seccomp of the container, compiled, or null
 * @param agent        who answers for the filter, where it asks somebody; else null
 * @param keepsGroups  whether it keeps the caller's supplementary groups ({@link Annotations#keepsGroups})
 * @param extraEnv     environment entries that the caller hands down, {@code KEY=VALUE} by key
 */
public record ExecRequest(String id, Process process, Linux linux, Terminal terminal, String pidfdSocket,
                          List<Integer> preservedFds, boolean newKeyring, CgroupPlace cgroup, boolean detached, SeccompFilter filter,
                          SeccompAgent agent, boolean keepsGroups, Map<String, String> extraEnv) {

    /** Copies the list and the map. */
    public ExecRequest {
        preservedFds = List.copyOf(preservedFds);
        extraEnv = Map.copyOf(extraEnv);
    }
}
