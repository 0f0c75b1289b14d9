package dev.caisson.linux.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenerTest {

    @TempDir
    private Path folder;

    @Test
    void acceptsWaitsAndIsWoken() throws Exception {
        String path = folder.resolve("s").toString();
        try (Listener listener = new Listener(Sys.listenUnix(path, 8))) {
            assertNull(listener.accept(10));
            try (Descriptor client = Sys.connectUnix(path); Descriptor accepted = listener.accept(1000)) {
                assertNotNull(accepted);
                assertNotNull(client);
            }
            listener.wake();
            long began = System.nanoTime();
            assertNull(listener.accept(60_000));
            assertNull(listener.accept(10), "being woken is over once it was noticed");
            assertEquals(true, System.nanoTime() - began < 10_000_000_000L);
        }
    }

    @Test
    void onceItRefusesThoseInTheQueueAreThereStill() throws Exception {
        String path = folder.resolve("s").toString();
        try (Listener listener = new Listener(Sys.listenUnix(path, 8)); Descriptor client = Sys.connectUnix(path)) {
            listener.refuseFurther();
            LinuxException refused = assertThrows(LinuxException.class, () -> Sys.connectUnix(path));
            assertEquals(Errno.ECONNREFUSED, refused.errno());
            try (Descriptor accepted = listener.accept(1000)) {
                assertNotNull(accepted);
            }
            assertThrows(LinuxException.class, () -> listener.accept(1000));
            assertNotNull(client);
        }
    }

    @Test
    void wakingAClosedOneDoesNothing() throws Exception {
        Listener listener = new Listener(Sys.listenUnix(folder.resolve("s").toString(), 8));
        listener.close();
        listener.wake();
    }
}
