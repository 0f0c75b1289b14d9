package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Sandbox;
import org.junit.jupiter.api.Test;

/** {@code run}, in the foreground and detached. */
@RealContainers
class RunTest {

    @Test
    void writesWhatTheProcessWrites(Sandbox box) {
        assertEquals("hello", box.bundle().args("echo", "hello").run().ok());
    }
}
