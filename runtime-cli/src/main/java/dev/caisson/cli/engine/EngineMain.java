package dev.caisson.cli.engine;

import dev.caisson.cli.command.Commands;
import dev.caisson.cli.lifecycle.Host;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Sys;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The engine's entry.
 *
 * <pre>
 *   --connection FD   serve the front at the other end of this socket
 *   --listen PATH     and stay, to serve those that connect here
 *   --activated       stay, to serve those that connect to the socket that systemd hands over
 *   --idle SECONDS    how long to stay without a command
 * </pre>
 */
public final class EngineMain {

    private static final int DEFAULT_IDLE_SECONDS = 900;

    /** An engine outside the machine's first namespaces keeps them, and the mounts in them, in being. */
    private static final int SHORT_IDLE_SECONDS = 3;

    /** The first descriptor that systemd hands over (sd_listen_fds(3)). */
    private static final int FIRST_ACTIVATED = 3;

    private int connection = -1;
    private String listen;
    private boolean activated;
    private int idleSeconds;

    private EngineMain() {}

    /** Runs an engine to its end. */
    public static void main(String[] arguments) {
        EngineMain main = new EngineMain();
        try {
            main.parse(arguments);
            main.run();
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("engine: " + e.getMessage());
            System.exit(1);
        }
    }

    private void parse(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--connection" -> connection = number(arguments, ++i);
                case "--listen" -> listen = value(arguments, ++i);
                case "--activated" -> activated = true;
                case "--idle" -> idleSeconds = Math.max(1, number(arguments, ++i));
                default -> throw new IllegalArgumentException("unknown argument " + arguments[i]);
            }
        }
        if (connection < 0 && listen == null && !activated) {
            throw new IllegalArgumentException("started by a front or a service manager, not by hand");
        }
    }

    private static String value(String[] arguments, int at) {
        if (at >= arguments.length) {
            throw new IllegalArgumentException("no value for " + arguments[at - 1]);
        }
        return arguments[at];
    }

    private static int number(String[] arguments, int at) {
        String text = value(arguments, at);
        try {
            return Math.max(0, Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(arguments[at - 1] + " takes a number, not " + text);
        }
    }

    private void run() throws IOException {
        Descriptor first = null;
        if (connection >= 0) {
            Sys.closeOnExec(connection);
            first = new Descriptor(connection);
        }
        if (listen == null && !activated) {
            serveOnly(first, EngineLog.NONE);
            return;
        }
        Settings settings = Settings.read();
        EngineLog log = log(settings);
        ResidentSocket socket = socket(log);
        if (socket == null) {
            if (first != null) {
                serveOnly(first, log);
            }
            return;
        }
        InvokeFrame.World world = Worlds.current();
        int idle = idleSeconds > 0 ? idleSeconds : idleSeconds(settings, world);
        Host host = new Host();
        EngineServer server = new EngineServer(engine -> new Commands(engine, log, host), Build.current(), world, socket, idle, log);
        log.info("serving at " + (socket.name() == null ? "systemd's socket" : socket.name()));
        if (first != null) {
            server.serve(first);
        }
        try (WarmUp _ = WarmUp.start(host)) {
            server.run();
        }
        log.info("ended");
    }

    /** The one command of an engine that does not stay; its front is where it is, so nothing is compared. */
    private static void serveOnly(Descriptor connection, EngineLog log) {
        SingleUse engine = new SingleUse(Build.current());
        new Session(new Commands(engine, log, new Host()), engine.build(), null, log).serve(connection);
    }

    /** Null if another engine listens already. An engine that can't listen serves its front all the same. */
    private ResidentSocket socket(EngineLog log) throws IOException {
        if (activated) {
            boolean ours = Long.toString(ProcessHandle.current().pid()).equals(System.getenv("LISTEN_PID"));
            if (!ours || System.getenv("LISTEN_FDS") == null) {
                throw new IOException("no socket was handed over (LISTEN_PID, LISTEN_FDS)");
            }
            return ResidentSocket.activated(FIRST_ACTIVATED);
        }
        try {
            return ResidentSocket.listen(Path.of(listen), Sys.euid());
        } catch (IOException e) {
            if (connection < 0) {
                throw e;
            }
            log.warn("can't listen at " + listen + ": " + e);
            return null;
        }
    }

    private static int idleSeconds(Settings settings, InvokeFrame.World world) {
        if (!Worlds.isInitial(world)) {
            return SHORT_IDLE_SECONDS;
        }
        return settings.idleSeconds() > 0 ? settings.idleSeconds() : DEFAULT_IDLE_SECONDS;
    }

    private static EngineLog log(Settings settings) {
        String named = System.getenv("CAISSON_ENGINE_LOG");
        String file = named == null || named.isEmpty() ? settings.log() : named;
        return file == null ? new StreamLog(System.err) : new FileLog(file);
    }
}
