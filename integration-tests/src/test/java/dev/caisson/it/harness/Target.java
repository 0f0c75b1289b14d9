package dev.caisson.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The runtime under test: the system property {@code caisson.runtime}, or {@code dist/bin/caisson} of the nearest folder above. Any OCI
 * runtime with runc's command line will do, which is how the tests themselves are checked.
 */
public final class Target {

    private static final Optional<Path> PATH = find();
    private static final String VERSION = PATH.map(Target::version).orElse("");

    private Target() {}

    /** Whether there is one. */
    public static boolean isThere() {
        return PATH.isPresent();
    }

    /** Whether it is Caisson itself, and not a peer that the tests are checked against. */
    public static boolean isCaisson() {
        return VERSION.startsWith("caisson ");
    }

    /** The executable. */
    public static Path path() {
        return PATH.orElseThrow();
    }

    /** What {@code --version} prints. */
    public static String version() {
        return VERSION;
    }

    private static Optional<Path> find() {
        String named = System.getProperty("caisson.runtime", "");
        return named.isEmpty() ? above("dist/bin/caisson") : Optional.of(Path.of(named)).filter(Files::isExecutable);
    }

    /** The nearest {@code relative} that exists, seen from the working directory and the folders above it. */
    public static Optional<Path> above(String relative) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path candidate = folder.resolve(relative);
            if (Files.exists(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private static String version(Path runtime) {
        ProcessBuilder builder = new ProcessBuilder(runtime.toString(), "--version");
        builder.environment().put("CAISSON_ENGINE", "oneshot");
        try {
            Process process = Orphans.start(builder.redirectErrorStream(true));
            process.getOutputStream().close();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
