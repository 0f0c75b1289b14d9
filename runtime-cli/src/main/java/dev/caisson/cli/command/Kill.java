package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.InitProcess;
import dev.caisson.cli.lifecycle.Statuses;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.linux.cgroups.ContainerCgroup;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * {@code kill}: signals a container's process, or all of its processes. Takes no lock: a container must be killable whatever else
 * is being done to it.
 */
final class Kill implements Verb {

    private static final Option ALL = Option.flag("all", 'a', "signal all processes of the container");
    private static final Syntax SYNTAX = new Syntax("kill", "<container-id> [signal]",
            "sends a signal (default: SIGTERM) to the process of a container",
            List.of("The signal is a number, or a name with or without SIG."), List.of(ALL), 1, 2, true);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        ContainerState state = context.store().read(arguments.operands().getFirst());
        String text = arguments.operands().size() > 1 ? arguments.operands().get(1) : "";
        int signal = text.isEmpty() ? Signals.SIGTERM : Signals.parse(text);
        Optional<ContainerCgroup> cgroup = Statuses.cgroup(state);
        if (arguments.flag(ALL) && cgroup.isPresent()) {
            if (signal != 0) {
                cgroup.get().killAll(signal);
            }
            return 0;
        }
        try (InitProcess init = InitProcess.open(state.init())) {
            if (init == null) {
                if (arguments.flag(ALL)) {
                    return 0;
                }
                throw new CommandException("container not running");
            }
            init.signal(signal);
        }
        if (signal == Signals.SIGKILL && cgroup.isPresent() && cgroup.get().frozen()) {
            cgroup.get().thaw(); // cgroup v1 lets a frozen process die only then
        }
        return 0;
    }
}
