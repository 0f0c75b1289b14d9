package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.Statuses;
import dev.caisson.cli.state.Container;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.spec.State.Status;
import java.io.IOException;

/** {@code pause}: freezes all processes of a container. */
final class Pause implements Verb {

    private static final Syntax SYNTAX = Syntax.ofContainer("pause", "suspends all processes of a container");

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        try (Container container = context.store().open(arguments.operands().getFirst())) {
            Status status = Statuses.of(context.store(), container.state());
            if (status != Status.RUNNING && status != Status.CREATED) {
                throw new CommandException("container not running");
            }
            cgroup(container, "pause").freeze();
        }
        return 0;
    }

    static ContainerCgroup cgroup(Container container, String verb) throws CommandException, IOException {
        return Statuses.cgroup(container.state()).orElseThrow(() -> new CommandException("cannot " + verb + " container "
                + container.id() + ": it has no cgroup"));
    }
}
