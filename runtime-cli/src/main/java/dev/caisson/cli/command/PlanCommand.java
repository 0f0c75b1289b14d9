package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.PlanOptions;
import dev.caisson.cli.lifecycle.PrintPlan;
import dev.caisson.spec.SpecException;
import java.io.IOException;
import java.util.List;

/** {@code plan}: prints what would be done, in words, and does nothing. */
final class PlanCommand implements Verb {

    private static final Option PROCESS = Option.text("process", 'p', "file",
            "print the plan of exec for the process that this JSON file holds");
    private static final Syntax SYNTAX = new Syntax("plan", "[container-id]", "prints what would be done for a bundle, and does nothing",
            List.of("Needs no rights. The id is made up if none is given."), CreateArguments.with(PROCESS), 0, 1, true);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, SpecException, IOException {
        String id = arguments.operands().isEmpty() ? "container" : arguments.operands().getFirst();
        return PrintPlan.run(context, new PlanOptions(CreateArguments.of(context, arguments, id),
                CreateArguments.path(context.invocation(), arguments.text(PROCESS))));
    }
}
