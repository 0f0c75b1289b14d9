package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.Context;
import dev.caisson.cli.engine.FrontLostException;
import dev.caisson.cli.engine.Report;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.linux.launch.CreateLaunch;
import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.spec.Hook;
import dev.caisson.spec.Hooks;
import dev.caisson.spec.Spec;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.SpecReader;
import dev.caisson.spec.State.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The hooks after a container's start and after its end. One that fails is warned of, and the next runs, since the specification
 * wants the lifecycle to go on.
 */
public final class LateHooks {

    private LateHooks() {}

    /** The hooks of a container; null where it has none of these kinds. */
    public static Hooks read(ContainerState state, Path config) throws IOException, SpecException {
        if (!state.lateHooks()) {
            return null;
        }
        Spec spec = new SpecReader().read(Files.readAllBytes(config));
        return spec.hooks();
    }

    /** Runs the hooks for which the container's process has just been started. */
    public static void poststart(Context context, ContainerState state, Hooks hooks) throws FrontLostException {
        if (hooks != null) {
            run(context, "poststart", hooks.poststart(), state, Status.RUNNING, state.init().pid());
        }
    }

    /** Runs the hooks for which the container has just been deleted. */
    public static void poststop(Context context, ContainerState state, Hooks hooks) throws FrontLostException {
        if (hooks != null) {
            run(context, "poststop", hooks.poststop(), state, Status.STOPPED, 0);
        }
    }

    private static void run(Context context, String kind, List<Hook> hooks, ContainerState state, Status status, int pid)
            throws FrontLostException {
        List<Hook> ready = HookEnvironment.fill(hooks, context.invocation());
        for (int i = 0; i < ready.size(); i++) {
            LaunchPlan plan = CreateLaunch.lateHook(kind, i, ready.get(i), state.ociVersion(), state.id(), status.json(), pid,
                    state.bundle(), state.annotations());
            Report report = context.front().execute(plan);
            if (!report.done()) {
                context.warn(LaunchFailure.describe(report, plan, plan));
            }
        }
    }
}
