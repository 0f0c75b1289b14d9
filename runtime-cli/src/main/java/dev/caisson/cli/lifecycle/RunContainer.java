package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.spec.SpecException;
import java.io.IOException;

/** Makes a container and starts it. */
public final class RunContainer {

    private RunContainer() {}

    /** @return the exit code */
    public static int run(Context context, RunOptions options) throws CommandException, SpecException, IOException {
        throw new CommandException("run is not built yet");
    }
}
