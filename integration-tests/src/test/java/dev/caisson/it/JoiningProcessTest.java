package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Attacker;
import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import org.junit.jupiter.api.Test;

/** A container that lies in wait for the runtime's processes that enter it (CVE-2016-9962, CVE-2019-5736, CVE-2022-29162). */
@RealContainers
class JoiningProcessTest {

    private static final int ROUNDS = 40;

    private static Bundle attacker(Sandbox box, String how, String... capabilities) {
        return Attacker.into(box, box.bundle()).args("/bin/attacker", "watch", how).capabilities(capabilities).set("/process/noNewPrivileges", false);
    }

    private static void awaitReady(Container attacker) {
        Await.until("the attack goes on", () -> attacker.output().contains("ready"));
    }

    /** Has processes enter until the attacker has met some. */
    private static void enter(Sandbox box, Container attacker, Runnable round) {
        for (int i = 0; i < ROUNDS || !attacker.output().contains("seen") && i < 20 * ROUNDS; i++) {
            round.run();
        }
        assertEquals("ready\nseen", attacker.output());
    }

    @Test
    void nothingIsWonFromAProcessThatIsExecuted(Sandbox box) {
        try (Container attacker = attacker(box, "read", "CAP_KILL", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETUID", "CAP_SETGID").up("attacker")) {
            awaitReady(attacker);
            enter(box, attacker, () -> attacker.exec("true").ok());
        }
    }

    @Test
    void nothingIsWonByAnotherUserEither(Sandbox box) {
        Bundle bundle = attacker(box, "read").user(1000, 1000);
        try (Container attacker = bundle.up("attacker")) {
            awaitReady(attacker);
            enter(box, attacker, () -> box.run("exec", "--user", "1000:1000", attacker.id(), "true").ok());
        }
    }

    @Test
    void nothingIsWonFromAContainerThatSharesThePidNamespace(Sandbox box) {
        try (Container attacker = attacker(box, "read", "CAP_KILL", "CAP_DAC_OVERRIDE", "CAP_FOWNER").up("attacker")) {
            awaitReady(attacker);
            String path = "/proc/" + attacker.pid() + "/ns/pid";
            Bundle bundle = box.bundle().namespace("pid", path).args("true");
            int[] round = {0};
            enter(box, attacker, () -> {
                if (round[0]++ % 2 == 0) {
                    bundle.run().ok();
                } else {
                    try (Container created = bundle.create("created")) {
                        Await.pause(5);
                        created.start();
                    }
                }
            });
        }
    }

    @Test
    void aProcessThatIsKilledOnItsWayInIsSaidToBe(Sandbox box) {
        try (Container attacker = attacker(box, "kill", "CAP_KILL").up("attacker")) {
            awaitReady(attacker);
            for (int i = 0; i < ROUNDS * 10 && !attacker.output().contains("KILLED"); i++) {
                Result result = attacker.exec("true");
                assertTrue(result.code() == 0 || result.stderr().lines().count() == 1, result::toString);
            }
            assertTrue(attacker.output().contains("KILLED"));
            assertEquals("running", attacker.status());
        }
        box.assertNothingLeft();
    }

    @Test
    void aProcessThatIsStoppedOnItsWayInHoldsUpItsCallerAlone(Sandbox box) {
        try (Container attacker = attacker(box, "stop", "CAP_KILL").up("attacker"); Container other = box.bundle().args("sleep", "1000").up("other")) {
            awaitReady(attacker);
            for (int i = 0; i < ROUNDS * 10; i++) {
                try (Running exec = box.command("exec", attacker.id(), "true").start()) {
                    boolean ended = Await.holds(1000, () -> !exec.isAlive());
                    other.exec("true").ok();
                    if (!ended) {
                        assertEquals("running", attacker.status());
                        attacker.kill("KILL");
                        exec.await();
                        break;
                    }
                }
            }
        }
        box.assertNothingLeft();
    }

    /** While it waits to be started, a container is confined already, and has nothing of the host open but what it waits at. */
    @Test
    void aContainerThatWaitsToBeStartedHasNoRightsBeyondItsOwn(Sandbox box) {
        try (Container container = box.bundle().capabilities("CAP_KILL").create("c")) {
            assertEquals("0000000000000020", Proc.status(container.pid(), "CapPrm"));
            assertEquals("0000000000000020", Proc.status(container.pid(), "CapBnd"));
            assertEquals("1", Proc.status(container.pid(), "NoNewPrivs"));
        }
    }
}
