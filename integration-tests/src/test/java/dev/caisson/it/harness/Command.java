package dev.caisson.it.harness;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A command line of the runtime under test, to be completed and run. Its environment holds nothing but what is said here. */
public final class Command {

    private final Sandbox box;
    private final List<String> before = new ArrayList<>();
    private final List<String> globals = new ArrayList<>();
    private final List<String> arguments;
    private final Map<String, String> environment = new HashMap<>();
    private Path runtime = Target.path();
    private Path cwd;
    private File input = new File("/dev/null");
    private Pty terminal;

    Command(Sandbox box, List<String> arguments) {
        this.box = box;
        this.arguments = arguments;
        this.cwd = box.dir();
        environment.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }

    /** Adds options before the verb. */
    public Command global(String... options) {
        globals.addAll(Arrays.asList(options));
        return this;
    }

    /** Sets a variable of the runtime's environment. */
    public Command env(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Chooses the engine. */
    public Command engine(EngineMode mode) {
        return env("CAISSON_ENGINE", mode.variable());
    }

    /** Sets where it runs. */
    public Command cwd(Path folder) {
        cwd = folder;
        return this;
    }

    /** Runs another file than the runtime under test. */
    public Command runtime(Path file) {
        runtime = file;
        return this;
    }

    /** What it reads from its standard input. */
    public Command stdin(String text) {
        input = Files.write(box.dir().resolve("stdin-" + box.next()), text).toFile();
        return this;
    }

    /** Gives it a terminal for all three standard streams, and a session of its own. */
    public Command terminal(Pty pty) {
        terminal = pty;
        return this;
    }

    /** Runs it by another command line that ends by executing what follows it. */
    public Command by(String... words) {
        before.addAll(Arrays.asList(words));
        return this;
    }

    /** Runs it by a shell with more descriptors open: redirections as a shell writes them. */
    public Command redirected(String redirections) {
        return by("/bin/sh", "-c", "exec \"$@\" " + redirections, "sh");
    }

    /** Runs it to its end. */
    public Result run() {
        return start().await();
    }

    /** Starts it. */
    public Running start() {
        Path out = box.dir().resolve("out-" + box.next());
        Path err = box.dir().resolve("err-" + box.next());
        List<String> command = line();
        ProcessBuilder builder = new ProcessBuilder(command).directory(cwd.toFile()).redirectInput(input);
        builder.redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(box.environment());
        builder.environment().putAll(environment);
        try {
            return box.remember(new Running(command, Orphans.start(builder), out, err));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> line() {
        List<String> line = new ArrayList<>();
        if (terminal != null) {
            // A session's leader gets the first terminal that it opens as its own.
            line.addAll(List.of("/usr/bin/setsid", "/bin/sh", "-c", "pty=$1; shift; exec \"$@\" <>\"$pty\" >&0 2>&0", "sh",
                    terminal.name().toString()));
        }
        line.addAll(before);
        line.add(runtime.toString());
        line.addAll(List.of("--root", box.state().toString()));
        line.addAll(globals);
        line.addAll(arguments);
        return line;
    }
}
