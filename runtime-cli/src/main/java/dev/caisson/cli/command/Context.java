package dev.caisson.cli.command;

import dev.caisson.cli.engine.EngineControl;
import dev.caisson.cli.engine.Front;
import dev.caisson.cli.engine.FrontLostException;
import dev.caisson.cli.engine.Invocation;
import dev.caisson.cli.lifecycle.Host;
import dev.caisson.cli.state.ContainerStore;
import java.nio.charset.StandardCharsets;

/** All that a verb works with: one invocation's view of the world. Belongs to the thread that runs the command. */
public final class Context {

    private final Invocation invocation;
    private final Front front;
    private final Globals globals;
    private final ContainerStore store;
    private final ErrorLog log;
    private final EngineControl engine;
    private final Host host;

    Context(Invocation invocation, Front front, Globals globals, ContainerStore store, ErrorLog log, EngineControl engine, Host host) {
        this.invocation = invocation;
        this.front = front;
        this.globals = globals;
        this.store = store;
        this.log = log;
        this.engine = engine;
        this.host = host;
    }

    /** The call. */
    public Invocation invocation() {
        return invocation;
    }

    /** Who does what only the caller's own process can do. */
    public Front front() {
        return front;
    }

    /** The options before the verb. */
    public Globals globals() {
        return globals;
    }

    /** The containers under {@code --root}. */
    public ContainerStore store() {
        return store;
    }

    /** The machine, as the engine knows it. */
    public Host host() {
        return host;
    }

    /** The engine that this runs in. */
    public EngineControl engine() {
        return engine;
    }

    /** Writes to the caller's standard output; no line end is added. */
    public void print(String text) throws FrontLostException {
        front.write(1, text.getBytes(StandardCharsets.UTF_8));
    }

    /** To be called before what may take seconds: a front that has heard nothing for ten takes its engine for hung. */
    public void stillHere() throws FrontLostException {
        front.write(1, new byte[0]);
    }

    /** A warning, where errors of this invocation go. */
    public void warn(String message) throws FrontLostException {
        log.warn(message);
    }

    /** How far the command is, for {@code --debug}. What costs anything to say is behind {@link Globals#debug}. */
    public void debug(String message) throws FrontLostException {
        if (globals.debug()) {
            log.debug(message);
        }
    }
}
