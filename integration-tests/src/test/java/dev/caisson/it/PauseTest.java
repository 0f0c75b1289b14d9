package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import org.junit.jupiter.api.Test;

/** {@code pause} and {@code resume}. */
@RealContainers
class PauseTest {

    private static final String TICKING = "i=0; while :; do i=$((i + 1)); echo $i; sleep 0.02; done";

    @Test
    void aPausedContainerStandsStillUntilItIsResumed(Sandbox box) {
        try (Container container = box.bundle().sh(TICKING).up("c")) {
            Await.until("it runs", () -> !container.output().isEmpty());
            container.verb("pause").ok();
            assertEquals("paused", container.status());
            String then = container.output();
            assertFalse(Await.holds(200, () -> !container.output().equals(then)), "it goes on");
            container.verb("resume").ok();
            assertEquals("running", container.status());
            Await.until("it goes on", () -> !container.output().equals(then));
        }
    }

    @Test
    void aPausedContainerIsDeletedByForce(Sandbox box) {
        try (Container container = box.bundle().sh(TICKING).up("c")) {
            container.verb("pause").ok();
            container.verb("delete", "--force").ok();
            box.assertNothingLeft();
        }
    }

    @Test
    void aPausedContainerIsNotDeletedWithoutForce(Sandbox box) {
        try (Container container = box.bundle().sh(TICKING).up("c")) {
            container.verb("pause").ok();
            Result refused = container.verb("delete").exits(1);
            assertTrue(refused.stderr().contains("that is not stopped: paused"), refused::toString);
        }
    }

    @Test
    void whatIsNotPausedIsNotResumed(Sandbox box) {
        try (Container container = box.bundle().sh(TICKING).up("c")) {
            Result refused = container.verb("resume").exits(1);
            assertTrue(refused.stderr().contains("container not paused"), refused::toString);
        }
    }

    @Test
    void whatDoesNotRunIsNotPaused(Sandbox box) {
        try (Container container = box.bundle().args("true").up("c")) {
            container.awaitStatus("stopped");
            Result refused = container.verb("pause").exits(1);
            assertTrue(refused.stderr().contains("container not running"), refused::toString);
        }
    }
}
