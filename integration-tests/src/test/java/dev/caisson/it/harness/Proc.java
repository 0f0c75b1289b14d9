package dev.caisson.it.harness;

import java.nio.file.Path;

/** The host's view of processes. */
public final class Proc {

    private Proc() {}

    /** A process's folder. */
    public static Path of(long pid) {
        return Path.of("/proc", Long.toString(pid));
    }

    /** The letter of its state in /proc/PID/stat; {@code -} where there is no such process. */
    public static char state(long pid) {
        String stat = Files.text(of(pid).resolve("stat"));
        int name = stat.lastIndexOf(')');
        return name < 0 ? '-' : stat.charAt(name + 2);
    }

    /** Whether it has ended, whether or not its parent has taken note of it. */
    public static boolean isOver(long pid) {
        char state = state(pid);
        return state == '-' || state == 'Z' || state == 'X';
    }

    /** A field of /proc/PID/status. */
    public static String status(long pid, String field) {
        return Files.text(of(pid).resolve("status")).lines().filter(line -> line.startsWith(field + ":"))
                .map(line -> line.substring(field.length() + 1).strip()).findFirst().orElse("");
    }

    /** The identity of a namespace, as in {@code net:[4026531840]}. */
    public static String namespace(long pid, String kind) {
        return Files.target(of(pid).resolve("ns/" + kind));
    }
}
