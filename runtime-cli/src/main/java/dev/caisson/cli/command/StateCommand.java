package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.Statuses;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.spec.SpecWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** {@code state}: prints a container's state as JSON. */
final class StateCommand implements Verb {

    private static final Syntax SYNTAX = Syntax.ofContainer("state", "prints the state of a container");

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws IOException {
        ContainerState state = context.store().read(arguments.operands().getFirst());
        byte[] json = new SpecWriter().write(state.toState(Statuses.of(context.store(), state)));
        context.print(new String(json, StandardCharsets.UTF_8));
        return 0;
    }
}
