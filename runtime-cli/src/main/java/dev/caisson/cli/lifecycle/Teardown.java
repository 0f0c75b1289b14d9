package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.state.Container;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.cli.state.ProcessId;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.resctrl.ResctrlGroup;
import java.io.IOException;
import java.util.Optional;

/** Takes containers down, whole or half-made. */
public final class Teardown {

    private static final int PATIENCE_MILLIS = 10_000;

    private Teardown() {}

    /**
     * Ends the container's processes and removes its cgroup, what it has of resctrl, and its folder, in this order: what is interrupted in between can be
     * done again.
     *
     * @param all whether to kill whatever is in its cgroup even if it had a pid namespace, which ended with its first process
     */
    public static void destroy(Container container, boolean all) throws CommandException, IOException {
        ContainerState state = container.state();
        end(state.init(), state.sharesCgroup() ? Optional.empty() : Statuses.cgroup(state), all || state.sharesPids());
        ResctrlGroup resctrl = ResctrlGroup.fromState(state.resctrl());
        if (resctrl != null) {
            resctrl.remove();
        }
        container.remove();
    }

    /** Ends a container's processes and removes its cgroup. What is gone already is fine. */
    static void end(ProcessId process, Optional<ContainerCgroup> cgroup, boolean all) throws CommandException, IOException {
        try (InitProcess init = InitProcess.open(process)) {
            if (cgroup.isPresent() && (all || init != null)) {
                cgroup.get().killAll(ContainerCgroup.SIGKILL);
            }
            if (init != null && !init.kill(PATIENCE_MILLIS)) {
                throw new CommandException("container init still running");
            }
        }
        if (cgroup.isPresent()) {
            cgroup.get().remove();
        }
    }
}
