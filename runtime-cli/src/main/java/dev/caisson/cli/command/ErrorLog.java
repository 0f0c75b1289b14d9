package dev.caisson.cli.command;

import dev.caisson.cli.command.Globals.LogFormat;
import dev.caisson.cli.engine.Front;
import dev.caisson.cli.engine.FrontLostException;
import dev.caisson.cli.engine.Invocation;
import dev.caisson.cli.state.Rfc3339;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where an invocation's errors and warnings go: a line of the {@code --log} file, and for errors the bare text on standard error
 * too; without a file, the line itself on standard error. Belongs to the thread that runs the command.
 */
final class ErrorLog implements AutoCloseable {

    private final Front front;
    private final LogFormat format;
    private final Descriptor file;
    private final int standard;

    private ErrorLog(Front front, LogFormat format, Descriptor file, int standard) {
        this.front = front;
        this.format = format;
        this.file = file;
        this.standard = standard;
    }

    /** Standard error alone. */
    static ErrorLog toStandardError(Front front, LogFormat format) {
        return new ErrorLog(front, format, null, 2);
    }

    /**
     * Opens the file for appending, and makes it if it is missing. The names of the caller's own descriptors mean the caller's.
     *
     * @throws LinuxException if it can't be opened
     */
    static ErrorLog toFile(Front front, LogFormat format, Invocation invocation, Path path) throws LinuxException, FrontLostException {
        int own = Invocation.descriptor(path);
        if (own == 1 || own == 2) {
            return new ErrorLog(front, format, null, own);
        }
        if (own >= 0) {
            return new ErrorLog(front, format, front.give(own), -1);
        }
        int mode = 0644 & ~invocation.umask();
        return new ErrorLog(front, format, Sys.open(path.toString(), Sys.O_WRONLY | Sys.O_CREAT | Sys.O_APPEND, mode), -1);
    }

    /** Says why the command failed. What can't be written to the file is lost: standard error has it. */
    void error(String message) throws FrontLostException {
        String line = line("error", message);
        if (file == null) {
            front.write(standard, bytes(line));
            if (standard == 2) {
                return;
            }
        } else {
            append(line);
        }
        front.write(2, bytes(message + "\n"));
    }

    /** Says something that the command goes on in spite of. */
    void warn(String message) throws FrontLostException {
        say("warning", message);
    }

    /** Says how far the command is. */
    void debug(String message) throws FrontLostException {
        say("debug", message);
    }

    private void say(String level, String message) throws FrontLostException {
        String line = line(level, message);
        if (file == null) {
            front.write(standard, bytes(line));
        } else {
            append(line);
        }
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }

    private void append(String line) {
        try {
            Sys.write(file.fd(), bytes(line), "write the log");
        } catch (LinuxException e) {
            // A full disk must not change what the command does.
        }
    }

    private String line(String level, String message) {
        String time = Rfc3339.seconds(System.currentTimeMillis() / 1000);
        StringBuilder out = new StringBuilder(message.length() + 80);
        if (format == LogFormat.JSON) {
            out.append("{\"level\":\"").append(level).append("\",\"msg\":\"");
            Text.escape(out, message, true);
            out.append("\",\"time\":\"").append(time).append("\"}\n");
        } else {
            out.append("time=\"").append(time).append("\" level=").append(level).append(" msg=");
            if (isBare(message)) {
                out.append(message);
            } else {
                out.append('"');
                Text.escape(out, message, false);
                out.append('"');
            }
            out.append('\n');
        }
        return out.toString();
    }

    /** Whether the text form goes without quotation marks: one word of harmless characters. */
    private static boolean isBare(String message) {
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            boolean bare = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._/@^+".indexOf(c) >= 0;
            if (!bare) {
                return false;
            }
        }
        return true;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
