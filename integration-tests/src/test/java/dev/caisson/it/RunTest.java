package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Linux;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code run}, in the foreground and detached. */
@RealContainers
class RunTest {

    private static final String WAIT = "echo ready; while :; do sleep 0.05; done";

    @Test
    void passesBothOutputsThrough(Sandbox box) {
        Result result = box.bundle().sh("echo out; echo err >&2").run();
        assertEquals("out\n", result.exits(0).stdout());
        assertEquals("err\n", result.stderr());
    }

    @Test
    void passesTheInputThroughToItsEnd(Sandbox box) {
        assertEquals("one\ntwo", box.bundle().args("cat").command("run", "c").stdin("one\ntwo\n").run().ok());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 126, 255})
    void exitsWithTheProcesssCode(int code, Sandbox box) {
        box.bundle().sh("exit " + code).run().exits(code);
    }

    @Test
    void exitsWith128AndTheSignalThatEndedTheProcess(Sandbox box) {
        try (Running run = box.bundle().sh(WAIT).command("run", "c").start().awaitText("ready")) {
            box.run("kill", "c", "KILL").ok();
            run.await().exits(128 + Linux.SIGKILL);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Linux.SIGHUP, Linux.SIGINT, Linux.SIGUSR1, Linux.SIGTERM})
    void forwardsSignals(int signal, Sandbox box) {
        Bundle bundle = box.bundle().sh("trap 'exit 42' " + signal + "; " + WAIT);
        try (Running run = bundle.command("run", "c").start().awaitText("ready")) {
            run.signal(signal).await().exits(42);
        }
    }

    @Test
    void leavesNothingOfAContainerThatHasEnded(Sandbox box) {
        box.bundle().args("true").run().ok();
        box.assertNothingLeft();
    }

    @Test
    void keepsAnEndedContainerWhenAskedTo(Sandbox box) {
        try (Container container = box.bundle().args("true").opened(box.bundle().args("true").command("run", "c", "--keep"), "c")) {
            assertEquals("stopped", container.status());
        }
    }

    @Test
    void returnsAtOnceWhenDetached(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000");
        try (Container container = bundle.opened(bundle.command("run", "c", "--detach"), "c")) {
            assertEquals("running", container.status());
        }
    }

    @Test
    void aDetachedProcesssEndIsSeenInItsState(Sandbox box) {
        Bundle bundle = box.bundle().args("true");
        try (Container container = bundle.opened(bundle.command("run", "c", "-d"), "c")) {
            container.awaitStatus("stopped");
        }
    }

    @Test
    void theNextRunMayTakeTheIdAgain(Sandbox box) {
        Bundle bundle = box.bundle().args("echo", "hello");
        assertEquals("hello", bundle.run().ok());
        assertEquals("hello", bundle.run().ok());
    }

    @Test
    void aContainerCanBeDeletedWhileItsRunWaits(Sandbox box) {
        try (Running run = box.bundle().sh(WAIT).command("run", "c").start().awaitText("ready")) {
            box.run("delete", "--force", "c").ok();
            Result result = run.await();
            assertEquals(137, result.code(), result::toString);
        }
    }

    @Test
    void theBundleIsTheWorkingDirectoryUnlessNamed(Sandbox box) {
        assertEquals("hello", box.command("run", "c").cwd(box.bundle().args("echo", "hello").folder()).run().ok());
    }

    @Test
    void childrenThatOutliveTheFirstProcessEndWithIt(Sandbox box) {
        Result result = box.bundle().sh("sleep 1000 & echo done").run();
        assertEquals("done", result.ok());
        assertFalse(result.stderr().contains("error"));
        assertTrue(result.stderr().isEmpty(), result::toString);
    }
}
