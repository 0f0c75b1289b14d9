package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.spec.SpecException;
import java.io.IOException;

/** Makes a container, whose process then waits for {@code start}. */
public final class CreateContainer {

    private CreateContainer() {}

    /** @return the exit code */
    public static int run(Context context, CreateOptions options) throws CommandException, SpecException, IOException {
        Creation.create(context, options, true, false).close();
        return 0;
    }
}
