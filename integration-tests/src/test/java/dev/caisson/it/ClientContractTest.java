package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import dev.caisson.it.harness.Target;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What real clients hand to a runtime, run for real. Only what belongs to the machine it was recorded on is replaced: the root file
 * system, the sources of bind mounts, paths of namespaces, hooks.
 */
@RealContainers
class ClientContractTest {

    private static JsonNode recorded(String name) {
        Path file = Target.above("shared/contract/" + name).orElse(null);
        Assumptions.assumeTrue(file != null, "there are no recordings of clients here");
        return Json.read(Files.text(file));
    }

    private static Bundle bundle(Sandbox box, String client) {
        ObjectNode config = (ObjectNode) recorded(client + ".config.json");
        config.remove("hooks");
        ObjectNode linux = (ObjectNode) config.get("linux");
        for (JsonNode namespace : linux.get("namespaces")) {
            ((ObjectNode) namespace).remove("path");
        }
        for (JsonNode mount : config.get("mounts")) {
            if (mount.path("type").asText().equals("bind")) {
                ((ObjectNode) mount).put("source", source(box, mount.get("destination").asText()).toString());
            }
        }
        return box.bundle().config(config);
    }

    /** Something of the kind that such a client binds there. */
    private static Path source(Sandbox box, String destination) {
        Path source = box.dir().resolve("sources" + destination);
        boolean file = destination.startsWith("/etc/") || destination.endsWith("docker-init") || destination.endsWith(".containerenv")
                || destination.endsWith("termination-log");
        return file ? Files.write(source, "bound\n") : Files.folder(source);
    }

    @ParameterizedTest
    @ValueSource(strings = {"podman-run", "ctr-run", "docker-run", "cri-sandbox", "cri-container"})
    void aContainerOfAClientLivesItsWholeLife(String client, Sandbox box) {
        Bundle bundle = bundle(box, client);
        JsonNode config = bundle.config();
        // The program is of the client's image, which isn't there.
        bundle.args("sh", "-c", "echo runs; exec sleep 1000");
        try (Container container = bundle.up("c")) {
            dev.caisson.it.harness.Await.until("it runs", () -> container.output().equals("runs"));
            assertEquals("running", container.status());
            if (config.hasNonNull("hostname")) {
                assertEquals(config.get("hostname").asText(), container.sh("hostname"));
            }
            for (JsonNode mount : config.get("mounts")) {
                String destination = mount.get("destination").asText();
                assertFalse(container.sh("grep -c ' " + destination + " ' /proc/self/mountinfo").equals("0"), destination);
            }
            container.verb("pause").ok();
            container.verb("resume").ok();
            container.kill("KILL");
            container.awaitStatus("stopped");
            container.delete();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"buildkit-run"})
    void aContainerOfAClientRunsInTheForeground(String client, Sandbox box) {
        Bundle bundle = bundle(box, client);
        Result result = bundle.run();
        assertEquals("1000", result.ok());
    }

    @ParameterizedTest
    @CsvSource({"podman-run,podman-exec", "ctr-run,ctr-exec", "docker-run,docker-exec"})
    void aProcessOfAClientIsExecuted(String client, String exec, Sandbox box) {
        Bundle bundle = bundle(box, client).args("sleep", "1000");
        ObjectNode process = (ObjectNode) recorded(exec + ".process.json");
        process.set("args", Json.of(List.of("sh", "-c", "echo executed; exit 4")));
        process.put("terminal", false);
        Path file = box.file("process.json", process.toPrettyString());
        try (Container container = bundle.up("c")) {
            assertEquals("executed\n", box.run("exec", "--process", file.toString(), container.id()).exits(4).stdout());
        }
    }
}
