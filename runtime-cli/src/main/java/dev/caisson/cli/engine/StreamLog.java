package dev.caisson.cli.engine;

import dev.caisson.cli.state.Rfc3339;
import java.io.PrintStream;

/** Log lines on a stream: the engine's standard error, which leads nowhere unless somebody asked for it. */
final class StreamLog implements EngineLog {

    private final PrintStream out;

    StreamLog(PrintStream out) {
        this.out = out;
    }

    @Override
    public void info(String message) {
        line("info", message);
    }

    @Override
    public void warn(String message) {
        line("warn", message);
    }

    @Override
    public void error(String message, Throwable cause) {
        line("error", message);
        cause.printStackTrace(out);
    }

    private void line(String level, String message) {
        out.println(Rfc3339.seconds(System.currentTimeMillis() / 1000) + " " + level + " " + message);
    }
}
