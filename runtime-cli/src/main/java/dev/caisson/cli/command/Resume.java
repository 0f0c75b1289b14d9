package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.Statuses;
import dev.caisson.cli.state.Container;
import dev.caisson.spec.State.Status;
import java.io.IOException;

/** {@code resume}: lets the processes of a paused container go on. */
final class Resume implements Verb {

    private static final Syntax SYNTAX = Syntax.ofContainer("resume", "resumes all processes of a paused container");

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        try (Container container = context.store().open(arguments.operands().getFirst())) {
            if (Statuses.of(context.store(), container.state()) != Status.PAUSED) {
                throw new CommandException("container not paused");
            }
            Pause.cgroup(container, "resume").thaw();
        }
        return 0;
    }
}
