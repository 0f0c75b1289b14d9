package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import dev.caisson.it.harness.Target;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many containers: at once, and one after the other. */
@RealContainers
class ManyTest {

    @Test
    void fiftyAtOnceDoNotMeet(Sandbox box) {
        List<Running> running = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Bundle bundle = box.bundle().sh("hostname; exit " + i).set("/hostname", "host" + i);
            running.add(bundle.command("run", "c" + i).start());
        }
        for (int i = 0; i < running.size(); i++) {
            assertEquals("host" + i + "\n", running.get(i).await().exits(i).stdout());
        }
        box.assertNothingLeft();
    }

    @Test
    void ofManyThatWantTheSameIdOneGetsIt(Sandbox box) {
        List<Running> running = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            running.add(box.bundle().args("true").command("create", "c").start());
        }
        assertEquals(1, running.stream().filter(command -> command.await().code() == 0).count());
        box.run("delete", "--force", "c").ok();
        box.assertNothingLeft();
    }

    /** A shell runs them one after the other, fifty at a time; a peer, which takes longer, gets fewer. */
    @Test
    @Tag("slow")
    void aThousandLivesLeaveNothing(Sandbox box) {
        String bundle = box.bundle().args("sleep", "1000").folder().toString();
        String fifty = """
                for i in $(seq 50); do
                  "$@" create --bundle %s c$i && "$@" start c$i && "$@" kill c$i KILL && "$@" delete --force c$i || exit 1
                done
                """.formatted(bundle);
        for (int lives = 0; lives < (Target.isCaisson() ? 1000 : 50); lives += 50) {
            box.command().by("/bin/sh", "-c", fifty, "sh").run().ok();
        }
        box.assertNothingLeft();
    }
}
