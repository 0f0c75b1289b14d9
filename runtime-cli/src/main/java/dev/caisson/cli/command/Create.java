package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.CreateContainer;
import dev.caisson.spec.SpecException;
import java.io.IOException;
import java.util.List;

/** {@code create}: makes a container, whose process then waits for {@code start}. */
final class Create implements Verb {

    private static final Syntax SYNTAX = new Syntax("create", Syntax.CONTAINER, "makes a container from a bundle",
            List.of("The container's process waits, until start lets it run the user's program."), CreateArguments.with(), 1, 1, true);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, SpecException, IOException {
        return CreateContainer.run(context, CreateArguments.of(context, arguments, arguments.operands().getFirst()));
    }
}
