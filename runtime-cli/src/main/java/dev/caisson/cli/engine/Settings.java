package dev.caisson.cli.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What /etc/caisson/caisson.conf says to engines: {@code key = value} lines, {@code #} comments; keys that others read are passed
 * over, and so is what can't be understood, since no command may fail for it.
 *
 * @param idleSeconds how long a resident engine stays without a command, 1 or more; 0 where nothing is said
 * @param log         the engine's log file; null where nothing is said
 */
record Settings(int idleSeconds, String log) {

    private static final String FILE = "/etc/caisson/caisson.conf";

    static Settings read() {
        try {
            return parse(Files.readString(Path.of(FILE), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new Settings(0, null);
        }
    }

    static Settings parse(String text) {
        int idleSeconds = 0;
        String log = null;
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            String line = text.substring(at, end < 0 ? text.length() : end);
            at += line.length() + 1;
            int comment = line.indexOf('#');
            String content = comment < 0 ? line : line.substring(0, comment);
            int equals = content.indexOf('=');
            if (equals < 0) {
                continue;
            }
            String value = content.substring(equals + 1).strip();
            switch (content.substring(0, equals).strip()) {
                case "idle_seconds" -> idleSeconds = seconds(value);
                case "engine_log" -> log = value.isEmpty() ? null : value;
                default -> { }
            }
        }
        return new Settings(idleSeconds, log);
    }

    private static int seconds(String value) {
        try {
            return Math.clamp(Long.parseLong(value), 1, 1_000_000);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
