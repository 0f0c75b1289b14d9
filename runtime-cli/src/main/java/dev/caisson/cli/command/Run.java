package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.RunContainer;
import dev.caisson.cli.lifecycle.RunOptions;
import dev.caisson.spec.SpecException;
import java.io.IOException;
import java.util.List;

/** {@code run}: makes a container, starts it and, in the foreground, waits for its end. */
final class Run implements Verb {

    private static final Option DETACH = Option.flag("detach", 'd', "return as soon as the container runs");
    private static final Option KEEP = Option.flag("keep", "leave the container for delete when it has stopped");
    private static final Syntax SYNTAX = new Syntax("run", Syntax.CONTAINER, "makes a container from a bundle and starts it",
            List.of("In the foreground, the exit code is that of the user's program: 128 + n when signal n ended it."),
            CreateArguments.with(DETACH, KEEP), 1, 1, true);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, SpecException, IOException {
        return RunContainer.run(context, new RunOptions(
                CreateArguments.of(context, arguments, arguments.operands().getFirst()), arguments.flag(DETACH), arguments.flag(KEEP)));
    }
}
