package dev.caisson.cli.command;

import dev.caisson.spec.SpecException;
import java.io.IOException;

/** A command: one file each. Holds no state; used by many threads. */
interface Verb {

    /** What it takes. */
    Syntax syntax();

    /**
     * Carries it out.
     *
     * @param arguments of its {@link #syntax()}, their number checked
     * @return the exit code, 0 to 255
     * @throws CommandException for what the caller is told in its message; {@link SpecException} and {@link IOException} likewise
     */
    int run(Context context, Arguments arguments) throws CommandException, SpecException, IOException;
}
