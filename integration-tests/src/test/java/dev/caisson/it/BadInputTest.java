package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can't be done is said in one line, on the standard error and in the log, with exit code 1; and nothing stays of the attempt. */
@RealContainers
class BadInputTest {

    /** Asserts all that holds for a refusal; {@code parts} are parts of its message. */
    private static void refused(Sandbox box, Command command, String... parts) {
        refusedBesides(box, command, parts);
        box.assertNothingLeft();
    }

    private static void refusedBesides(Sandbox box, Command command, String... parts) {
        Path log = box.dir().resolve("log.json");
        Result result = command.global("--log", log.toString(), "--log-format", "json").run().exits(1);
        List<JsonNode> errors = Files.text(log).lines().map(Json::read).filter(line -> line.get("level").asText().equals("error")).toList();
        String message = errors.getLast().get("msg").asText();
        for (String part : parts) {
            assertTrue(message.contains(part), () -> part + " is not in: " + message);
        }
        assertEquals("", result.stdout());
        assertTrue(result.complaint().contains(message.strip()), result::toString);
        if (Target.isCaisson()) {
            assertEquals(1, result.stderr().lines().count(), result::toString);
            assertEquals(1, errors.size());
            assertEquals(1, message.lines().count(), message);
        }
        log.toFile().delete();
    }

    // ---- the bundle ----

    @ParameterizedTest
    @ValueSource(strings = {"create", "run"})
    void aMissingBundle(String verb, Sandbox box) {
        String missing = box.dir().resolve("missing").toString();
        refused(box, box.command(verb, "--bundle", missing, "c"), missing, "no such file or directory");
    }

    @Test
    void aBundleWithoutAConfiguration(Sandbox box) {
        Path folder = Files.folder(box.dir().resolve("empty"));
        refused(box, box.command("create", "--bundle", folder.toString(), "c"), "JSON specification file config.json not found");
    }

    @Test
    void aTruncatedConfiguration(Sandbox box) {
        Bundle bundle = box.bundle();
        String whole = Files.text(bundle.folder().resolve("config.json"));
        refused(box, box.command("create", "--bundle", bundle.folder(whole.substring(0, whole.length() / 2)).toString(), "c"), "unexpected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "\"text\"", "{\"ociVersion\": 1}", "\u0000", "{\"process\": {\"args\": \"sh\"}}"})
    void whatIsNoConfigurationAtAll(String content, Sandbox box) {
        Bundle bundle = box.bundle();
        refused(box, box.command("create", "--bundle", bundle.folder(content).toString(), "c"));
    }

    @Test
    @OnlyCaisson("runc 1.1 crashes")
    void nullIsNoConfiguration(Sandbox box) {
        refused(box, box.command("create", "--bundle", box.bundle().folder("null").toString(), "c"), "config.json");
    }

    @ParameterizedTest
    @CsvSource({"/process/args,process.args", "/process/cwd,process.cwd", "/root/path,root.path", "/mounts,mounts", "/linux/namespaces,linux.namespaces",
            "/process/user/uid,process.user.uid", "/process/noNewPrivileges,process.noNewPrivileges"})
    void aFieldOfAWrongTypeIsNamed(String pointer, String name, Sandbox box) {
        Bundle bundle = box.bundle().set(pointer, Map.of("unexpected", 1));
        refused(box, bundle.command("create", "c"), name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.0.0", "0.1.0", "latest", ""})
    @OnlyCaisson("runc 1.1 doesn't look at the version")
    void aVersionThatIsNotKnown(String version, Sandbox box) {
        refused(box, box.bundle().set("/ociVersion", version).command("create", "c"), "ociVersion");
    }

    @Test
    void aMissingRoot(Sandbox box) {
        refused(box, box.bundle().set("/root/path", "nowhere").command("create", "c"), "nowhere", "no such file or directory");
    }

    @Test
    void aRootThatIsAFile(Sandbox box) {
        Bundle bundle = box.bundle();
        refused(box, bundle.set("/root/path", "config.json").command("create", "c"), "not a directory");
    }

    @Test
    void noRootAtAll(Sandbox box) {
        refused(box, box.bundle().without("/root").command("create", "c"), "root must be specified");
    }

    @Test
    void noProcessAtAll(Sandbox box) {
        refused(box, box.bundle().without("/process").command("create", "c"), "process");
    }

    // ---- the id ----

    @ParameterizedTest
    @ValueSource(strings = {"start", "state", "kill", "delete", "pause", "resume", "ps"})
    void anUnknownId(String verb, Sandbox box) {
        refused(box, box.command(verb, "nobody"), "container does not exist");
    }

    @Test
    void aTakenId(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            refusedBesides(box, box.bundle().command("create", "c"), "container with given ID already exists");
            refusedBesides(box, box.bundle().command("run", "c"), "container with given ID already exists");
            assertEquals("running", container.status());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../up", "a/b", ".", "..", "with space", "", "ü", "a\nb", "-dash;", "$(id)"})
    void anIllegalId(String id, Sandbox box) {
        // What begins with a dash would be an option.
        Command command = box.command("create", "--bundle", box.bundle().folder().toString(), "--", id);
        refused(box, command);
    }

    @Test
    void anIllegalIdIsCalledInvalid(Sandbox box) {
        refused(box, box.bundle().command("create", "a/b"), "invalid");
        refused(box, box.command("state", "../../etc"), "invalid");
    }

    // ---- the process ----

    @ParameterizedTest
    @ValueSource(strings = {"create", "run"})
    void noArguments(String verb, Sandbox box) {
        refused(box, box.bundle().args().command(verb, "c"), "args");
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "run"})
    void aProgramThatIsNotInThePath(String verb, Sandbox box) {
        refused(box, box.bundle().args("no-such-program").command(verb, "c"),
                "exec: \"no-such-program\": executable file not found in $PATH");
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "run"})
    void aProgramThatIsNotWhereItIsSaidToBe(String verb, Sandbox box) {
        refused(box, box.bundle().args("/no/such/program").command(verb, "c"), "exec: \"/no/such/program\"", "no such file or directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "run"})
    void aProgramThatCannotBeExecuted(String verb, Sandbox box) {
        refused(box, box.bundle().args("/etc/passwd").command(verb, "c"), "exec: \"/etc/passwd\": permission denied");
    }

    @Test
    void aProgramThatIsAFolder(Sandbox box) {
        refused(box, box.bundle().args("/etc").command("create", "c"), "exec: \"/etc\"");
    }

    @Test
    void aProgramForAnotherKindOfMachine(Sandbox box) {
        // That it can't be executed turns out when it is.
        Bundle bundle = box.bundle().program("foreign", "\177ELF, but of no kind");
        Result result = bundle.args("/foreign").run();
        assertTrue(result.code() != 0, result::toString);
        assertTrue(result.complaint().contains("exec format error"), result::toString);
    }

    @Test
    void aRelativeWorkingDirectory(Sandbox box) {
        refused(box, box.bundle().set("/process/cwd", "tmp").command("create", "c"), "absolute path");
    }

    @Test
    void aWorkingDirectoryThatIsAFile(Sandbox box) {
        refused(box, box.bundle().set("/process/cwd", "/etc/passwd").command("create", "c"), "not a directory");
    }

    @Test
    void aWorkingDirectoryThatLeadsOutOfTheRoot(Sandbox box) {
        Bundle bundle = box.bundle().set("/process/cwd", "/escape").args("ls", "..");
        Files.link(bundle.rootfs("escape"), "/proc/self/fd/7");
        Result result = bundle.command("run", "c").redirected("7</etc").run();
        assertTrue(result.code() != 0, result::toString);
        box.assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RLIMIT_NO_SUCH", "NOFILE"})
    void aLimitThatDoesNotExist(String type, Sandbox box) {
        refused(box, box.bundle().set("/process/rlimits", List.of(Map.of("type", type, "soft", 1, "hard", 1))).command("create", "c"), type);
    }

    // ---- mounts, hooks, namespaces ----

    @Test
    void aMountWithoutItsSource(Sandbox box) {
        refused(box, box.bundle().bind(box.dir().resolve("missing"), "/data").command("create", "c"),
                box.dir().resolve("missing").toString(), "no such file or directory");
    }

    @Test
    void aMountOfAnUnknownFileSystem(Sandbox box) {
        refused(box, box.bundle().mount("/data", "no-such-fs", "x").command("create", "c"), "no such device");
    }

    @Test
    void aFailingHook(Sandbox box) {
        refused(box, box.bundle().hook("createRuntime", "exit 3").command("create", "c"), "exit status 3");
        refused(box, box.bundle().hook("createContainer", "exit 3").command("run", "c"), "exit status 3");
    }

    @Test
    void aHangingHook(Sandbox box) {
        refused(box, box.bundle().hook("prestart", "exec sleep 1000", 1).command("create", "c"));
    }

    @Test
    void aNamespaceThatIsNotThere(Sandbox box) {
        refused(box, box.bundle().namespace("network", "/no/such/namespace").command("create", "c"), "no such file or directory");
    }

    @Test
    void aNamespaceThatIsNone(Sandbox box) {
        refused(box, box.bundle().namespace("network", "/etc/passwd").command("create", "c"));
    }

    @Test
    void aHostnameInTheHostsNamespace(Sandbox box) {
        refused(box, box.bundle().withoutNamespace("uts").command("create", "c"), "unable to set hostname without a private UTS namespace");
    }

    @Test
    void aSysctlThatIsNotTheContainers(Sandbox box) {
        refused(box, box.bundle().set("/linux/sysctl", Map.of("vm.swappiness", "10")).command("create", "c"), "vm.swappiness");
    }
}
