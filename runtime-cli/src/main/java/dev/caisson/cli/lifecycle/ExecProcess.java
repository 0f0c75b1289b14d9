package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.spec.SpecException;
import java.io.IOException;

/** Runs a further process in a container. */
public final class ExecProcess {

    private ExecProcess() {}

    /** @return the exit code */
    public static int run(Context context, ExecOptions options) throws CommandException, SpecException, IOException {
        throw new CommandException("exec is not built yet");
    }
}
