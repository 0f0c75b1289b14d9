package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Command;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import dev.caisson.it.harness.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is common to all verbs, and those verbs that need no container. */
@RealContainers
class CommandLineTest {

    @Test
    void theVersionIsInTheFormThatClientsRead(Sandbox box) {
        List<String> lines = box.run("--version").lines();
        assertTrue(lines.getFirst().matches("\\w+ version \\S+"), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("commit: ")), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("spec: ")), lines::toString);
        assertEquals(Target.version(), box.run("--version").stdout());
    }

    @Test
    void optionsMayHaveOneDashAndAnEqualsSign(Sandbox box) {
        Bundle bundle = box.bundle().args("echo", "hello");
        assertEquals("hello", box.command("run", "-no-subreaper", "-bundle=" + bundle.folder(), "c").global("-log-format=json").run().ok());
        assertEquals("hello", box.command("run", "--bundle=" + bundle.folder(), "c").global("-debug=false").run().ok());
    }

    @Test
    @OnlyCaisson("an option of crun's")
    void theConfigurationMayBeAnotherFileOfTheBundle(Sandbox box) throws IOException {
        Bundle bundle = box.bundle().args("echo", "hello");
        Path other = java.nio.file.Files.createDirectory(bundle.folder().resolve("configs")).resolve("other.json");
        java.nio.file.Files.move(bundle.folder().resolve("config.json"), other);
        String folder = other.resolve("../..").normalize().toString();
        assertEquals("hello", box.run("run", "--bundle", folder, "--config", "configs/other.json", "c").ok());
        assertEquals("hello", box.run("run", "--bundle", folder, "-f", other.toString(), "c").ok());
        assertTrue(box.run("run", "--bundle", folder, "c").exits(1).stderr().contains("config.json not found"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--rootless=false", "--criu=/bin/criu", "--rootless=auto"})
    void optionsThatMakeNoDifferenceHereAreAccepted(String option, Sandbox box) {
        assertEquals("", box.command("list", "-q").global(option).run().ok());
    }

    @Test
    void anUnknownOptionIsRefused(Sandbox box) {
        Result refused = box.run("list", "--no-such-option");
        assertFalse(refused.code() == 0, refused::toString);
        assertTrue((refused.stderr() + refused.stdout()).contains("no-such-option"), refused::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "start", "state", "kill", "delete", "run", "exec", "pause", "resume", "ps"})
    void aMissingIdIsRefused(String verb, Sandbox box) {
        Result refused = box.run(verb);
        assertFalse(refused.code() == 0, refused::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"start", "state", "delete", "pause", "resume"})
    void moreThanOneIdIsRefused(String verb, Sandbox box) {
        assertFalse(box.run(verb, "a", "b").code() == 0);
    }

    @Test
    void helpIsThere(Sandbox box) {
        assertTrue(box.run("--help").ok().contains("create"));
        assertTrue(box.run("create", "--help").ok().contains("--bundle"));
    }

    @Test
    void clientsLeaveMostOfTheEnvironmentEmpty(Sandbox box) {
        Bundle bundle = box.bundle().args("echo", "hello");
        assertEquals("hello", bundle.command("run", "c").by("/usr/bin/env", "-u", "PATH", "XDG_RUNTIME_DIR=").run().ok());
    }

    // ---- the log ----

    private static Command failing(Sandbox box, Path log, String... options) {
        return box.command("state", "nobody").global("--log", log.toString()).global(options);
    }

    @Test
    void anErrorIsALineOfJsonInTheLog(Sandbox box) {
        Path log = box.dir().resolve("log.json");
        failing(box, log, "--log-format", "json").run().exits(1);
        List<String> lines = Files.text(log).lines().toList();
        JsonNode error = Json.read(lines.getLast());
        assertEquals("error", error.get("level").asText());
        assertTrue(error.get("msg").asText().contains("container does not exist"), error::toString);
        OffsetDateTime.parse(error.get("time").asText());
        assertEquals(3, error.size());
    }

    @Test
    void theLogIsAddedTo(Sandbox box) {
        Path log = box.dir().resolve("log.json");
        failing(box, log, "--log-format=json").run().exits(1);
        failing(box, log, "--log-format=json").run().exits(1);
        assertEquals(2, Files.text(log).lines().filter(line -> line.contains("\"error\"")).count());
    }

    @Test
    void anErrorIsALineOfTextInTheLog(Sandbox box) {
        Path log = box.dir().resolve("log.txt");
        failing(box, log).run().exits(1);
        assertTrue(Files.text(log).strip().matches("time=\"[^\"]+\" level=error msg=\"?.*container does not exist.*"), Files.text(log));
    }

    @Test
    void theErrorIsOnTheStandardErrorToo(Sandbox box) {
        Path log = box.dir().resolve("log.json");
        Result failed = failing(box, log, "--log-format=json").run();
        assertTrue(failed.stderr().contains("container does not exist"), failed::toString);
        assertEquals("", failed.stdout());
    }

    @Test
    void withoutALogTheErrorGoesToTheStandardErrorAlone(Sandbox box) {
        Result failed = box.run("state", "nobody").exits(1);
        assertTrue(failed.stderr().contains("container does not exist"), failed::toString);
        assertEquals(1, failed.stderr().lines().count(), failed::toString);
    }

    @Test
    void debugSaysHowFarACommandIs(Sandbox box) {
        Bundle bundle = box.bundle().args("true");
        assertEquals("", bundle.run().stderr());
        assertTrue(bundle.command("run", "c").global("--debug").run().stderr().contains("level=debug msg=\"child process in init()\""));
        Path log = box.dir().resolve("log.json");
        Result quiet = bundle.command("run", "c").global("--debug", "--log", log.toString(), "--log-format", "json").run();
        assertEquals("", quiet.stderr());
        assertTrue(Files.text(log).contains("{\"level\":\"debug\",\"msg\":\"child process in init()\""), Files.text(log));
    }

    @Test
    void successLeavesNoError(Sandbox box) {
        Path log = box.dir().resolve("log.json");
        box.bundle().args("true").command("run", "c").global("--debug", "--log", log.toString(), "--log-format", "json").run().ok();
        assertFalse(Files.text(log).contains("\"level\":\"error\""), Files.text(log));
    }

    // ---- features ----

    @Test
    void featuresSaysWhatIsSupported(Sandbox box) {
        JsonNode features = Json.read(box.run("features").ok());
        assertTrue(features.get("ociVersionMin").asText().startsWith("1.0"));
        assertTrue(features.get("ociVersionMax").asText().startsWith("1."));
        List<String> hooks = texts(features.get("hooks"));
        assertTrue(hooks.containsAll(List.of("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")));
        assertTrue(texts(features.get("mountOptions")).containsAll(List.of("ro", "rro", "rbind", "nosuid", "rslave")));
        assertTrue(texts(features.at("/linux/namespaces")).containsAll(List.of("pid", "network", "mount", "ipc", "uts", "cgroup")));
        assertTrue(texts(features.at("/linux/capabilities")).contains("CAP_SYS_ADMIN"));
        assertTrue(features.at("/linux/cgroup/v1").asBoolean());
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than these fields")
    void featuresSaysWhichOfTheLatestFieldsAreSupported(Sandbox box) {
        JsonNode linux = Json.read(box.run("features").ok()).get("linux");
        assertTrue(texts(linux.get("namespaces")).contains("time"));
        for (String field : List.of("apparmor", "selinux", "netDevices", "intelRdt")) {
            assertTrue(linux.at("/" + field + "/enabled").asBoolean(), field);
        }
        assertTrue(linux.at("/intelRdt/schemata").asBoolean() && linux.at("/intelRdt/monitoring").asBoolean());
        assertEquals(List.of("MPOL_BIND", "MPOL_DEFAULT", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED", "MPOL_PREFERRED_MANY",
                "MPOL_WEIGHTED_INTERLEAVE"), texts(linux.at("/memoryPolicy/modes")).stream().sorted().toList());
        assertEquals(List.of("MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"),
                texts(linux.at("/memoryPolicy/flags")).stream().sorted().toList());
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than these fields")
    void featuresSaysThatOwnersAreMapped(Sandbox box) {
        JsonNode features = Json.read(box.run("features").ok());
        assertTrue(texts(features.at("/linux/namespaces")).contains("user"), features::toString);
        assertTrue(features.at("/linux/mountExtensions/idmap/enabled").asBoolean(false), features::toString);
        assertTrue(texts(features.get("mountOptions")).containsAll(List.of("idmap", "ridmap")), features::toString);
    }

    private static List<String> texts(JsonNode list) {
        return java.util.stream.StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
    }

    // ---- spec ----

    @Test
    void specWritesAConfigurationThatRuns(Sandbox box) {
        Bundle bundle = box.bundle();
        Path folder = bundle.folder();
        folder.resolve("config.json").toFile().delete();
        box.run("spec", "--bundle", folder.toString()).ok();
        JsonNode config = Json.read(Files.text(folder.resolve("config.json")));
        assertEquals("sh", config.at("/process/args/0").asText());
        assertTrue(config.at("/process/terminal").asBoolean());
        bundle.config((com.fasterxml.jackson.databind.node.ObjectNode) config).set("/process/terminal", false);
        assertEquals("hello", bundle.sh("echo hello").run().ok());
    }

    @Test
    void specWritesIntoTheWorkingDirectory(Sandbox box) {
        box.command("spec").run().ok();
        assertTrue(java.nio.file.Files.isRegularFile(box.dir().resolve("config.json")));
    }

    @Test
    void specOverwritesNothing(Sandbox box) {
        Path folder = box.bundle().args("mine").folder();
        assertTrue(box.run("spec", "--bundle", folder.toString()).exits(1).stderr().contains("exists"));
        assertTrue(Files.text(folder.resolve("config.json")).contains("mine"));
    }

    @Test
    void specForTheRootlessHasAUserNamespace(Sandbox box) {
        box.run("spec", "--rootless").ok();
        String config = Files.text(box.dir().resolve("config.json"));
        assertTrue(config.contains("\"user\""), config);
    }

    @Test
    void aContainersStateIsReadableByHand(Sandbox box) {
        try (Container container = box.bundle().args("true").create("c")) {
            assertTrue(container.verb("state").lines().size() > 5, "state is printed over several lines");
        }
    }
}
