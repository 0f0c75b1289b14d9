package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Cgroups;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.Linux;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code events}. */
@RealContainers
class EventsTest {

    private static final String BUSY = "while :; do :; done";

    private static JsonNode stats(Container container) {
        return Json.read(container.verb("events", "--stats").ok());
    }

    @Test
    void whatAContainerUsesIsInTheLayoutThatCallersRead(Sandbox box) {
        Bundle bundle = box.bundle().sh("sleep 1000 & wait").set("/linux/resources/memory/limit", 64 << 20)
                .set("/linux/resources/pids/limit", 20);
        try (Container container = bundle.up("c")) {
            Await.until("both processes run", () -> stats(container).at("/data/pids/current").asInt() == 2);
            JsonNode line = stats(container);
            assertEquals("stats", line.get("type").asText());
            assertEquals("c", line.get("id").asText());
            JsonNode data = line.get("data");
            for (String part : List.of("cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt")) {
                assertTrue(data.get(part).isObject(), part);
            }
            assertTrue(data.get("network_interfaces").isNull());
            assertEquals(20, data.at("/pids/limit").asInt());
            assertTrue(data.at("/cpu/usage/total").asLong() > 0, line::toString);
            assertTrue(data.at("/cpu/usage/user").isNumber() && data.at("/cpu/usage/kernel").isNumber(), line::toString);
            assertTrue(data.at("/cpu/throttling").isObject());
            assertEquals(64 << 20, data.at("/memory/usage/limit").asLong());
            assertTrue(data.at("/memory/usage/usage").asLong() > 0, line::toString);
            assertEquals(0, data.at("/memory/usage/failcnt").asLong());
            for (String kind : List.of("usage", "swap", "kernel", "kernelTCP")) {
                assertTrue(data.at("/memory/" + kind + "/limit").isNumber(), kind);
            }
            assertTrue(data.at("/memory/raw").has(Cgroups.areV1() ? "rss" : "anon"), line::toString);
            assertTrue(data.at("/cpuset").has("sched_relax_domain_level"));
            if (Cgroups.areV1()) {
                assertTrue(data.at("/cpu/usage/percpu").size() >= Runtime.getRuntime().availableProcessors(), line::toString);
                assertEquals(0, data.at("/cpuset/cpus/0").asInt());
            }
        }
    }

    @Test
    void processorTimeThatIsThrottledIsCounted(Sandbox box) {
        Bundle bundle = box.bundle().sh(BUSY).set("/linux/resources/cpu/quota", 5000).set("/linux/resources/cpu/period", 20000);
        try (Container container = bundle.up("c")) {
            Await.until("it is throttled", () -> stats(container).at("/data/cpu/throttling/throttledPeriods").asLong() > 2);
            JsonNode cpu = stats(container).at("/data/cpu");
            assertTrue(cpu.at("/throttling/throttledTime").asLong() > 0, cpu::toString);
            assertTrue(cpu.at("/throttling/periods").asLong() >= cpu.at("/throttling/throttledPeriods").asLong(), cpu::toString);
        }
    }

    @Test
    void linesComeUntilTheContainerEnds(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            Running events = container.verbCommand("events", "--interval", "20ms").start();
            Await.until("three lines are there", () -> events.stdout().lines().count() >= 3);
            assertEquals("stats", Json.read(events.stdout().lines().findFirst().orElseThrow()).get("type").asText());
            container.kill("KILL");
            container.awaitStatus("stopped");
            container.delete();
            events.await().exits(0);
        }
    }

    @Test
    void lackOfMemoryIsToldWhenItHappens(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000").set("/linux/resources/memory/limit", 24 << 20)
                .set("/linux/resources/memory/swap", 24 << 20);
        try (Container container = bundle.up("c")) {
            Running events = container.verbCommand("events", "--interval", "20ms").start();
            Await.until("it watches", () -> !events.stdout().isEmpty());
            container.exec("tail", "-c", "200m", "/dev/zero").exits(137);
            events.awaitText("\"type\":\"oom\"");
            assertTrue(events.stdout().contains("{\"type\":\"oom\",\"id\":\"c\"}\n"), events::stdout);
            assertEquals("running", container.status());
            container.kill("KILL");
            container.awaitStatus("stopped");
            container.delete();
            events.await().exits(0);
        }
    }

    @Test
    @OnlyCaisson("runc may not look once more")
    void lackOfMemoryThatEndsTheContainerIsToldToo(Sandbox box) {
        Bundle bundle = box.bundle().sh("while [ ! -e /tmp/go ]; do sleep 0.02; done; exec tail -c 200m /dev/zero").writable()
                .set("/linux/resources/memory/limit", 24 << 20).set("/linux/resources/memory/swap", 24 << 20);
        try (Container container = bundle.up("c")) {
            Running events = container.verbCommand("events", "--interval", "20ms").start();
            Await.until("it watches", () -> !events.stdout().isEmpty());
            container.sh("touch /tmp/go");
            assertTrue(events.await().exits(0).stdout().contains("\"type\":\"oom\""), events::stdout);
        }
    }

    @Test
    void aWatchThatIsBrokenOffLeavesNothing(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            Running events = container.verbCommand("events", "--interval", "20ms").start();
            Await.until("it watches", () -> !events.stdout().isEmpty());
            events.signal(Linux.SIGTERM);
            events.await();
        }
        box.assertNothingLeft();
    }

    @Test
    void aStoppedContainerHasNone(Sandbox box) {
        try (Container container = box.bundle().args("true").up("c")) {
            container.awaitStatus("stopped");
            Result refused = container.verb("events", "--stats").exits(1);
            assertTrue(refused.stderr().contains("container with id c is not running"), refused::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "-1s", "abc", "5", "5y", "1.2.3s"})
    void intervalsThatAreNone(String interval, Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            Result refused = container.verb("events", "--interval=" + interval).exits(1);
            assertTrue((refused.stdout() + refused.stderr()).contains("interval"), refused::toString);
        }
    }
}
