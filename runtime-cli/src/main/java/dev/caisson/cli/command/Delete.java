package dev.caisson.cli.command;

import dev.caisson.cli.engine.FrontLostException;
import dev.caisson.cli.lifecycle.LateHooks;
import dev.caisson.cli.lifecycle.Statuses;
import dev.caisson.cli.lifecycle.Teardown;
import dev.caisson.cli.state.Container;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.cli.state.ContainerStore;
import dev.caisson.cli.state.StateException;
import dev.caisson.cli.state.StateException.Problem;
import dev.caisson.spec.Hooks;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.State.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** {@code delete}: takes down all that there is of a container, whatever state it was left in. */
final class Delete implements Verb {

    private static final Option FORCE = Option.flag("force", 'f', "kill the container if it runs; succeed if there is none");
    private static final Option REGEX = Option.flag("regex", 'r', "delete all containers whose ids hold a match of a regular expression");
    private static final Syntax SYNTAX = new Syntax("delete", "<container-id | expression>", "deletes a container", List.of(),
            List.of(FORCE, REGEX), 1, 1, true);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        String id = arguments.operands().getFirst();
        boolean force = arguments.flag(FORCE);
        return arguments.flag(REGEX) ? all(context, id, force) : one(context, id, force);
    }

    /** One that can't be deleted keeps none of the others; with {@code --force}, a warning is all that comes of it. */
    private static int all(Context context, String expression, boolean force) throws CommandException, IOException {
        Pattern pattern;
        try {
            pattern = Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new CommandException("--regex " + Text.quote(expression) + ": " + e.getDescription());
        }
        List<String> failures = new ArrayList<>();
        for (String id : context.store().ids()) {
            if (pattern.matcher(id).find()) {
                try {
                    one(context, id, force);
                } catch (FrontLostException e) {
                    throw e;
                } catch (CommandException e) {
                    failures.add(e.getMessage());
                } catch (IOException e) {
                    failures.add(id + ": " + Failures.words(e));
                }
            }
        }
        String all = String.join("; ", failures);
        if (!failures.isEmpty() && !force) {
            throw new CommandException(all);
        }
        if (!failures.isEmpty()) {
            context.warn(all);
        }
        return 0;
    }

    private static int one(Context context, String id, boolean force) throws CommandException, IOException {
        ContainerStore store = context.store();
        ContainerState state;
        Hooks hooks;
        try (Container container = store.open(id)) {
            state = container.state();
            if (!force) {
                refuseUnlessOver(store, state);
            }
            hooks = hooks(context, container);
            if (state.init().isAlive()) {
                context.stillHere();
            }
            Teardown.destroy(container, force);
        } catch (StateException e) {
            return withoutState(context, id, force, e);
        }
        LateHooks.poststop(context, state, hooks);
        return 0;
    }

    /** A container whose process waits for {@code start} may go as well as one that stopped. */
    private static void refuseUnlessOver(ContainerStore store, ContainerState state) throws CommandException, IOException {
        Status status = Statuses.of(store, state);
        if (status != Status.STOPPED && status != Status.CREATED) {
            throw new CommandException("cannot delete container " + state.id() + " that is not stopped: " + status.json());
        }
    }

    /** What can't be read any more must not keep the container from being deleted. */
    private static Hooks hooks(Context context, Container container) throws IOException {
        try {
            return LateHooks.read(container.state(), container.config());
        } catch (SpecException e) {
            context.warn("leave out the poststop hooks: " + e.getMessage());
        } catch (IOException e) {
            context.warn("leave out the poststop hooks: " + Failures.words(e));
        }
        return null;
    }

    private static int withoutState(Context context, String id, boolean force, StateException e) throws IOException {
        if (e.problem() == Problem.NOT_FOUND || e.problem() == Problem.UNREADABLE && force) {
            if (e.problem() == Problem.UNREADABLE) {
                context.warn(e.getMessage() + "; its folder is removed, processes and cgroups may be left");
            }
            context.store().removeRemains(id);
            if (force) {
                return 0;
            }
        }
        throw e;
    }
}
