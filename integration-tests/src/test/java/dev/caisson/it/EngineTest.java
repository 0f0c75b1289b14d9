package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Cgroups;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Engine;
import dev.caisson.it.harness.EngineMode;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The engine as its users see it: they don't, but for the time it saves. */
@RealContainers
@OnlyCaisson("others have no engine")
class EngineTest {

    // ---- start, stop, status ----

    @Test
    void statusStartAndStopSayWhatIs(Sandbox box) {
        Engine engine = box.ownEngine();
        assertEquals(3, box.command("engine", "status").engine(EngineMode.ONESHOT).run().code());
        long pid = engine.start();
        String status = box.run("engine", "status").ok();
        assertTrue(status.contains("pid: " + pid + "\n"), status);
        assertTrue(status.contains("version: "), status);
        box.run("engine", "stop").ok();
        Await.until("it is gone", () -> Proc.isOver(pid));
    }

    @Test
    void oneEngineServesManyCommands(Sandbox box) {
        Engine engine = box.ownEngine();
        box.bundle().args("true").run().ok();
        long pid = engine.pid().orElseThrow();
        box.bundle().args("true").run().ok();
        assertEquals(pid, engine.pid().orElseThrow());
    }

    @Test
    void aOneshotCommandLeavesNoEngine(Sandbox box) {
        Engine engine = box.ownEngine();
        box.engine(EngineMode.ONESHOT);
        box.bundle().args("true").run().ok();
        assertTrue(engine.pid().isEmpty());
    }

    @Test
    void manyFirstCommandsAtOnceStartOneEngine(Sandbox box) {
        Engine engine = box.ownEngine();
        var commands = java.util.stream.IntStream.range(0, 6).mapToObj(i -> box.command("list", "-q").start()).toList();
        commands.forEach(command -> command.await().ok());
        Await.until("the others have found out that they are too late", () -> engine.all().size() == 1);
    }

    // ---- apart from its callers ----

    @Test
    void itHasNothingOfTheCallerThatStartedIt(Sandbox box) {
        Engine engine = box.ownEngine();
        box.command("engine", "start").engine(EngineMode.RESIDENT).env("JAVA_TOOL_OPTIONS", "-no-such-option").env("JDK_JAVA_OPTIONS", "-no")
                .env("LD_PRELOAD", "").env("SECRET", "1").redirected("7</etc/passwd 9</").run().ok();
        long pid = engine.pid().orElseThrow();
        String environment = Files.text(Proc.of(pid).resolve("environ"));
        for (String name : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "LD_PRELOAD", "SECRET")) {
            assertFalse(environment.contains(name + "="), environment);
        }
        assertEquals("/", Files.target(Proc.of(pid).resolve("cwd")));
        for (Path fd : Files.in(Proc.of(pid).resolve("fd"))) {
            assertFalse(List.of("/etc/passwd", "/").contains(Files.target(fd)), fd + " is the caller's");
        }
        String session = Files.text(Proc.of(pid).resolve("stat")).replaceAll(".*\\) ", "").split(" ")[3];
        assertNotEquals(Files.text(Path.of("/proc/self/stat")).replaceAll(".*\\) ", "").split(" ")[3], session);
    }

    @Test
    void itLeavesTheCgroupOfTheCallerThatStartedIt(Sandbox box) throws IOException {
        String cgroup = "/" + box.name() + "-caller";
        Path folder = java.nio.file.Files.createDirectory(Cgroups.folder("pids", cgroup));
        Engine engine = box.ownEngine();
        box.command("engine", "start").engine(EngineMode.RESIDENT)
                .by("/bin/sh", "-c", "echo $$ > " + folder + "/cgroup.procs; exec \"$@\"", "sh").run().ok();
        assertFalse(Files.text(Proc.of(engine.pid().orElseThrow()).resolve("cgroup")).contains(cgroup));
        Cgroups.remove(cgroup);
    }

    @Test
    void anEngineOutsideTheMachinesNamespacesEndsSoon(Sandbox box) {
        Engine engine = box.ownEngine();
        box.command("list", "-q").by("/usr/bin/unshare", "--mount").run().ok();
        long pid = engine.pid().orElseThrow();
        Await.until("it has ended by itself", () -> Proc.isOver(pid));
    }

    @Test
    void callersInOtherNamespacesHaveAnotherEngine(Sandbox box) {
        Engine engine = box.ownEngine();
        long pid = engine.start();
        box.file("hidden/inside", "");
        Bundle bundle = box.bundle().bind(box.dir().resolve("hidden"), "/data").args("ls", "/data");
        // The caller sees another file system at the source than the machine's engine does.
        Path hidden = box.dir().resolve("hidden");
        assertEquals("other", bundle.command("run", "c").by("/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                "mount -t tmpfs tmpfs " + hidden + " && touch " + hidden + "/other && exec \"$@\"", "sh").run().ok());
        assertFalse(Proc.isOver(pid));
        Await.until("the other engine has ended by itself", () -> engine.all().equals(List.of(pid)));
    }

    // ---- trouble ----

    @Test
    void theNextCommandStartsAnotherOneAfterACrash(Sandbox box) {
        Engine engine = box.ownEngine();
        long first = engine.start();
        engine.crash();
        box.bundle().args("true").run().ok();
        assertNotEquals(first, engine.pid().orElseThrow());
    }

    @Test
    void aContainerOutlivesItsEngine(Sandbox box) {
        Engine engine = box.ownEngine();
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            engine.crash();
            assertEquals("running", container.status());
            assertEquals("hello", container.sh("echo hello"));
        }
    }

    @Test
    void aClientThatTalksNonsenseDisturbsNobody(Sandbox box) throws IOException {
        Engine engine = box.ownEngine();
        long pid = engine.start();
        Path socket = Files.in(box.dir().resolve("engine")).stream().filter(file -> file.toString().endsWith(".sock")).findFirst().orElseThrow();
        for (byte[] nonsense : new byte[][] {{}, {0}, "GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                {-1, -1, -1, -1, -1, -1, -1, -1}, new byte[100_000]}) {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(socket));
                channel.write(ByteBuffer.wrap(nonsense));
            } catch (IOException e) {
                // It may hang up at any moment.
            }
        }
        box.bundle().args("true").run().ok();
        assertEquals(pid, engine.pid().orElseThrow());
    }

    @Test
    void aStoppedEngineDoesNotBlockACommand(Sandbox box) {
        Engine engine = box.ownEngine();
        long pid = engine.start();
        dev.caisson.it.harness.Linux.kill(pid, dev.caisson.it.harness.Linux.SIGSTOP);
        try {
            assertEquals("hello", box.bundle().args("echo", "hello").command("run", "c").env("CAISSON_ENGINE_TIMEOUT_MS", "300").run().ok());
        } finally {
            dev.caisson.it.harness.Linux.kill(pid, dev.caisson.it.harness.Linux.SIGCONT);
        }
    }

    @Test
    void aFolderThatOthersCanWriteToIsNotUsed(Sandbox box) {
        Engine engine = box.ownEngine();
        Files.mode(box.dir().resolve("engine"), "rwxrwxrwx");
        assertEquals("hello", box.bundle().args("echo", "hello").run().ok());
        assertTrue(engine.pid().isEmpty());
        Files.mode(box.dir().resolve("engine"), "rwx------");
    }

    @Test
    void anotherUserCannotUseIt(Sandbox box) {
        Engine engine = box.ownEngine();
        long pid = engine.start();
        Result other = box.command("engine", "status").by("/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups").run();
        assertFalse(other.stdout().contains("pid: " + pid), other::toString);
        // Even if the folder were open to all, the engine and the front look who is at the other end.
        Files.mode(box.dir().resolve("engine"), "rwxr-xr-x");
        Files.in(box.dir().resolve("engine")).forEach(file -> Files.mode(file, "rwxrwxrwx"));
        other = box.command("engine", "status").by("/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups").run();
        assertFalse(other.stdout().contains("pid: " + pid), other::toString);
        Files.mode(box.dir().resolve("engine"), "rwx------");
    }

    // ---- two forms, one behaviour ----

    @Test
    void bothFormsGiveTheSameOutputsAndCodes(Sandbox box) {
        String good = box.bundle().sh("echo out; echo err >&2; exit 3").folder().toString();
        String bad = box.bundle().args("no-such-program").folder().toString();
        List<List<String>> commands = List.of(List.of("--version"), List.of("--help"), List.of("features"), List.of("list"), List.of("nonsense"),
                List.of("list", "--nonsense"), List.of("state", "nobody"), List.of("delete", "nobody"), List.of("delete", "--force", "nobody"),
                List.of("run", "--bundle", good, "c"), List.of("run", "--bundle", bad, "c"), List.of("create", "--bundle", "/nowhere", "c"),
                List.of("plan", "--bundle", good), List.of("kill", "nobody", "TERM"), List.of("exec", "nobody", "true"), List.of("create"),
                List.of("create", "--help"), List.of("ps", "--format", "json", "nobody"), List.of());
        for (List<String> command : commands) {
            String[] words = command.toArray(String[]::new);
            Result resident = box.command(words).engine(EngineMode.RESIDENT).run();
            Result oneshot = box.command(words).engine(EngineMode.ONESHOT).run();
            assertEquals(resident.code(), oneshot.code(), command::toString);
            assertEquals(resident.stdout(), oneshot.stdout(), command::toString);
            assertEquals(timeless(resident), timeless(oneshot), command::toString);
        }
    }

    private static String timeless(Result result) {
        return result.stderr().replaceAll("time=\"[^\"]*\"", "");
    }

    @Test
    void theWholeLifeOfAContainerIsTheSameInBothForms(Sandbox box) {
        for (EngineMode mode : List.of(EngineMode.ONESHOT, EngineMode.RESIDENT)) {
            box.engine(mode);
            try (Container container = box.bundle().args("sleep", "1000").create("c")) {
                assertEquals("created", container.status());
                container.start();
                assertEquals("hello", container.sh("echo hello"));
                container.verb("pause").ok();
                container.verb("resume").ok();
                container.kill("KILL");
                container.awaitStatus("stopped");
                container.delete();
            }
            box.assertNothingLeft();
        }
    }
}
