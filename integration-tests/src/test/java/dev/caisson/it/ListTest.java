package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** {@code list} and {@code ps}. */
@RealContainers
class ListTest {

    @Test
    void theTableHasAColumnForEachFieldThatPeopleLookFor(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            List<String> lines = box.run("list").lines();
            assertEquals(2, lines.size());
            assertTrue(lines.getFirst().matches("ID +PID +STATUS +BUNDLE +CREATED +OWNER"), lines::toString);
            assertTrue(lines.getLast().matches("c +" + container.pid() + " +running +" + bundle.folder() + " +\\S+Z +root"), lines::toString);
            assertEquals(lines.getFirst().indexOf("STATUS"), lines.getLast().indexOf("running"));
        }
    }

    @Test
    void jsonHasTheSameAndMore(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000").set("/annotations", java.util.Map.of("a", "b"));
        try (Container container = bundle.up("c")) {
            JsonNode list = Json.read(box.run("list", "--format=json").ok());
            assertEquals(1, list.size());
            JsonNode entry = list.get(0);
            assertEquals("c", entry.get("id").asText());
            assertEquals(container.pid(), entry.get("pid").asLong());
            assertEquals("running", entry.get("status").asText());
            assertEquals(bundle.folder().toString(), entry.get("bundle").asText());
            assertEquals(bundle.rootfs().toString(), entry.get("rootfs").asText());
            assertEquals("b", entry.at("/annotations/a").asText());
            assertEquals("root", entry.get("owner").asText());
            assertTrue(entry.hasNonNull("ociVersion") && entry.hasNonNull("created"));
        }
    }

    @Test
    void quietlyItGivesTheIdsAlone(Sandbox box) {
        try (Container a = box.bundle().args("true").create("a"); Container b = box.bundle().args("true").create("b")) {
            assertEquals(List.of(a.id(), b.id()), box.run("list", "--quiet").lines().stream().sorted().toList());
        }
    }

    @Test
    void withoutContainersItIsEmpty(Sandbox box) {
        assertTrue(box.run("list").ok().matches("ID +PID +STATUS +BUNDLE +CREATED +OWNER"));
        assertEquals("null", box.run("list", "--format", "json").ok());
        assertEquals("", box.run("list", "-q").ok());
    }

    @Test
    void stoppedContainersHaveThePidZero(Sandbox box) {
        try (Container container = box.bundle().args("true").up("c")) {
            container.awaitStatus("stopped");
            assertTrue(box.run("list").lines().getLast().matches("c +0 +stopped .*"));
        }
    }

    @Test
    void anUnknownFormatIsRefused(Sandbox box) {
        assertTrue(box.run("list", "--format", "xml").exits(1).stderr().contains("invalid format option"));
    }

    // ---- ps ----

    @Test
    void psShowsTheContainersProcesses(Sandbox box) {
        try (Container container = box.bundle().sh("sleep 1234 & sleep 1235; true").up("c")) {
            dev.caisson.it.harness.Await.until("all run", () -> box.run("ps", "c").lines().size() == 4);
            List<String> lines = box.run("ps", "c").lines();
            assertTrue(lines.getFirst().matches("UID +PID +PPID .*CMD"), lines::toString);
            assertTrue(lines.stream().anyMatch(line -> line.endsWith("sleep 1234")), lines::toString);
            assertTrue(lines.stream().anyMatch(line -> line.contains(" " + container.pid() + " ")), lines::toString);
        }
    }

    @Test
    void psTakesTheOptionsOfTheHostsOwn(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            List<String> lines = box.run("ps", "c", "-e", "-o", "pid,comm").lines();
            assertEquals(2, lines.size(), lines::toString);
            assertTrue(lines.getLast().strip().matches(container.pid() + " sleep"), lines::toString);
        }
    }

    @Test
    void psGivesThePidsAsJson(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            Result result = box.run("ps", "--format", "json", "c");
            List<Long> pids = StreamSupport.stream(Json.read(result.ok()).spliterator(), false).map(JsonNode::asLong).toList();
            assertEquals(List.of(container.pid()), pids);
        }
    }
}
