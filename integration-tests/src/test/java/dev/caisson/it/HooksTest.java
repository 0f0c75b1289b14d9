package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hooks: their order, what they are told, where they run, and what becomes of a container whose hook fails. */
@RealContainers
class HooksTest {

    private static final List<String> ALL = List.of("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop");

    /** A bundle whose hooks write into a folder that has the same name on both sides. */
    private static Bundle bundle(Sandbox box, Path notes) {
        return box.bundle().bind(Files.folder(notes), notes.toString()).args("sleep", "1000");
    }

    private static void live(Bundle bundle) {
        try (Container container = bundle.create("c")) {
            container.start();
            Await.until("the program runs", () -> Proc.status(container.pid(), "Name").equals("sleep"));
            container.kill("KILL");
            container.awaitStatus("stopped");
            container.delete();
        }
    }

    @Test
    @OnlyCaisson("runc gives a createContainer hook the process's environment, too")
    void withoutAnEnvironmentTheyHaveTheCallersAndInTheContainerTheProcesss(Sandbox box) {
        Path notes = box.dir().resolve("notes");
        Bundle bundle = bundle(box, notes).env("MARK=process").args("true");
        for (String kind : ALL) {
            bundle.add("/hooks/" + kind, Map.of("path", "/bin/sh", "args", List.of("sh", "-c", "echo $MARK > " + notes + "/" + kind)));
        }
        bundle.command("run", "c").by("/usr/bin/env", "MARK=caller").run().ok();
        for (String kind : ALL) {
            assertEquals(kind.equals("startContainer") ? "process\n" : "caller\n", Files.text(notes.resolve(kind)), kind);
        }
    }

    @Test
    @OnlyCaisson("runc 1.1 runs the poststart hooks when the container is created")
    void allKindsRunInTheSpecificationsOrder(Sandbox box) {
        Path notes = box.dir().resolve("notes");
        Bundle bundle = bundle(box, notes);
        for (String kind : ALL.reversed()) {
            bundle.hook(kind, "echo " + kind + " 1 >> " + notes + "/order").hook(kind, "echo " + kind + " 2 >> " + notes + "/order");
        }
        live(bundle);
        assertEquals(ALL.stream().flatMap(kind -> List.of(kind + " 1", kind + " 2").stream()).toList(),
                Files.text(notes.resolve("order")).lines().toList());
    }

    @Test
    @OnlyCaisson("runc 1.1 runs the poststart hooks when the container is created")
    void runRunsThemAllToo(Sandbox box) {
        Path notes = box.dir().resolve("notes");
        Bundle bundle = bundle(box, notes).sh("echo process >> " + notes + "/order; sleep 0.3");
        for (String kind : ALL) {
            bundle.hook(kind, "echo " + kind + " >> " + notes + "/order");
        }
        bundle.run().ok();
        List<String> order = Files.text(notes.resolve("order")).lines().toList();
        assertEquals(List.of("prestart", "createRuntime", "createContainer", "startContainer"), order.subList(0, 4));
        assertEquals(List.of("poststart", "process"), order.subList(4, 6).stream().sorted().toList());
        assertEquals("poststop", order.get(6));
    }

    @Test
    @OnlyCaisson("runc 1.1 runs the poststart hooks when the container is created")
    void eachHasTheContainersStateOnItsInput(Sandbox box) {
        Path notes = box.dir().resolve("notes");
        Bundle bundle = bundle(box, notes).set("/annotations", java.util.Map.of("org.example.a", "b"));
        for (String kind : ALL) {
            bundle.hook(kind, "cat > " + notes + "/" + kind);
        }
        long pid;
        try (Container container = bundle.create("c")) {
            pid = container.pid();
            container.start();
            Await.until("the program runs", () -> Proc.status(container.pid(), "Name").equals("sleep"));
            container.kill("KILL");
            container.awaitStatus("stopped");
            container.delete();
        }
        for (String kind : ALL) {
            JsonNode state = Json.read(Files.text(notes.resolve(kind)));
            assertEquals("c", state.get("id").asText(), kind);
            assertEquals(bundle.folder().toString(), state.get("bundle").asText(), kind);
            assertEquals("b", state.at("/annotations/org.example.a").asText(), kind);
            assertTrue(state.get("ociVersion").asText().startsWith("1."), kind);
            assertEquals(switch (kind) {
                case "startContainer" -> "created";
                case "poststart" -> "running";
                case "poststop" -> "stopped";
                default -> "creating";
            }, state.get("status").asText(), kind);
            if (List.of("prestart", "createRuntime", "poststart").contains(kind)) {
                assertEquals(pid, state.get("pid").asLong(), kind);
            }
        }
    }

    @Test
    void theyRunInTheNamespacesThatTheSpecificationSays(Sandbox box) {
        Path notes = box.dir().resolve("notes");
        Bundle bundle = bundle(box, notes);
        for (String kind : ALL) {
            bundle.hook(kind, "readlink /proc/self/ns/mnt > " + notes + "/" + kind);
        }
        String own = Proc.namespace(ProcessHandle.current().pid(), "mnt");
        live(bundle);
        for (String kind : ALL) {
            String seen = Files.text(notes.resolve(kind)).strip();
            if (kind.endsWith("Container")) {
                assertNotEquals(own, seen, kind);
                assertTrue(seen.startsWith("mnt:"), kind);
            } else {
                assertEquals(own, seen, kind);
            }
        }
    }

    @Test
    void createContainerSeesTheHostsFilesAndStartContainerTheContainers(Sandbox box) {
        Path notes = box.dir().resolve("notes");
        Bundle bundle = bundle(box, notes).program("marker", "");
        for (String kind : List.of("createContainer", "startContainer")) {
            bundle.hook(kind, "if test -e /marker; then echo inside; else echo outside; fi > " + notes + "/" + kind);
        }
        live(bundle);
        assertEquals("outside\n", Files.text(notes.resolve("createContainer")));
        assertEquals("inside\n", Files.text(notes.resolve("startContainer")));
    }

    @Test
    void createContainerHooksRunInTheRootFileSystem(Sandbox box) {
        Bundle bundle = box.bundle().writable().program("marker", "").hook("createContainer", "test -e marker && touch made").args("ls", "/made");
        assertEquals("/made", bundle.run().ok());
    }

    @Test
    void theyHaveTheirOwnArgumentsAndEnvironmentAlone(Sandbox box) {
        Path notes = box.dir().resolve("notes");
        Bundle bundle = bundle(box, notes).hook("createRuntime", "echo $0 > " + notes + "/a; env > " + notes + "/e");
        live(bundle);
        assertEquals("sh\n", Files.text(notes.resolve("a")));
        List<String> names = Files.text(notes.resolve("e")).lines().map(line -> line.split("=")[0]).filter(name -> !List.of("PWD", "SHLVL", "_", "OLDPWD").contains(name)).toList();
        assertEquals(List.of("PATH"), names);
    }

    @Test
    @OnlyCaisson("runc 1.1 runs the poststart hooks when the container is created")
    void hooksOfCreationHaveRunWhenCreateReturns(Sandbox box) {
        Path notes = box.dir().resolve("notes");
        Bundle bundle = bundle(box, notes);
        for (String kind : ALL) {
            bundle.hook(kind, "echo " + kind + " >> " + notes + "/order");
        }
        try (Container container = bundle.create("c")) {
            assertEquals(ALL.subList(0, 3), Files.text(notes.resolve("order")).lines().toList());
            container.start();
            assertEquals(ALL.subList(0, 5), Files.text(notes.resolve("order")).lines().toList());
        }
        assertEquals(ALL, Files.text(notes.resolve("order")).lines().toList());
    }

    // ---- failures ----

    @ParameterizedTest
    @ValueSource(strings = {"prestart", "createRuntime", "createContainer"})
    void aHookOfCreationThatFailsEndsTheCreation(String kind, Sandbox box) {
        Result result = box.bundle().args("true").hook(kind, "exit 7").command("create", "c").run().exits(1);
        assertTrue(result.stderr().contains("exit status 7"), result::toString);
        box.assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"prestart", "createRuntime", "createContainer"})
    void aHookThatHangsEndsTheCreationAfterItsTimeout(String kind, Sandbox box) {
        long begin = System.nanoTime();
        box.bundle().args("true").hook(kind, "exec sleep 1000", 1).command("create", "c").run().exits(1);
        assertTrue(System.nanoTime() - begin < 20_000_000_000L);
        box.assertNothingLeft();
    }

    @Test
    @OnlyCaisson("the words are Caisson's")
    void aFailureNamesTheHook(Sandbox box) {
        Result failed = box.bundle().args("true").hook("createRuntime", "true").hook("createRuntime", "exit 7").command("create", "c").run();
        assertTrue(failed.stderr().contains("createRuntime"), failed::toString);
        assertTrue(failed.stderr().contains("ended with exit status 7"), failed::toString);
        Result late = box.bundle().args("true").hook("prestart", "exec sleep 1000", 1).command("create", "c").run();
        assertTrue(late.stderr().contains("prestart"), late::toString);
        assertTrue(late.stderr().contains("timeout"), late::toString);
    }

    @Test
    void aHookThatIsNotThereEndsTheCreation(Sandbox box) {
        Bundle bundle = box.bundle().args("true").add("/hooks/createRuntime", java.util.Map.of("path", "/no/such/hook"));
        Result result = bundle.command("create", "c").run().exits(1);
        assertTrue(result.stderr().contains("no such file or directory"), result::toString);
        box.assertNothingLeft();
    }

    @Test
    void aFailingStartContainerHookKeepsTheProgramFromRunning(Sandbox box) {
        Bundle bundle = box.bundle().args("echo", "ran").hook("startContainer", "exit 7");
        try (Container container = bundle.create("c")) {
            container.verb("start");
            container.awaitStatus("stopped");
            assertEquals("", container.output());
        }
    }

    @Test
    @OnlyCaisson("the specification wants a warning; runc takes the container down")
    void aFailingPoststartHookIsAWarning(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000").hook("poststart", "exit 7");
        try (Container container = bundle.create("c")) {
            Result started = container.verb("start").exits(0);
            assertTrue(started.stderr().contains("poststart"), started::toString);
            assertEquals("running", container.status());
        }
    }

    @Test
    @OnlyCaisson("the specification wants a warning; runc gives up")
    void aFailingPoststopHookDoesNotKeepTheOthersFromRunning(Sandbox box) {
        Path notes = box.dir().resolve("notes");
        live(bundle(box, notes).hook("poststop", "exit 7").hook("poststop", "touch " + notes + "/second"));
        assertTrue(java.nio.file.Files.exists(notes.resolve("second")));
    }

    @Test
    void aHookSeesNothingOfTheOutputsOfAContainer(Sandbox box) {
        Result result = box.bundle().args("echo", "process").hook("createRuntime", "echo hook").run();
        assertFalse(result.ok().contains("hook"));
    }
}
