package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.cli.engine.FrontLostException;
import dev.caisson.cli.engine.Report;
import dev.caisson.cli.state.Container;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.cli.state.ProcessId;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.launch.CreateLaunch;
import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Hook;
import dev.caisson.spec.Spec;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.SpecReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** Takes containers down: their processes, cgroups and folders, whole or half-made. */
public final class Teardown {

    private static final int SIGKILL = 9;
    private static final int PATIENCE_MILLIS = 10_000;

    private Teardown() {}

    /**
     * Kills a process and waits for its end.
     *
     * @throws IOException if it is still there after ten seconds
     */
    public static void kill(ProcessId process) throws IOException {
        if (process.pid() <= 0) {
            return;
        }
        try (Descriptor pidfd = Sys.pidfdOpen(process.pid())) {
            // Asked after the pidfd is open: from then on the number can't come to mean another process.
            if (!process.isAlive()) {
                return;
            }
            Sys.pidfdSendSignal(pidfd.fd(), SIGKILL, "kill the container's process " + process.pid());
            if (!Sys.awaitReadable(pidfd.fd(), PATIENCE_MILLIS)) {
                throw new IOException("kill the container's process " + process.pid() + ": it does not end");
            }
        } catch (LinuxException e) {
            if (e.errno() != Errno.ESRCH) {
                throw e;
            }
        }
    }

    /**
     * Removes all that is left of a container whose first process has ended or is to end now: its remaining processes, its cgroups,
     * its folder. What is gone already is fine, so it can be called again after a failure.
     */
    public static void remove(Container container) throws IOException {
        ContainerState state = container.state();
        kill(state.init());
        if (!state.cgroups().isEmpty()) {
            ContainerCgroup cgroup = ContainerCgroup.fromPaths(state.cgroups());
            cgroup.killAll(SIGKILL);
            cgroup.remove();
        }
        container.remove();
    }

    /** Runs the poststop hooks of a container that is gone. One that fails is warned of; the others run all the same. */
    public static void poststop(Context context, ContainerState state, List<Hook> hooks) throws FrontLostException {
        for (Hook hook : hooks) {
            LaunchPlan plan = CreateLaunch.hooks("poststop", List.of(hook), state.ociVersion(), state.id(), "stopped", 0,
                    state.bundle(), state.annotations());
            Report report = context.front().execute(plan);
            if (!report.done()) {
                context.warn(LaunchFailure.describe(report, plan, plan));
            }
        }
    }

    /** The poststop hooks of the configuration that a container was made from; none where that can't be read any more. */
    public static List<Hook> poststopHooks(Container container) throws IOException {
        try {
            Spec spec = new SpecReader().read(Files.readAllBytes(container.config()));
            return spec.hooks() == null ? List.of() : spec.hooks().poststop();
        } catch (NoSuchFileException | SpecException e) {
            return List.of();
        }
    }

    /** Removes a container and runs its poststop hooks, as {@code delete} does. */
    public static void delete(Context context, Container container) throws CommandException, IOException {
        List<Hook> hooks = poststopHooks(container);
        ContainerState state = container.state();
        remove(container);
        poststop(context, state, hooks);
    }
}
