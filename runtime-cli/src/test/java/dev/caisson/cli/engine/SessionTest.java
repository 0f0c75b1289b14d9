package dev.caisson.cli.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.cli.engine.InvokeFrame.World;
import dev.caisson.cli.engine.Session.Outcome;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.MessageSocket;
import dev.caisson.linux.sys.Sys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionTest {

    private final List<String> logged = Collections.synchronizedList(new ArrayList<>());
    private final EngineLog log = new EngineLog() {
        @Override
        public void info(String message) {
            logged.add(message);
        }

        @Override
        public void warn(String message) {
            logged.add(message);
        }

        @Override
        public void error(String message, Throwable cause) {
            logged.add(message + ": " + cause);
        }
    };
    private Connection connection;
    private FakeFront front;

    @BeforeEach
    void connect() throws LinuxException {
        MessageSocket[] pair = MessageSocket.pair();
        connection = new Connection(pair[0]);
        front = new FakeFront(pair[1]);
    }

    @AfterEach
    void close() {
        connection.close();
        front.close();
    }

    @Test
    void aCommandIsCarriedOut() throws Exception {
        CompletableFuture<Outcome> session = serve((invocation, to) -> {
            to.write(1, invocation.toString().getBytes(StandardCharsets.UTF_8));
            return invocation.arguments().size();
        });
        front.invoke(FakeFront.invocation("state", "a"));
        FakeFront.Result result = front.await();
        assertEquals(2, result.exitCode());
        assertTrue(result.out().contains("arguments=[state, a]"), result.out());
        assertTrue(result.out().contains("pid=" + ProcessHandle.current().pid()), result.out());
        assertEquals(Outcome.SERVED, session.get());
        assertEquals(List.of(), logged);
    }

    @Test
    void anotherBuildIsRefusedAndEndsThisOne() throws Exception {
        CompletableFuture<Outcome> session = serve((invocation, to) -> 0);
        InvokeFrame of = FakeFront.invocation("state");
        front.invoke(new InvokeFrame(1, 0, of.uid(), of.gid(), of.world(), "newer", of.distribution(), "/", of.arguments(),
                of.environment()));
        assertEquals("this engine is of build test", front.await().refusal());
        assertEquals(Outcome.OUTDATED, session.get());
    }

    @Test
    void anotherProtocolIsRefusedAndEndsThisOne() throws Exception {
        CompletableFuture<Outcome> session = serve((invocation, to) -> 0);
        byte[] bytes = new byte[200];
        Bytes.putInt(bytes, 0, Frames.INVOKE_MAGIC);
        Bytes.putInt(bytes, 4, 2);
        front.send(Frames.INVOKE, bytes);
        assertNotNull(front.await().refusal());
        assertEquals(Outcome.OUTDATED, session.get());
    }

    @Test
    void whoeverSeesAnotherWorldIsRefused() throws Exception {
        World w = FakeFront.WORLD;
        for (World other : List.of(new World(9, w.rootInode(), w.mounts(), w.pids(), w.users(), w.cgroups()),
                new World(w.rootDevice(), 9, w.mounts(), w.pids(), w.users(), w.cgroups()),
                new World(w.rootDevice(), w.rootInode(), 9, w.pids(), w.users(), w.cgroups()),
                new World(w.rootDevice(), w.rootInode(), w.mounts(), 9, w.users(), w.cgroups()),
                new World(w.rootDevice(), w.rootInode(), w.mounts(), w.pids(), 9, w.cgroups()),
                new World(w.rootDevice(), w.rootInode(), w.mounts(), w.pids(), w.users(), 9))) {
            close();
            connect();
            CompletableFuture<Outcome> session = serve((invocation, to) -> 0);
            InvokeFrame of = FakeFront.invocation("state");
            front.invoke(new InvokeFrame(1, 0, of.uid(), of.gid(), other, of.buildId(), of.distribution(), "/", of.arguments(),
                    of.environment()));
            assertNotNull(front.await().refusal());
            assertEquals(Outcome.SERVED, session.get());
        }
    }

    @Test
    void anInvocationForAnotherUserThanItsSendersIsRefused() throws Exception {
        serve((invocation, to) -> 0);
        InvokeFrame of = FakeFront.invocation("state");
        front.invoke(new InvokeFrame(1, 0, of.uid() + 1, of.gid(), of.world(), of.buildId(), of.distribution(), "/", of.arguments(),
                of.environment()));
        assertNotNull(front.await().refusal());
    }

    @Test
    void aForeignUserIsHungUpOn() throws Exception {
        Session session = new Session((invocation, to) -> 0, FakeFront.BUILD, FakeFront.WORLD, Sys.euid() + 1, log, 10_000);
        front.invoke(FakeFront.invocation("state"));
        CompletableFuture<Outcome> served = CompletableFuture.supplyAsync(() -> session.serve(connection));
        FakeFront.Result result = front.await();
        assertNull(result.exitCode());
        assertNull(result.refusal());
        served.get();
        assertTrue(logged.getFirst().contains("is ended: this engine is user"), logged.toString());
    }

    @Test
    void oneThatSaysNothingIsHungUpOn() throws Exception {
        Session session = new Session((invocation, to) -> 0, FakeFront.BUILD, FakeFront.WORLD, Sys.euid(), log, 30);
        CompletableFuture<Outcome> served = CompletableFuture.supplyAsync(() -> session.serve(connection));
        assertNull(front.await().exitCode());
        served.get();
    }

    @Test
    void nonsenseIsHungUpOnWithAReason() throws Exception {
        CompletableFuture<Outcome> session = serve((invocation, to) -> 0);
        front.sendRaw("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertNull(front.await().exitCode());
        session.get();
        assertEquals(1, logged.size());
        assertTrue(logged.getFirst().contains("a frame of type"), logged.toString());
    }

    @Test
    void aDefectIsOneLineForTheCaller() throws Exception {
        for (Throwable defect : List.of(new IllegalStateException("oops"), new StackOverflowError(), new OutOfMemoryError("all"))) {
            close();
            connect();
            CompletableFuture<Outcome> session = serve((invocation, to) -> {
                if (defect instanceof RuntimeException e) {
                    throw e;
                }
                throw (Error) defect;
            });
            front.invoke(FakeFront.invocation("state"));
            FakeFront.Result result = front.await();
            assertEquals(1, result.exitCode());
            assertEquals("caisson: internal error: " + defect + "\n", result.err());
            assertEquals(Outcome.SERVED, session.get());
        }
        assertEquals(3, logged.size());
    }

    @Test
    void aVerbWhoseFrontVanishedHearsOfItAtItsNextStep() throws Exception {
        CompletableFuture<String> cleanedUp = new CompletableFuture<>();
        CompletableFuture<Outcome> session = serve((invocation, to) -> {
            try {
                to.execute(new PlanBuilder().build());
                return 0;
            } catch (FrontLostException e) {
                cleanedUp.complete(e.getMessage());
                throw e;
            }
        });
        front.invoke(FakeFront.invocation("create"));
        Thread.sleep(20);
        front.closeSending();
        assertEquals("the front ended", cleanedUp.get());
        assertEquals(Outcome.SERVED, session.get());
    }

    private CompletableFuture<Outcome> serve(CommandHandler handler) {
        Session session = new Session(handler, FakeFront.BUILD, FakeFront.WORLD, log);
        return CompletableFuture.supplyAsync(() -> session.serve(connection));
    }
}
