package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.DescriptorSocket;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code create}, {@code start}, {@code state}, {@code kill}, {@code delete}. */
@RealContainers
class LifecycleTest {

    private static final String TRAP = "trap 'echo caught; exit 3' TERM; echo ready; while :; do sleep 0.05; done";

    @Test
    void aContainerGoesFromCreatedToRunningToStopped(Sandbox box) {
        Bundle bundle = box.bundle().sh("echo ran; sleep 1000");
        try (Container container = bundle.create("c")) {
            assertEquals("created", container.status());
            assertEquals("", container.output());
            container.start();
            assertEquals("running", container.status());
            Await.until("it has run", () -> container.output().equals("ran"));
            container.kill("KILL");
            container.awaitStatus("stopped");
            container.delete();
            assertTrue(container.verb("state").exits(1).stderr().contains("container does not exist"));
        }
    }

    @Test
    void theStateIsTheSpecifications(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000").set("/annotations", Map.of("org.example.key", "value"));
        try (Container container = bundle.up("c")) {
            JsonNode state = container.state();
            assertTrue(state.get("ociVersion").asText().startsWith("1."), state::toString);
            assertEquals("c", state.get("id").asText());
            assertEquals("running", state.get("status").asText());
            assertEquals(bundle.folder().toString(), state.get("bundle").asText());
            assertEquals(bundle.rootfs().toString(), state.get("rootfs").asText());
            assertEquals("value", state.at("/annotations/org.example.key").asText());
            assertTrue(Duration.between(Instant.parse(state.get("created").asText()), Instant.now()).abs().toMinutes() < 2);
            Await.until("it executes the program", () -> Proc.status(state.get("pid").asLong(), "Name").equals("sleep"));
        }
    }

    @Test
    void thePidOfAStoppedContainerIsNone(Sandbox box) {
        try (Container container = box.bundle().args("true").up("c")) {
            container.awaitStatus("stopped");
            assertEquals(0, container.state().path("pid").asLong());
        }
    }

    @Test
    void thePidFileHoldsThePidAlone(Sandbox box) {
        Path file = box.dir().resolve("pid");
        try (Container container = box.bundle().args("sleep", "1000").create("c", "--pid-file", file.toString())) {
            assertEquals(Long.toString(container.pid()), Files.text(file));
        }
    }

    @Test
    void theProcessIsTheCallersToWaitFor(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").create("c")) {
            // We adopt orphans, as a container's monitor does, so that a process whose runtime has ended becomes ours.
            assertEquals(Long.toString(ProcessHandle.current().pid()), Proc.status(container.pid(), "PPid"));
        }
    }

    @Test
    @OnlyCaisson("runc 1.1 has no --pidfd-socket")
    void thePidfdIsSentToItsSocket(Sandbox box) throws IOException {
        try (DescriptorSocket socket = box.socket();
                Container container = box.bundle().args("sleep", "1000").create("c", "--pidfd-socket", socket.path().toString())) {
            int fd = socket.receive();
            String info = Files.text(Path.of("/proc/self/fdinfo/" + fd));
            assertTrue(info.contains("Pid:\t" + container.pid() + "\n"), info);
            dev.caisson.it.harness.Linux.closeDescriptor(fd);
        }
    }

    // ---- start ----

    @Test
    void aConfigurationThatChangesAfterCreationHasNoEffect(Sandbox box) {
        Bundle bundle = box.bundle().args("echo", "first");
        try (Container container = bundle.create("c")) {
            bundle.args("echo", "second").folder();
            container.start();
            container.awaitStatus("stopped");
            assertEquals("first", container.output());
        }
    }

    @Test
    void itStartsOnlyOnce(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            Result again = container.verb("start").exits(1);
            assertTrue(again.stderr().contains("cannot start an already running container"), again::toString);
        }
    }

    @Test
    void itDoesNotStartAfterItsEnd(Sandbox box) {
        try (Container container = box.bundle().args("true").up("c")) {
            container.awaitStatus("stopped");
            Result again = container.verb("start").exits(1);
            assertTrue(again.stderr().contains("cannot start a container that has stopped"), again::toString);
        }
    }

    // ---- kill ----

    @ParameterizedTest
    @ValueSource(strings = {"15", "TERM", "SIGTERM", "term", "sigterm"})
    void signalsAreNamedInManyWays(String signal, Sandbox box) {
        try (Container container = box.bundle().sh(TRAP).up("c")) {
            Await.until("it is ready", () -> container.output().equals("ready"));
            container.kill(signal);
            Await.until("it has ended", () -> container.output().equals("ready\ncaught"));
        }
    }

    @Test
    void theDefaultSignalIsTerm(Sandbox box) {
        try (Container container = box.bundle().sh(TRAP).up("c")) {
            Await.until("it is ready", () -> container.output().equals("ready"));
            container.verb("kill").ok();
            Await.until("it has ended", () -> container.output().equals("ready\ncaught"));
        }
    }

    @Test
    void anUnknownSignalIsRefused(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            assertTrue(box.run("kill", "c", "NOSUCH").exits(1).stderr().contains("unknown signal"), container::id);
            assertEquals("running", container.status());
        }
    }

    @Test
    void aCreatedContainerCanBeKilled(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").create("c")) {
            container.kill("KILL");
            container.awaitStatus("stopped");
        }
    }

    @Test
    void aKillThatComesTooLateSaysSo(Sandbox box) {
        try (Container container = box.bundle().args("true").up("c")) {
            container.awaitStatus("stopped");
            String said = box.run("kill", "c", "KILL").exits(1).stderr();
            assertTrue(said.contains("process already finished") || said.contains("container not running")
                    || said.contains("no such process") || said.contains("does not exist"), said);
        }
    }

    @Test
    void allProcessesAreKilledWhereThePidNamespaceIsTheHosts(Sandbox box) {
        Bundle bundle = box.bundle().withoutNamespace("pid").sh("sleep 1111 & sleep 1111 & echo ready; wait");
        try (Container container = bundle.up("c")) {
            Await.until("it is ready", () -> container.output().equals("ready"));
            box.run("kill", "--all", "c", "KILL").ok();
            container.awaitStatus("stopped");
            Await.until("all have ended", () -> ProcessHandle.current().descendants()
                    .noneMatch(process -> Files.text(Proc.of(process.pid()).resolve("cmdline")).equals("sleep\0001111\0")));
        }
    }

    @Test
    void deletingAContainerInTheHostsPidNamespaceEndsAllItsProcesses(Sandbox box) {
        Bundle bundle = box.bundle().withoutNamespace("pid").sh("sleep 2222 & sleep 2222 & echo ready; wait");
        try (Container container = bundle.up("c")) {
            Await.until("it is ready", () -> container.output().equals("ready"));
        }
        box.assertNothingLeft();
    }

    // ---- delete ----

    @Test
    void aRunningContainerIsNotDeleted(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            Result refused = container.verb("delete").exits(1);
            assertTrue(refused.stderr().contains("cannot delete container c that is not stopped: running"), refused::toString);
            assertEquals("running", container.status());
        }
    }

    @Test
    void aRunningContainerIsDeletedByForce(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            container.verb("delete", "--force").ok();
            box.assertNothingLeft();
        }
    }

    @Test
    void aCreatedContainerIsDeleted(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").create("c")) {
            container.delete();
            box.assertNothingLeft();
        }
    }

    @Test
    void deletingByForceSucceedsWhateverIsThere(Sandbox box) {
        box.run("delete", "--force", "nobody").ok();
        try (Container container = box.bundle().args("true").up("c")) {
            container.verb("delete", "-f").ok();
            container.verb("delete", "-f").ok();
        }
    }

    @Test
    void anUnknownContainerIsNotDeleted(Sandbox box) {
        Result refused = box.run("delete", "nobody").exits(1);
        assertTrue(refused.stderr().contains("container does not exist"), refused::toString);
    }

    // ---- options of create ----

    @Test
    void theRootMayBeMovedWithoutPivot(Sandbox box) {
        assertEquals("hello", box.bundle().program("greet", "#!/bin/sh\necho hello\n").args("/greet").run("--no-pivot").ok());
    }

    @Test
    void theSessionKeyringMayBeKept(Sandbox box) {
        assertEquals("hello", box.bundle().args("echo", "hello").run("--no-new-keyring").ok());
    }

    @Test
    void containersOfOneRootKnowNothingOfAnothers(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            Result other = box.command("state", container.id()).global("--root", box.dir().resolve("elsewhere").toString()).run();
            assertTrue(other.exits(1).stderr().contains("does not exist"), other::toString);
        }
    }

    @Test
    void twoContainersLiveSideBySide(Sandbox box) {
        try (Container a = box.bundle().args("sleep", "1000").up("a"); Container b = box.bundle().args("sleep", "1000").up("b")) {
            a.kill("KILL");
            a.awaitStatus("stopped");
            assertEquals("running", b.status());
        }
    }

    // ---- pid reuse ----

    @Test
    void anotherProcessWithTheSamePidIsNotTheContainers(Sandbox box) throws IOException {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            long pid = container.pid();
            container.kill("KILL");
            Await.until("its process is gone", () -> Proc.state(pid) == '-');
            try (dev.caisson.it.harness.Running other = dev.caisson.it.harness.Pids.reuse(box, pid)) {
                assertEquals("stopped", container.status());
                box.run("kill", "c", "KILL").exits(1);
                container.delete();
                assertTrue(other.isAlive(), "an innocent process was killed");
                assertFalse(Proc.isOver(pid));
            }
        }
    }
}
