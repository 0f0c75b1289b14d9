package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.cli.state.Container;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.cli.state.StateException;
import dev.caisson.spec.Hooks;
import dev.caisson.spec.SpecException;
import java.io.IOException;

/** Makes a container and starts it, in the foreground until its end, or detached. */
public final class RunContainer {

    private RunContainer() {}

    /** @return the exit code: the process's in the foreground */
    public static int run(Context context, RunOptions options) throws CommandException, SpecException, IOException {
        int code;
        try (Creation creation = Creation.create(context, options.create(), false, !options.detach())) {
            try {
                code = creation.start(options.detach());
            } catch (CommandException e) {
                delete(context, options.create().id());
                throw e;
            }
        }
        if (!options.detach() && !options.keep()) {
            delete(context, options.create().id());
        }
        return code;
    }

    private static void delete(Context context, String id) throws CommandException, SpecException, IOException {
        ContainerState state;
        Hooks hooks;
        try (Container container = context.store().open(id)) {
            state = container.state();
            hooks = LateHooks.read(state, container.config());
            Teardown.destroy(container, false);
        } catch (StateException e) {
            if (e.problem() == StateException.Problem.NOT_FOUND) {
                return; // somebody deleted it before us
            }
            throw e;
        }
        LateHooks.poststop(context, state, hooks);
    }
}
