package dev.caisson.cli.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.cli.state.StateException.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ContainerStoreTest {

    private static final ProcessId SELF = ProcessId.of((int) ProcessHandle.current().pid());

    /** Of another process, or of one that is no more: its pid was given to another one since. */
    private static final ProcessId GONE = new ProcessId(SELF.pid(), SELF.startTime() + 1);

    @TempDir
    private Path folder;
    private Path root;
    private ContainerStore store;

    /** Another engine's: flock(2) holds between any two descriptors that were opened apart. */
    private ContainerStore other;
    private final AtomicInteger waits = new AtomicInteger();

    @BeforeEach
    void open() {
        root = folder.resolve("a/root");
        store = new ContainerStore(root, () -> { });
        other = new ContainerStore(root, waits::incrementAndGet, 50);
    }

    @Test
    void aContainerIsMadeReadAndRemoved() throws Exception {
        try (Container container = store.create("a", States.creating("a"))) {
            container.saveConfig(new byte[] {'{', '}'});
            container.makeFifo();
            container.save(container.state().withInit(SELF).whole());
            assertEquals(Life.CREATED, container.life());
            Files.delete(container.fifo());
            assertEquals(Life.RUNNING, container.life());
        }
        assertEquals(States.created("a", SELF), store.read("a"));
        assertEquals(List.of("a"), store.ids());
        assertEquals("rwx--x--x", PosixFilePermissions.toString(Files.getPosixFilePermissions(store.folder("a"))));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(root)));
        try (Container container = store.open("a")) {
            container.remove();
        }
        assertEquals(List.of(), store.ids());
        assertEquals(Problem.NOT_FOUND, assertThrows(StateException.class, () -> store.read("a")).problem());
    }

    @Test
    void refusalsHaveTheWordsThatCallersKnow() throws Exception {
        assertEquals("container does not exist", assertThrows(StateException.class, () -> store.read("a")).getMessage());
        assertEquals("container does not exist", assertThrows(StateException.class, () -> store.open("a")).getMessage());
        assertEquals("invalid container ID format", assertThrows(StateException.class, () -> store.read("../a")).getMessage());
        assertEquals("container id cannot be empty", assertThrows(StateException.class, () -> store.open("")).getMessage());
        store.create("a", States.creatingElsewhere("a")).close();
        assertEquals("container with given ID already exists",
                assertThrows(StateException.class, () -> store.create("a", States.creating("a"))).getMessage());
        assertThrows(NoSuchFileException.class, () -> new ContainerStore(folder.resolve("none"), () -> { }).ids());
    }

    @Test
    void lifeIsWhatTheProcessesShow() throws Exception {
        store.create("a", States.creating("a")).close();
        assertEquals(Life.CREATING, store.life(States.creating("a")));
        ContainerState creating = States.creating("a");
        ContainerState abandoned = new ContainerState(creating.ociVersion(), "a", true, GONE, SELF, creating.bundle(), creating.rootfs(),
                creating.created(), creating.annotations(), creating.cgroupManager(), creating.cgroups(), false, false);
        assertEquals(Life.STOPPED, store.life(abandoned));
        assertEquals(Life.RUNNING, store.life(States.created("a", SELF)));
        assertEquals(Life.STOPPED, store.life(States.created("a", GONE)));
        assertEquals(Life.STOPPED, store.life(States.created("a", ProcessId.NONE)));
    }

    @Test
    void whileOneEngineHoldsAContainerAnotherWaits() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        Future<Life> opened;
        try (Container container = store.create("a", States.creating("a"))) {
            assertEquals(Problem.BUSY, assertThrows(StateException.class, () -> other.open("a")).problem());
            assertEquals(1, waits.get(), "one wait, one word");
            assertEquals(States.creating("a"), other.read("a"), "reading takes no lock");
            opened = threads.submit(() -> {
                try (Container again = new ContainerStore(root, () -> { }).open("a")) {
                    return again.life();
                }
            });
            Thread.sleep(20);
            assertFalse(opened.isDone());
            container.save(States.created("a", SELF));
        }
        assertEquals(Life.RUNNING, opened.get());
        threads.shutdown();
    }

    @Test
    void whoWaitedForAContainerThatIsRemovedFindsNone() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        Future<Container> opened;
        try (Container container = store.create("a", States.creating("a"))) {
            opened = threads.submit(() -> new ContainerStore(root, () -> { }).open("a"));
            Thread.sleep(20);
            container.remove();
            // A new one of the same name is another container, which the one who waited must not mistake for the old one.
            Files.createDirectory(store.folder("a"));
        }
        Exception e = assertThrows(Exception.class, opened::get);
        assertEquals(Problem.NOT_FOUND, ((StateException) e.getCause()).problem());
        threads.shutdown();
    }

    @Test
    void manyEnginesMakeEachIdOnce() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicInteger made = new AtomicInteger();
        AtomicInteger holding = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(threads.submit(() -> {
                ContainerStore mine = new ContainerStore(root, () -> { });
                for (int k = 0; k < 100; k++) {
                    try (Container container = mine.create("x", States.creating("x"))) {
                        assertEquals(1, holding.incrementAndGet());
                        made.incrementAndGet();
                        holding.decrementAndGet();
                        container.remove();
                    } catch (StateException e) {
                        assertEquals(Problem.EXISTS, e.problem());
                    }
                    mine.removeRemains("nothing");
                }
                return null;
            }));
        }
        for (Future<?> future : all) {
            future.get();
        }
        assertTrue(made.get() > 0);
        assertEquals(List.of(), store.ids());
        threads.shutdown();
    }

    /** What is there after each step of a creation, were the engine killed then. */
    @Test
    void whateverACrashLeavesCanBeRemovedAndMadeAnew() throws Exception {
        for (int step = 0; step < 7; step++) {
            crashedCreation(step);
            assertEquals(List.of("a"), store.ids());
            if (step >= 2) {
                assertEquals(Problem.EXISTS, assertThrows(StateException.class, () -> store.create("a", States.creating("a"))).problem());
            }
            if (step < 2) {
                assertEquals(Problem.NOT_FOUND, assertThrows(StateException.class, () -> store.open("a")).problem());
                assertTrue(store.removeRemains("a"));
            } else {
                try (Container container = store.open("a")) {
                    assertEquals(step < 5 ? Life.STOPPED : Life.CREATED, container.life(), "step " + step);
                    container.remove();
                }
            }
            assertFalse(store.removeRemains("a"));
            try (Container container = store.create("a", States.creating("a"))) {
                container.remove();
            }
        }
    }

    /** A command that goes on with another engine meets its own beginning, at times before anything was written down. */
    @Test
    void theSameCommandBeginsAgainWhereItsEngineDied() throws Exception {
        for (int step = 0; step < 2; step++) {
            crashedCreation(step);
            store.create("a", States.creating("a")).close();
            try (Container again = store.create("a", States.creating("a"))) {
                assertEquals(List.of("a"), store.ids());
                again.remove();
            }
        }
    }

    private void crashedCreation(int step) throws IOException {
        Path at = store.folder("a");
        Files.createDirectories(at);
        ContainerState creating = States.creating("a");
        ContainerState abandoned = new ContainerState(creating.ociVersion(), "a", true, GONE, ProcessId.NONE, creating.bundle(),
                creating.rootfs(), creating.created(), creating.annotations(), creating.cgroupManager(), creating.cgroups(), false, false);
        if (step >= 1) {
            Files.write(at.resolve("state.json.tmp"), new byte[] {'{'});
        }
        if (step >= 2) {
            store.write("a", abandoned);
        }
        if (step >= 3) {
            Files.write(at.resolve("config.json"), new byte[] {'{'});
            Files.createDirectories(at.resolve("unknown/folder"));
        }
        if (step >= 4) {
            Files.createFile(at.resolve("exec.fifo"));
            store.write("a", abandoned.withInit(SELF));
        }
        if (step >= 5) {
            store.write("a", abandoned.withInit(SELF).whole());
        }
        if (step >= 6) {
            Files.write(at.resolve("state.json.tmp"), new byte[] {'{'});
        }
    }

    @Test
    void aRemovalThatBreaksOffCanBeDoneAgain() throws Exception {
        for (int left = 0; left < 4; left++) {
            crashedCreation(4);
            Path at = store.folder("a");
            List<String> order = List.of("exec.fifo", "config.json", "state.json.tmp", "state.json");
            for (String name : order.subList(0, left)) {
                Files.deleteIfExists(at.resolve(name));
            }
            try (Container container = store.open("a")) {
                container.remove();
            }
            assertEquals(List.of(), store.ids());
        }
        Files.createDirectories(store.folder("a"));
        assertTrue(store.removeRemains("a"));
    }

    @Test
    void whatIsNoContainerIsNotListed() throws Exception {
        store.create("b", States.creating("b")).close();
        store.create("a", States.creating("a")).close();
        Files.writeString(root.resolve("file"), "");
        Files.createDirectory(root.resolve("not an id"));
        Files.createSymbolicLink(root.resolve("link"), folder);
        assertEquals(List.of("a", "b"), store.ids());
        assertEquals(Problem.NOT_FOUND, assertThrows(StateException.class, () -> store.open("link")).problem());
    }
}
