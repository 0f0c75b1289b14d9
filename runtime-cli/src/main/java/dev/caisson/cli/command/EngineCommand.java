package dev.caisson.cli.command;

import dev.caisson.cli.engine.EngineControl;
import java.io.IOException;
import java.util.List;

/** {@code engine}: starts, ends and shows the engine that stays for the next commands; it runs inside the one it concerns. */
final class EngineCommand implements Verb {

    /** What service managers' tools say of something that does not run. */
    private static final int NOT_RUNNING = 3;

    private static final Syntax SYNTAX = new Syntax("engine", "start|stop|status",
            "starts, ends or shows the engine that stays for the next commands", List.of(), List.of(), 1, 1, true);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        EngineControl engine = context.engine();
        return switch (arguments.operands().getFirst()) {
            case "start" -> start(context, engine);
            case "stop" -> stop(context, engine);
            case "status" -> status(context, engine);
            case String other -> throw new CommandException("engine: expected start, stop or status, found " + Text.quote(other));
        };
    }

    /** Nothing is left to do: the front has started the engine that this runs in, if there was none. */
    private static int start(Context context, EngineControl engine) throws CommandException, IOException {
        if (!engine.resident()) {
            throw new CommandException("engine: this command was given an engine of its own, and none that stays could be started");
        }
        context.print("engine " + engine.pid() + " runs\n");
        return 0;
    }

    private static int stop(Context context, EngineControl engine) throws IOException {
        if (engine.resident()) {
            engine.retire();
            context.print("engine " + engine.pid() + " ends\n");
        } else {
            context.print("no engine runs\n");
        }
        return 0;
    }

    private static int status(Context context, EngineControl engine) throws IOException {
        if (!engine.resident()) {
            context.print("no engine runs\n");
            return NOT_RUNNING;
        }
        context.print("pid: " + engine.pid()
                + "\nversion: " + engine.build().version() + " (" + engine.build().id() + ")"
                + "\nuptime: " + engine.uptimeSeconds() + " s"
                + "\nconnections: " + engine.connections()
                + "\nsocket: " + (engine.socket() == null ? "systemd's" : engine.socket()) + "\n");
        return 0;
    }
}
