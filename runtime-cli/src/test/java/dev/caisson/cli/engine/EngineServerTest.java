package dev.caisson.cli.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class EngineServerTest {

    private static final int LONG = 600;

    @TempDir
    private Path folder;
    private Path path;
    private final AtomicInteger served = new AtomicInteger();
    private final CountDownLatch release = new CountDownLatch(1);
    private final ExecutorService fronts = Executors.newCachedThreadPool();
    private EngineServer server;
    private Thread running;

    @BeforeEach
    void makeFolderPrivate() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        path = folder.resolve("engine.sock");
    }

    @AfterEach
    void end() throws InterruptedException {
        release.countDown();
        if (running != null && running.isAlive()) {
            server.retire();
            assertTrue(running.join(Duration.ofSeconds(10)));
        }
        fronts.shutdownNow();
    }

    /** Commands: their arguments back; {@code wait} does so when it is released; {@code stop} retires the engine. */
    private CommandHandler commands(EngineControl engine) {
        return (invocation, front) -> {
            String verb = invocation.arguments().getFirst();
            if (verb.equals("wait")) {
                front.write(1, new byte[0]);
                awaitRelease();
            } else if (verb.equals("stop")) {
                engine.retire();
            }
            front.write(1, String.join(" ", invocation.arguments()).getBytes(StandardCharsets.UTF_8));
            served.incrementAndGet();
            return 0;
        };
    }

    private void awaitRelease() {
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void start(int idleSeconds) throws IOException {
        ResidentSocket socket = ResidentSocket.listen(path, Sys.euid());
        assertNotNull(socket);
        server = new EngineServer(this::commands, FakeFront.BUILD, FakeFront.WORLD, socket, idleSeconds, EngineLog.NONE);
        EngineServer started = server;
        running = Thread.ofPlatform().start(() -> {
            try {
                started.run();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private FakeFront.Result invoke(String... words) throws LinuxException {
        try (FakeFront front = FakeFront.connect(path)) {
            front.invoke(FakeFront.invocation(words));
            return front.await();
        }
    }

    @Test
    void manyFrontsAreServedAtOnce() throws Exception {
        start(LONG);
        List<Future<FakeFront.Result>> results = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String id = "c" + i;
            results.add(fronts.submit(() -> invoke("wait", id)));
        }
        while (server.connections() < 200) {
            Thread.sleep(5);
        }
        assertEquals(0, served.get());
        release.countDown();
        for (int i = 0; i < 200; i++) {
            assertEquals("wait c" + i, results.get(i).get().out());
        }
    }

    @Test
    void badClientsDisturbNobody() throws Exception {
        start(LONG);
        Random random = new Random(5);
        List<FakeFront> silent = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            FakeFront bad = FakeFront.connect(path);
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            switch (i % 4) {
                case 0 -> bad.close();
                case 1 -> silent.add(bad);
                default -> {
                    if (bytes.length > 0) {
                        bad.sendRaw(bytes);
                    }
                    bad.close();
                }
            }
            assertEquals("state", invoke("state").out());
        }
        assertTrue(server.connections() >= silent.size());
        silent.forEach(FakeFront::close);
    }

    @Test
    void withoutCommandsTheEngineEndsAndLeavesNoSocket() throws Exception {
        start(1);
        assertEquals(0, invoke("state").exitCode());
        assertTrue(running.join(Duration.ofSeconds(10)));
        assertFalse(Files.exists(path));
    }

    @Test
    void aLongCommandKeepsTheEngine() throws Exception {
        start(1);
        Future<FakeFront.Result> waiting = fronts.submit(() -> invoke("wait"));
        assertFalse(running.join(Duration.ofMillis(1500)));
        release.countDown();
        assertEquals(0, waiting.get().exitCode());
        assertTrue(running.join(Duration.ofSeconds(10)));
    }

    @Test
    void whoConnectsWhileTheEngineEndsIsServedOrTurnedAway() throws Exception {
        for (int round = 0; round < 20; round++) {
            start(LONG);
            CompletableFuture<Integer> outcome = new CompletableFuture<>();
            Thread storm = Thread.ofPlatform().start(() -> {
                int count = 0;
                try {
                    while (true) {
                        // A front whose connection stood gets its answer; only connecting may fail.
                        assertEquals("state", invoke("state").out());
                        count++;
                    }
                } catch (LinuxException e) {
                    assertTrue(e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED, e.getMessage());
                    outcome.complete(count);
                } catch (Throwable t) {
                    outcome.completeExceptionally(t);
                }
            });
            Thread.sleep(5);
            server.retire();
            outcome.get();
            storm.join();
            assertTrue(running.join(Duration.ofSeconds(10)));
        }
    }

    @Test
    void whenACommandToStopReturnsAnotherEngineCanListen() throws Exception {
        start(LONG);
        Future<FakeFront.Result> waiting = fronts.submit(() -> invoke("wait"));
        while (server.connections() < 1) {
            Thread.sleep(5);
        }
        assertEquals("stop", invoke("stop").out());
        Thread old = running;
        start(LONG);
        assertEquals("state", invoke("state").out());
        assertTrue(old.isAlive());
        release.countDown();
        assertEquals("wait", waiting.get().out());
        assertTrue(old.join(Duration.ofSeconds(10)));
    }

    @Test
    void aFrontOfAnotherBuildEndsTheEngine() throws Exception {
        start(LONG);
        InvokeFrame of = FakeFront.invocation("state");
        try (FakeFront front = FakeFront.connect(path)) {
            front.invoke(new InvokeFrame(1, 0, of.uid(), of.gid(), of.world(), "newer", of.distribution(), "/", of.arguments(),
                    of.environment()));
            assertNotNull(front.await().refusal());
        }
        assertTrue(running.join(Duration.ofSeconds(10)));
    }

    @Test
    void twoEnginesNeverListenAtOnePath() throws Exception {
        start(LONG);
        assertNull(ResidentSocket.listen(path, Sys.euid()));
        assertEquals("state", invoke("state").out());
    }

    @Test
    void aDeadEnginesSocketIsReplaced() throws Exception {
        Sys.listenUnix(path.toString(), 1).close();
        assertTrue(Files.exists(path));
        start(LONG);
        assertEquals("state", invoke("state").out());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }

    @Test
    void aFolderThatOthersGetIntoIsRefused() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
        assertThrows(IOException.class, () -> ResidentSocket.listen(path, Sys.euid()));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        assertThrows(IOException.class, () -> ResidentSocket.listen(path, Sys.euid() + 1));
        Path link = folder.resolve("link");
        Files.createSymbolicLink(link, folder);
        assertThrows(IOException.class, () -> ResidentSocket.listen(link.resolve("engine.sock"), Sys.euid()));
    }

    @Test
    void anotherUsersProcessIsHungUpOn() throws Exception {
        assumeTrue(Sys.euid() == 0 && Files.isExecutable(Path.of("/usr/bin/perl")), "needs root and perl");
        start(LONG);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
        for (Path at = folder; at != null && !at.equals(Path.of("/tmp")) && !at.equals(at.getRoot()); at = at.getParent()) {
            Files.setPosixFilePermissions(at, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        String program = "use Socket; $) = $( = 65534; $> = $< = 65534; socket(S, PF_UNIX, SOCK_STREAM, 0) or exit 8;"
                + " connect(S, sockaddr_un($ARGV[0])) or exit 7; local $/; print <S>; exit 0;";
        Process stranger = new ProcessBuilder("/usr/bin/perl", "-e", program, path.toString()).redirectErrorStream(true).start();
        assertEquals("", new String(stranger.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, stranger.waitFor());
        assertEquals("state", invoke("state").out());
    }

    @Test
    void aConnectionThatComesWithTheEngineIsServed() throws Exception {
        start(LONG);
        try (FakeFront front = FakeFront.connect(path)) {
            // As a front does that starts an engine: it is at the other end already.
            front.invoke(FakeFront.invocation("state"));
            assertEquals("state", front.await().out());
        }
        assertTrue(server.resident());
        assertEquals(path.toString(), server.socket());
        assertTrue(server.uptimeSeconds() >= 0);
    }

    @Test
    void anActivatedSocketStaysForTheNextEngine() throws Exception {
        Descriptor listening = Sys.listenUnix(path.toString(), 8);
        // The listener is systemd's as well: a copy of the descriptor stands for it.
        try (Descriptor systemds = Sys.open("/dev/null", Sys.O_RDONLY, 0)) {
            assertNotNull(systemds);
            server = new EngineServer(this::commands, FakeFront.BUILD, FakeFront.WORLD, ResidentSocket.activated(listening.fd()), LONG,
                    EngineLog.NONE);
            EngineServer started = server;
            running = Thread.ofPlatform().start(() -> {
                try {
                    started.run();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals("state", invoke("state").out());
            assertNull(server.socket());
            server.retire();
            assertTrue(running.join(Duration.ofSeconds(10)));
            assertTrue(Files.exists(path));
        }
    }
}
