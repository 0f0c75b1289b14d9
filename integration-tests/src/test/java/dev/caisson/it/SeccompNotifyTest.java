package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import dev.caisson.it.harness.SeccompAgent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SCMP_ACT_NOTIFY: somebody outside is asked about calls, and what he says is what the container sees. */
@RealContainers
class SeccompNotifyTest {

    private static final int ENOSPC = 28;
    private static final String[] MKDIR = {"mkdir", "mkdirat"};

    private static Map<String, Object> ask(Path listener, String... calls) {
        return Map.of("defaultAction", "SCMP_ACT_ALLOW", "listenerPath", listener.toString(), "listenerMetadata", "opaque \"text\" é",
                "syscalls", List.of(Map.of("names", List.of(calls), "action", "SCMP_ACT_NOTIFY")));
    }

    private static Bundle asking(Sandbox box, boolean noNewPrivileges, Path listener, String... calls) {
        return box.bundle().set("/linux/seccomp", ask(listener, calls)).set("/process/noNewPrivileges", noNewPrivileges);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theAnswerIsWhatTheContainerSees(boolean noNewPrivileges, Sandbox box) throws IOException {
        try (SeccompAgent agent = box.failingAgent(ENOSPC)) {
            Result result = asking(box, noNewPrivileges, agent.path(), MKDIR).sh("mkdir /dev/shm/x; ls /dev/shm; touch /dev/shm/y").run();
            assertEquals("", result.ok());
            assertTrue(result.stderr().contains("No space left"), result::toString);
            assertEquals(1, agent.calls());
        }
    }

    @Test
    void aCallMaySeemToSucceed(Sandbox box) throws IOException {
        try (SeccompAgent agent = box.failingAgent(0)) {
            assertEquals("done", asking(box, true, agent.path(), MKDIR).sh("mkdir /dev/shm/x && ls /dev/shm && echo done").run().ok());
        }
    }

    @Test
    void aCallMayGoOn(Sandbox box) throws IOException {
        try (SeccompAgent agent = box.lettingAgent()) {
            assertEquals("x", asking(box, true, agent.path(), MKDIR).sh("mkdir /dev/shm/x && ls /dev/shm").run().ok());
            assertEquals(1, agent.calls());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theAgentIsToldOfTheProcess(boolean noNewPrivileges, Sandbox box) throws IOException {
        try (SeccompAgent agent = box.failingAgent(ENOSPC)) {
            Bundle bundle = asking(box, noNewPrivileges, agent.path(), MKDIR).set("/annotations", Map.of("a", "b")).args("sleep", "1000");
            try (Container container = bundle.create("c")) {
                JsonNode told = agent.awaitIntroductions(1).introductions().getFirst();
                assertEquals("seccompFd", told.at("/fds/0").asText());
                assertEquals(1, told.get("fds").size());
                assertEquals(container.pid(), told.get("pid").asLong());
                assertEquals("opaque \"text\" é", told.get("metadata").asText());
                JsonNode state = told.get("state");
                assertEquals("c", state.get("id").asText());
                assertEquals("creating", state.get("status").asText());
                assertEquals(container.pid(), state.get("pid").asLong());
                assertEquals(bundle.folder().toString(), state.get("bundle").asText());
                assertEquals("b", state.at("/annotations/a").asText());
                assertTrue(told.has("ociVersion") && state.has("ociVersion"));
                assertEquals("created", container.status());
                container.start();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anExecutedProcessHasAListenerOfItsOwn(boolean noNewPrivileges, Sandbox box) throws IOException {
        try (SeccompAgent agent = box.failingAgent(ENOSPC);
                Container container = asking(box, noNewPrivileges, agent.path(), MKDIR).args("sleep", "1000").up("c")) {
            Result result = container.exec("sh", "-c", "mkdir /dev/shm/x; sleep 0.1");
            assertTrue(result.stderr().contains("No space left"), result::toString);
            JsonNode told = agent.awaitIntroductions(2).introductions().get(1);
            assertEquals("running", told.at("/state/status").asText());
            assertEquals(container.pid(), told.at("/state/pid").asLong());
            assertTrue(told.get("pid").asLong() > 1 && told.get("pid").asLong() != container.pid(), told::toString);
        }
    }

    @Test
    void aDetachedExecHasOneToo(Sandbox box) throws IOException {
        try (SeccompAgent agent = box.lettingAgent();
                Container container = asking(box, true, agent.path(), MKDIR).args("sleep", "1000").up("c")) {
            Path pidFile = box.dir().resolve("pid");
            box.run("exec", "--detach", "--pid-file", pidFile.toString(), container.id(), "sleep", "1000").ok();
            JsonNode told = agent.awaitIntroductions(2).introductions().get(1);
            assertEquals(Files.text(pidFile), told.get("pid").asText());
        }
    }

    /** All calls that come between the loading of the filter and the program's first, but for write(2). */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void itsOwnCallsMayBeAskedAbout(boolean noNewPrivileges, Sandbox box) throws IOException {
        String[] calls = {"sendmsg", "recvmsg", "read", "close", "execve", "openat", "open", "fcntl", "capset", "prctl", "mmap", "brk",
            "rt_sigaction", "rt_sigprocmask", "clone3", "wait4", "ppoll", "pipe2", "exit_group"};
        try (SeccompAgent agent = box.lettingAgent()) {
            Bundle bundle = asking(box, noNewPrivileges, agent.path(), calls).sh("echo here")
                    .hook("startContainer", "echo hook");
            Result result = bundle.run();
            assertEquals("here", result.ok());
            assertTrue(result.stderr().contains("hook"), result::toString);
            Bundle stays = asking(box, noNewPrivileges, agent.path(), calls).args("sleep", "1000");
            try (Container container = stays.up("c2")) {
                assertEquals("there", container.sh("echo there"));
            }
            assertTrue(agent.calls() > 20);
        }
    }

    @Test
    void aHookInTheContainerSeesNoListener(Sandbox box) throws IOException {
        try (SeccompAgent agent = box.lettingAgent()) {
            Bundle bundle = asking(box, false, agent.path(), MKDIR).args("true")
                    .hook("startContainer", "for fd in /proc/self/fd/*; do readlink $fd; done | grep -i seccomp; true");
            assertEquals("", bundle.run().ok());
        }
    }

    @Test
    void whereTheAgentHasGoneCallsFail(Sandbox box) throws IOException {
        try (SeccompAgent agent = box.lettingAgent()) {
            Bundle bundle = asking(box, true, agent.path(), MKDIR).sh("until test -e /go; do sleep 0.05; done; mkdir /dev/shm/x");
            try (Container container = bundle.up("c")) {
                agent.awaitIntroductions(1).leave();
                Files.write(bundle.rootfs("go"), "");
                container.awaitStatus("stopped");
                assertTrue(container.created().stderr().contains("Function not implemented"), container.created()::toString);
            }
        }
    }

    @Test
    void theFlagsThatGoWithItAreTaken(Sandbox box) throws IOException {
        try (SeccompAgent agent = box.failingAgent(ENOSPC)) {
            for (List<String> flags : List.of(List.<String>of(), List.of("SECCOMP_FILTER_FLAG_TSYNC"),
                    List.of("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"), List.of("SECCOMP_FILTER_FLAG_TSYNC",
                    "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"))) {
                Bundle bundle = asking(box, true, agent.path(), MKDIR).set("/linux/seccomp/flags", flags).sh("mkdir /dev/shm/x 2>&1; true");
                assertTrue(bundle.run().ok().contains("No space left"), flags::toString);
            }
        }
    }

    @Test
    void aPathThatNobodyUsesIsIgnored(Sandbox box) {
        ObjectNode profile = box.bundle().config().objectNode();
        profile.put("defaultAction", "SCMP_ACT_ALLOW").put("listenerPath", "/no/such/socket").put("listenerMetadata", "x");
        box.bundle().set("/linux/seccomp", profile).args("true").run().ok();
    }

    // ---- what can go wrong ----

    @ParameterizedTest
    @ValueSource(strings = {"create", "run"})
    void anAgentThatIsNotThereFailsTheContainer(String verb, Sandbox box) {
        Result result = asking(box, true, box.dir().resolve("nobody"), MKDIR).args("true").command(verb, "c").run();
        assertTrue(result.exits(1).stderr().contains("seccomp agent"), result::toString);
        assertTrue(result.stderr().contains("no such file or directory"), result::toString);
        box.assertNothingLeft();
    }

    @Test
    void anAgentThatNobodyIsBehindFailsTheContainer(Sandbox box) throws IOException {
        Path path;
        try (SeccompAgent agent = box.lettingAgent()) {
            path = agent.path();
        }
        Files.write(path, "no socket");
        Result result = asking(box, false, path, MKDIR).args("true").command("create", "c").run();
        assertTrue(result.exits(1).stderr().contains("connection refused"), result::toString);
        box.assertNothingLeft();
    }

    @Test
    void anAgentThatIsGoneFailsAnExecAlone(Sandbox box) throws IOException {
        SeccompAgent agent = box.lettingAgent();
        try (Container container = asking(box, true, agent.path(), MKDIR).args("sleep", "1000").up("c")) {
            agent.awaitIntroductions(1).leave();
            Result result = container.exec("true");
            assertTrue(result.exits(255).stderr().contains("seccomp agent"), result::toString);
            assertEquals("running", container.status());
        } finally {
            agent.close();
        }
    }

    @Test
    @OnlyCaisson("runc words it in its own way")
    void aProfileWithoutAPathIsRefused(Sandbox box) {
        List<Map<String, Object>> profiles = new ArrayList<>();
        profiles.add(Map.of("defaultAction", "SCMP_ACT_ALLOW", "syscalls", List.of(Map.of("names", List.of("mkdir"), "action", "SCMP_ACT_NOTIFY"))));
        profiles.add(Map.of("defaultAction", "SCMP_ACT_NOTIFY"));
        for (Map<String, Object> profile : profiles) {
            Result result = box.bundle().set("/linux/seccomp", profile).command("create", "c").run();
            assertTrue(result.exits(1).stderr().contains("linux.seccomp.listenerPath"), result::toString);
        }
        box.assertNothingLeft();
    }

    @Test
    void writeCannotBeAskedAbout(Sandbox box) throws IOException {
        try (SeccompAgent agent = box.lettingAgent()) {
            Result result = asking(box, true, agent.path(), "write").command("create", "c").run();
            assertTrue(result.exits(1).stderr().contains("SCMP_ACT_NOTIFY cannot be used for the write syscall"), result::toString);
            box.assertNothingLeft();
        }
    }
}
