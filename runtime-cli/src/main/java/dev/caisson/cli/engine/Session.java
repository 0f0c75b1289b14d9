package dev.caisson.cli.engine;

import dev.caisson.cli.engine.InvokeFrame.World;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Sys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Serves connections, each from its invocation to its exit code. Safe for use by many threads. */
final class Session {

    /** How long a front may take to say what it wants. */
    private static final int PATIENCE_MILLIS = 10_000;

    /** What came of a connection. */
    enum Outcome {
        /** A command was carried out, or the front was not worth an answer. */
        SERVED,
        /** The front is of another build: this engine's time is over. */
        OUTDATED
    }

    private final CommandHandler handler;
    private final Build build;
    private final World world;
    private final int uid;
    private final EngineLog log;
    private final int patienceMillis;

    /** @param world what fronts must see too; null: the engine was started by its one front, and is where that is */
    Session(CommandHandler handler, Build build, World world, EngineLog log) {
        this(handler, build, world, Sys.euid(), log, PATIENCE_MILLIS);
    }

    Session(CommandHandler handler, Build build, World world, int uid, EngineLog log, int patienceMillis) {
        this.handler = handler;
        this.build = build;
        this.world = world;
        this.uid = uid;
        this.log = log;
        this.patienceMillis = patienceMillis;
    }

    /** Serves one connection, which is closed afterwards. Throws nothing: whatever goes wrong is this connection's alone. */
    Outcome serve(Descriptor socket) {
        return serve(new Connection(socket));
    }

    /** Likewise. */
    Outcome serve(Connection front) {
        try (Connection connection = front) {
            return converse(connection);
        } catch (FrontLostException e) {
            log.info("a front is lost: " + e.getMessage());
        } catch (IOException e) {
            log.warn("a connection is ended: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            log.error("a connection is ended", e);
        }
        return Outcome.SERVED;
    }

    private Outcome converse(Connection connection) throws IOException {
        Sys.Peer peer = connection.peer();
        if (peer.uid() != uid) {
            log.warn("a connection of user " + peer.uid() + " is ended: this engine is user " + uid + "'s");
            return Outcome.SERVED;
        }
        InvokeFrame invoke = connection.receiveInvoke(patienceMillis);
        if (invoke == null) {
            return Outcome.SERVED;
        }
        if (invoke.version() != Frames.PROTOCOL_VERSION || !invoke.buildId().equals(build.id())) {
            connection.refuse("this engine is of build " + build.id());
            return Outcome.OUTDATED;
        }
        if (world != null && !world.equals(invoke.world())) {
            connection.refuse("this engine is in other namespaces, or has another root directory");
            return Outcome.SERVED;
        }
        if (invoke.uid() != peer.uid()) {
            connection.refuse("the invocation is user " + invoke.uid() + "'s, its sender user " + peer.uid() + "'s");
            return Outcome.SERVED;
        }
        connection.exit(run(invoke.toInvocation(peer.pid()), connection));
        return Outcome.SERVED;
    }

    private int run(Invocation invocation, Connection connection) throws FrontLostException {
        try {
            return handler.handle(invocation, connection);
        } catch (RuntimeException | Error e) {
            log.error("a command failed", e);
            connection.write(2, (invocation.program() + ": internal error: " + e + "\n").getBytes(StandardCharsets.UTF_8));
            return 1;
        }
    }
}
