package dev.caisson.cli.engine;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One call of {@code caisson}, as the front took it over from its caller. Immutable.
 *
 * @param arguments    argv without its first string
 * @param program      the first string of argv: the name that the caller knows the runtime by
 * @param environment  the caller's environment; see {@link #env} for the rule about empty values
 * @param cwd          the caller's working directory, absolute
 * @param umask        the caller's file mode creation mask, 0 to 0777
 * @param uid          the caller's effective user id
 * @param gid          the caller's effective group id
 * @param pid          the front's pid, as the kernel knows it: positive, or 0 where the front is out of the engine's sight
 * @param distribution the folder that the front and the engine are installed in, absolute
 */
public record Invocation(List<String> arguments, String program, Map<String, String> environment, Path cwd, int umask, int uid,
                         int gid, int pid, Path distribution) {

    /** Copies the arguments and the environment. */
    public Invocation {
        arguments = List.copyOf(arguments);
        environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    }

    /** The value of an environment variable. An empty one counts as unset: Podman empties {@code XDG_RUNTIME_DIR} so. */
    public Optional<String> env(String name) {
        String value = environment.get(name);
        return value == null || value.isEmpty() ? Optional.empty() : Optional.of(value);
    }

    /** A path that the caller named: a relative one begins at the caller's working directory. */
    public Path resolve(String path) {
        return cwd.resolve(path).normalize();
    }

    /**
     * The number of the caller's own descriptor that a path names, such as /dev/stdin, /dev/fd/N and /proc/self/fd/N, or -1: for the
     * engine these would be its own.
     */
    public static int descriptor(Path file) {
        String path = file.toString();
        String digits;
        if (path.equals("/dev/stdin")) {
            return 0;
        } else if (path.equals("/dev/stdout")) {
            return 1;
        } else if (path.equals("/dev/stderr")) {
            return 2;
        } else if (path.startsWith("/dev/fd/")) {
            digits = path.substring("/dev/fd/".length());
        } else if (path.startsWith("/proc/self/fd/")) {
            digits = path.substring("/proc/self/fd/".length());
        } else {
            return -1;
        }
        if (digits.isEmpty() || digits.length() > 9) {
            return -1;
        }
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                return -1;
            }
        }
        return Integer.parseInt(digits);
    }
}
