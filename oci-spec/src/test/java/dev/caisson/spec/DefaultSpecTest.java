package dev.caisson.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration that a new bundle gets. */
class DefaultSpecTest {

    private final SpecWriter writer = new SpecWriter();

    @Test
    void isValid() throws Exception {
        for (boolean rootless : new boolean[] {false, true}) {
            for (boolean cgroup2 : new boolean[] {false, true}) {
                Spec spec = DefaultSpec.create(rootless, 1000, 100, cgroup2);
                assertEquals(List.of(), SpecValidator.validate(spec));
                assertEquals(spec, new SpecReader().read(writer.write(spec)));
                assertEquals(cgroup2, spec.linux().has(NamespaceType.CGROUP));
            }
        }
    }

    @Test
    void rootlessMapsTheUserToRoot() {
        Linux linux = DefaultSpec.create(true, 1000, 100).linux();
        assertEquals(List.of(new IdMapping(0, 1000, 1)), linux.uidMappings());
        assertEquals(List.of(new IdMapping(0, 100, 1)), linux.gidMappings());
    }

    /** Apart from the names, it is what runc writes, letter by letter; skipped where runc is not installed or another version. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void isWhatRuncWrites(boolean rootless, @TempDir Path folder) throws Exception {
        File output = folder.resolve("output").toFile();
        int[] ids = new int[] {0, 0};
        try {
            assertEquals("0", run(folder, output, "runc", "--version"));
            Assumptions.assumeTrue(Files.readString(output.toPath()).startsWith("runc version 1.1."), "skipped: runc is not a 1.1");
            for (int i = 0; i < 2; i++) {
                run(folder, output, "id", i == 0 ? "-u" : "-g");
                ids[i] = Integer.parseInt(Files.readString(output.toPath()).strip());
            }
            assertEquals("0", rootless ? run(folder, output, "runc", "spec", "--rootless") : run(folder, output, "runc", "spec"));
        } catch (java.io.IOException e) {
            Assumptions.abort("skipped: no runc here: " + e.getMessage());
        }
        String expected = Files.readString(folder.resolve("config.json"), UTF_8);
        boolean cgroup2 = expected.contains("\"type\": \"cgroup\"\n\t\t\t}");
        String written = new String(writer.write(DefaultSpec.create(rootless, ids[0], ids[1], cgroup2)), UTF_8);
        assertTrue(written.contains("\"hostname\": \"caisson\""));
        assertEquals(expected, written.replace("\"caisson\"", "\"runc\"").replace("\"1.3.0\"", "\"1.0.2-dev\""));
    }

    private static String run(Path folder, File output, String... command) throws Exception {
        java.lang.Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
            .redirectOutput(output).start();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            Assumptions.abort("skipped: " + command[0] + " does not end");
        }
        return String.valueOf(process.exitValue());
    }
}
