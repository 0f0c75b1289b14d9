package dev.caisson.cli.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLogTest {

    @TempDir
    private Path folder;

    @Test
    void linesAreAppendedToTheFile() throws Exception {
        Path file = Files.writeString(folder.resolve("engine.log"), "before\n");
        FileLog log = new FileLog(file.toString());
        log.info("served");
        log.warn("odd");
        log.error("defect", new IllegalStateException("oops"));
        List<String> lines = Files.readAllLines(file);
        assertTrue(lines.get(0).equals("before"), lines.toString());
        assertTrue(lines.get(1).matches("\\S+ INFO  \\[\\S+] served"), lines.get(1));
        assertTrue(lines.get(2).endsWith("odd"), lines.get(2));
        assertTrue(lines.get(4).equals("java.lang.IllegalStateException: oops"), lines.get(4));
    }

    @Test
    void aStreamGetsLinesToo() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StreamLog log = new StreamLog(new PrintStream(out, true, StandardCharsets.UTF_8));
        log.warn("odd");
        log.error("defect", new IllegalStateException("oops"));
        String text = out.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("Z warn odd\n"), text);
        assertTrue(text.contains("java.lang.IllegalStateException: oops"), text);
    }
}
