package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.LateHooks;
import dev.caisson.cli.lifecycle.Statuses;
import dev.caisson.cli.state.Container;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Hooks;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.State.Status;
import java.io.IOException;
import java.nio.file.Files;

/** {@code start}: lets the process of a created container run the user's program. */
final class Start implements Verb {

    private static final int LISTENING_MILLIS = 1000;

    private static final Syntax SYNTAX = Syntax.ofContainer("start", "runs the user's program in a created container");

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, SpecException, IOException {
        ContainerState state;
        Hooks hooks;
        Descriptor fifo;
        try (Container container = context.store().open(arguments.operands().getFirst())) {
            state = container.state();
            refuseUnlessCreated(Statuses.of(context.store(), state));
            hooks = LateHooks.read(state, container.config());
            fifo = release(container);
        }
        try (fifo) {
            if (hooks != null && !hooks.poststart().isEmpty()) {
                awaitExecution(context, fifo);
            }
        }
        LateHooks.poststart(context, state, hooks);
        return 0;
    }

    private static void refuseUnlessCreated(Status status) throws CommandException {
        switch (status) {
            case CREATED -> { }
            case STOPPED -> throw new CommandException("cannot start a container that has stopped");
            case RUNNING -> throw new CommandException("cannot start an already running container");
            default -> throw new CommandException("cannot start a container in the " + status.json() + " state");
        }
    }

    /**
     * One byte lets the process go. The fifo goes after it: until then the container counts as created.
     *
     * @return the fifo's end for writing, the caller's to close
     */
    private static Descriptor release(Container container) throws CommandException, IOException {
        Descriptor fifo = null;
        try {
            fifo = Sys.open(container.fifo().toString(), Sys.O_WRONLY | Sys.O_NONBLOCK | Sys.O_NOFOLLOW, 0);
            Sys.write(fifo.fd(), new byte[1], "release the process of container " + container.id());
            Files.delete(container.fifo());
            return fifo;
        } catch (IOException e) {
            if (fifo != null) {
                fifo.close();
            }
            if (e instanceof LinuxException linux && (linux.errno() == Errno.ENXIO || linux.errno() == Errno.EPIPE)) {
                throw new CommandException("container process is already dead", e);
            }
            throw e;
        }
    }

    /** When the process executes the user's program, or ends before, the fifo's last reader is gone. */
    private static void awaitExecution(Context context, Descriptor fifo) throws IOException {
        while (!Sys.awaitReadable(fifo.fd(), LISTENING_MILLIS)) {
            context.stillHere();
        }
    }
}
