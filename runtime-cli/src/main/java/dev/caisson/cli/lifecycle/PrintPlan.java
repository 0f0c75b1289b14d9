package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.spec.SpecException;
import java.io.IOException;

/** Prints a launch plan in words. */
public final class PrintPlan {

    private PrintPlan() {}

    /** @return the exit code */
    public static int run(Context context, PlanOptions options) throws CommandException, SpecException, IOException {
        throw new CommandException("plan is not built yet");
    }
}
