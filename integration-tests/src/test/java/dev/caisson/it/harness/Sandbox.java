package dev.caisson.it.harness;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assertions;

/** One test's own world: a folder, a state root, a prefix for cgroups. Nothing may be left of it when it is closed. */
public final class Sandbox {

    private final String name;
    private final Path dir;
    private final Map<String, String> environment = new HashMap<>();
    private final List<Running> commands = new CopyOnWriteArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final Leftovers leftovers;
    private Path engineFolder;
    private boolean ownEngine;

    Sandbox(SharedEngine shared) {
        name = SharedEngine.name() + "-" + shared.nextBox();
        dir = Files.mode(Files.folder(shared.folder().resolve(name)), "rwxr-xr-x");
        useEngine(shared.folder().resolve("engine"), EngineMode.AUTO);
        if (Target.isCaisson() && engine().pid().isEmpty()) {
            engine().start();
            // An engine that has seen a few commands has opened all that it keeps.
            for (int i = 0; i < 2; i++) {
                command("run", "--bundle", bundle().args("true").folder().toString(), "warm").run();
                command("list").run();
            }
        }
        leftovers = new Leftovers(this);
    }

    private void useEngine(Path folder, EngineMode mode) {
        engineFolder = folder;
        environment.put("CAISSON_ENGINE_DIR", folder.toString());
        environment.put("CAISSON_ENGINE", mode.variable());
    }

    /** Has the sandbox's commands served by another engine than the other tests': one that may be killed. */
    public Engine ownEngine() {
        useEngine(Files.mode(Files.folder(dir.resolve("engine")), "rwx------"), EngineMode.AUTO);
        ownEngine = true;
        return engine();
    }

    /** Chooses the engine for all commands that don't say otherwise. */
    public Sandbox engine(EngineMode mode) {
        environment.put("CAISSON_ENGINE", mode.variable());
        return this;
    }

    /** The resident engine. */
    public Engine engine() {
        return new Engine(this);
    }

    Path engineFolder() {
        return engineFolder;
    }

    Map<String, String> environment() {
        return environment;
    }

    /** The sandbox's name, which all its cgroups' names begin with. */
    public String name() {
        return name;
    }

    /** The folder for whatever a test makes. */
    public Path dir() {
        return dir;
    }

    /** Where the runtime keeps its state ({@code --root}). */
    public Path state() {
        return dir.resolve("state");
    }

    /** Writes a file in the sandbox. */
    public Path file(String file, String content) {
        return Files.write(dir.resolve(file), content);
    }

    int next() {
        return numbers.incrementAndGet();
    }

    /** A new bundle with the default configuration. */
    public Bundle bundle() {
        return new Bundle(this, dir.resolve("bundle-" + next()));
    }

    /** A command line of the runtime, to be completed. */
    public Command command(String... arguments) {
        return new Command(this, new ArrayList<>(List.of(arguments)));
    }

    /** Runs the runtime. */
    public Result run(String... arguments) {
        return command(arguments).run();
    }

    /** Starts a program that has nothing to do with the runtime. */
    Running foreign(String... command) throws IOException {
        Path out = dir.resolve("out-" + next());
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectErrorStream(true);
        return remember(new Running(List.of(command), Orphans.start(builder), out, out));
    }

    /** A socket at which descriptors are received. */
    public DescriptorSocket socket() {
        return new DescriptorSocket(dir.resolve("socket-" + next()));
    }

    /** A seccomp agent that says of each call that it failed so; with 0, that it succeeded. */
    public SeccompAgent failingAgent(int errno) {
        return SeccompAgent.failing(dir.resolve("agent-" + next()), errno);
    }

    /** A seccomp agent that lets each call go on. */
    public SeccompAgent lettingAgent() {
        return SeccompAgent.letting(dir.resolve("agent-" + next()));
    }

    Running remember(Running command) {
        commands.add(command);
        return command;
    }

    /** Asserts that at this moment nothing is there of any container. */
    public void assertNothingLeft() {
        List<String> left = leftovers.look();
        Assertions.assertTrue(left.isEmpty(), () -> "left behind:\n  " + String.join("\n  ", left));
    }

    void close(boolean failed) throws IOException {
        try {
            if (failed) {
                for (Path container : Files.in(state())) {
                    run("delete", "--force", container.getFileName().toString());
                }
            } else {
                for (Running command : commands) {
                    Assertions.assertFalse(command.isAlive(), "a command that still runs");
                }
                assertNothingLeft();
            }
        } finally {
            for (Running command : commands) {
                command.close();
            }
            if (ownEngine) {
                engine().stop();
            }
            leftovers.remove();
            Files.remove(dir);
        }
    }
}
