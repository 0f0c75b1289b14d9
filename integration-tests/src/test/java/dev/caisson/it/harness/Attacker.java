package dev.caisson.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** The program that runs in hostile containers, or beside them: src/test/c/attacker.c, compiled when it is first needed. */
public final class Attacker {

    private static final String SOURCE = "integration-tests/src/test/c/attacker.c";

    private Attacker() {}

    /** Puts it into a container, as {@code /bin/attacker}. */
    public static Bundle into(Sandbox box, Bundle bundle) {
        try {
            java.nio.file.Files.copy(program(box), bundle.rootfs("bin/attacker"));
            return bundle;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Has two names exchanged, again and again, until it is closed. */
    public static Running swap(Sandbox box, Path one, Path other) {
        try {
            return box.foreign(program(box).toString(), "swap", one.toString(), other.toString()).awaitText("ready");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path program(Sandbox box) throws IOException {
        Path program = box.dir().resolve("attacker");
        if (java.nio.file.Files.notExists(program)) {
            Path source = Target.above(SOURCE).orElseThrow();
            List<String> command = List.of(compiler(), "-static", "-O1", "-o", program.toString(), source.toString());
            try {
                int code = Orphans.start(new ProcessBuilder(command).inheritIO()).waitFor();
                if (code != 0) {
                    throw new IllegalStateException(String.join(" ", command) + " exits with " + code);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        return program;
    }

    private static String compiler() {
        return java.nio.file.Files.isExecutable(Path.of("/usr/bin/musl-gcc")) ? "musl-gcc" : "gcc";
    }
}
