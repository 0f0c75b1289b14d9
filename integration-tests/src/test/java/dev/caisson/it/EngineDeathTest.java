package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Engine;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An engine that is killed in the middle of a command: the command says so in one line, and nothing half-made stays. A hook that blocks
 * holds the command in the phase in question.
 */
@RealContainers
@OnlyCaisson("others have no engine")
class EngineDeathTest {

    private static Path marker(Sandbox box) {
        return box.dir().resolve("notes/reached");
    }

    /** Says that it is reached, and stays: a front that loses its engine ends the hook. */
    private static Bundle blocking(Sandbox box, Bundle bundle, String kind) {
        Path notes = Files.folder(marker(box).getParent());
        return bundle.bind(notes, notes.toString()).hook(kind, "echo > " + marker(box) + "; exec sleep 1000");
    }

    private static void awaitMarker(Sandbox box) {
        Await.until("the hook is reached", () -> java.nio.file.Files.exists(marker(box)));
    }

    private static void oneLine(Result result) {
        assertTrue(result.code() != 0, result::toString);
        assertEquals(1, result.stderr().lines().count(), result::toString);
        assertTrue(result.stderr().contains("engine"), result::toString);
    }

    @ParameterizedTest
    @CsvSource({"create,prestart", "create,createRuntime", "create,createContainer", "run,prestart", "run,createRuntime", "run,createContainer"})
    void whileAContainerIsMade(String verb, String hook, Sandbox box) {
        Engine engine = box.ownEngine();
        engine.start();
        try (Running command = blocking(box, box.bundle().args("true"), hook).command(verb, "c").start()) {
            awaitMarker(box);
            engine.crash();
            oneLine(command.await());
        }
        box.assertNothingLeft();
    }

    @Test
    void whileADetachedContainerIsMade(Sandbox box) {
        Engine engine = box.ownEngine();
        engine.start();
        try (Running command = blocking(box, box.bundle().args("sleep", "1000"), "createRuntime").command("run", "c", "--detach").start()) {
            awaitMarker(box);
            engine.crash();
            oneLine(command.await());
        }
        box.assertNothingLeft();
    }

    @Test
    void whileAContainerIsStarted(Sandbox box) {
        Engine engine = box.ownEngine();
        try (Container container = blocking(box, box.bundle().args("sleep", "1000"), "poststart").create("c");
                Running start = container.verbCommand("start").start()) {
            awaitMarker(box);
            engine.crash();
            oneLine(start.await());
            assertEquals("running", container.status(), "what was started stays started");
        }
        box.assertNothingLeft();
    }

    @Test
    void whileAContainerIsDeleted(Sandbox box) {
        Engine engine = box.ownEngine();
        try (Container container = blocking(box, box.bundle().args("true"), "poststop").create("c");
                Running delete = container.verbCommand("delete").start()) {
            awaitMarker(box);
            engine.crash();
            oneLine(delete.await());
        }
        box.assertNothingLeft();
    }

    @Test
    void whileAContainerRunsInTheForeground(Sandbox box) {
        Engine engine = box.ownEngine();
        Bundle bundle = box.bundle().sh("echo ready; read line; echo got $line; exit 21");
        try (Running run = bundle.command("run", "c").by("/bin/sh", "-c", "(sleep 1; echo it) | (\"$@\"; exit $?)", "sh").start()) {
            run.awaitText("ready");
            engine.crash();
            Result result = run.await().exits(21);
            assertEquals("ready\ngot it\n", result.stdout());
            assertEquals("", result.stderr());
        }
        box.assertNothingLeft();
    }

    @Test
    void whileAProgramIsExecutedInTheForeground(Sandbox box) {
        Engine engine = box.ownEngine();
        try (Container container = box.bundle().args("sleep", "1000").up("c");
                Running exec = box.command("exec", container.id(), "sh", "-c", "echo ready; sleep 0.5; exit 22").start()) {
            exec.awaitText("ready");
            engine.crash();
            assertEquals("", exec.await().exits(22).stderr());
        }
    }

    @Test
    void aSignalIsForwardedAllTheSame(Sandbox box) {
        Engine engine = box.ownEngine();
        try (Running run = box.bundle().sh("trap 'exit 23' TERM; echo ready; while :; do sleep 0.05; done").command("run", "c").start()) {
            run.awaitText("ready");
            engine.crash();
            run.signal(15).await().exits(23);
        }
        box.assertNothingLeft();
    }

    @Test
    void aOneshotEngineThatDiesIsNoDifferent(Sandbox box) {
        Bundle bundle = blocking(box, box.bundle().args("true"), "createRuntime");
        try (Running create = bundle.command("create", "c").engine(dev.caisson.it.harness.EngineMode.ONESHOT).start()) {
            awaitMarker(box);
            long engine = ProcessHandle.of(create.pid()).orElseThrow().descendants()
                    .filter(process -> Files.text(dev.caisson.it.harness.Proc.of(process.pid()).resolve("cmdline")).contains("--connection"))
                    .findFirst().orElseThrow().pid();
            dev.caisson.it.harness.Linux.kill(engine, dev.caisson.it.harness.Linux.SIGKILL);
            oneLine(create.await());
        }
        box.assertNothingLeft();
    }

    @Test
    void aFrontThatDiesLeavesWhatDeleteRemoves(Sandbox box) {
        Files.folder(marker(box).getParent());
        Bundle bundle = box.bundle().args("true").hook("createRuntime", "echo > " + marker(box) + "; exec sleep 1");
        try (Running create = bundle.command("create", "c").start()) {
            awaitMarker(box);
            create.signal(dev.caisson.it.harness.Linux.SIGKILL).await();
            box.run("delete", "--force", "c").ok();
        }
        box.assertNothingLeft();
    }

    @ParameterizedTest
    @CsvSource({"create,createRuntime", "create,createContainer", "run,createRuntime", "run,startContainer"})
    void aHookEndsWithTheFrontThatIsKilled(String verb, String hook, Sandbox box) {
        Bundle bundle = box.bundle().args("true").bind(Files.folder(marker(box).getParent()), marker(box).getParent().toString());
        bundle.hook(hook, "echo > " + marker(box) + "; exec sleep 98765");
        try (Running command = bundle.command(verb, "c").start()) {
            awaitMarker(box);
            command.signal(dev.caisson.it.harness.Linux.SIGKILL).await();
            Await.until("the hook has ended", () -> ProcessHandle.current().descendants()
                    .noneMatch(process -> Files.text(dev.caisson.it.harness.Proc.of(process.pid()).resolve("cmdline")).contains("98765")));
            box.run("delete", "--force", "c").ok();
        }
        box.assertNothingLeft();
    }

    /** Whatever the moment: the command succeeds or says in one line why not, and what can be deleted by force leaves nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"create", "run", "exec", "delete"})
    void atAnyMoment(String verb, Sandbox box) {
        Random random = new Random(verb.hashCode());
        Engine engine = box.ownEngine();
        for (int i = 0; i < 8; i++) {
            engine.start();
            Bundle bundle = box.bundle().args("sleep", "0.02");
            boolean exists = verb.equals("exec") || verb.equals("delete");
            if (exists) {
                box.bundle().args("sleep", "1000").create("c");
            }
            try (Running command = (switch (verb) {
                case "exec" -> box.command("exec", "c", "true");
                case "delete" -> box.command("delete", "--force", "c");
                default -> bundle.command(verb, "c");
            }).start()) {
                Await.pause(random.nextInt(40));
                engine.crash();
                Result result = command.await();
                if (result.code() != 0) {
                    oneLine(result);
                    if (!exists) {
                        assertEquals("", box.run("list", "-q").ok(), "half-made");
                    }
                }
            }
            box.run("delete", "--force", "c").ok();
            box.assertNothingLeft();
        }
    }
}
