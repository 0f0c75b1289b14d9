package dev.caisson.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailuresTest {

    @Test
    void theLibrarysExceptionsGetTheirWords() {
        assertEquals("/a: no such file or directory", Failures.words(new NoSuchFileException("/a")));
        assertEquals("/a: permission denied", Failures.words(new AccessDeniedException("/a")));
        assertEquals("/a: not a directory", Failures.words(new FileSystemException("/a", null, "Not a directory")));
        assertEquals("as it is", Failures.words(new IOException("as it is")));
        assertEquals("java.io.IOException", Failures.words(new IOException()));
    }
}
