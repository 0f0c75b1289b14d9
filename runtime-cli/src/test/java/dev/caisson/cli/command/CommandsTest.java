package dev.caisson.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.cli.engine.Build;
import dev.caisson.cli.engine.EngineControl;
import dev.caisson.cli.engine.EngineLog;
import dev.caisson.cli.engine.FakeFront;
import dev.caisson.cli.engine.FakeFront.PlanRunner;
import dev.caisson.cli.engine.FakeFront.Result;
import dev.caisson.cli.engine.Report;
import dev.caisson.cli.lifecycle.Host;
import dev.caisson.cli.state.Container;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.cli.state.ContainerStore;
import dev.caisson.cli.state.ProcessId;
import dev.caisson.cli.state.States;
import dev.caisson.linux.cgroups.CgroupException;
import dev.caisson.linux.cgroups.CgroupHost;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.cgroups.Placement;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.SpecReader;
import dev.caisson.spec.State.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Verbs from their words to their exit codes, with ordinary processes in the place of containers'. */
@Timeout(30)
class CommandsTest {

    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";

    private static final EngineControl ENGINE = new EngineControl() {
        @Override
        public boolean resident() {
            return false;
        }

        @Override
        public long pid() {
            return 1;
        }

        @Override
        public Build build() {
            return new Build("0.1.0", "abc");
        }

        @Override
        public long uptimeSeconds() {
            return 0;
        }

        @Override
        public int connections() {
            return 1;
        }

        @Override
        public String socket() {
            return null;
        }

        @Override
        public void retire() {}
    };

    @TempDir
    private Path folder;
    private Path root;
    private ContainerStore store;
    private final List<Process> processes = new ArrayList<>();
    private ContainerCgroup cgroup;

    @BeforeEach
    void open() {
        root = folder.resolve("root");
        store = new ContainerStore(root, () -> { });
    }

    @AfterEach
    void end() throws Exception {
        if (cgroup != null) {
            cgroup.thaw();
            cgroup.killAll(9);
        }
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        if (cgroup != null) {
            cgroup.remove();
        }
    }

    private Result run(PlanRunner plans, Map<String, String> environment, String... words) throws Exception {
        return FakeFront.run(new Commands(ENGINE, EngineLog.NONE, new Host()), folder, environment, plans, words);
    }

    /** With the test's root. */
    private Result caisson(String... words) throws Exception {
        String[] all = Stream.concat(Stream.of("--root", root.toString()), Arrays.stream(words)).toArray(String[]::new);
        return run((plan, descriptors) -> FakeFront.done(), Map.of(), all);
    }

    private void fails(int code, String message, String... words) throws Exception {
        Result result = caisson(words);
        assertEquals(code, result.exitCode(), result.toString());
        assertEquals("", result.out());
        String quoted = message.replace("\\", "\\\\").replace("\"", "\\\"");
        assertTrue(result.err().matches("time=\"" + TIME + "\" level=error msg=\"\\Q" + quoted + "\\E\"\n"), result.err());
    }

    private Process sleep() throws IOException {
        Process process = new ProcessBuilder("sleep", "600").start();
        processes.add(process);
        return process;
    }

    /** A container with an ordinary process; {@code started} or waiting. */
    private Process container(String id, boolean started) throws Exception {
        return container(id, started, "{}", false);
    }

    private Process container(String id, boolean started, String config, boolean lateHooks) throws Exception {
        Process process = sleep();
        ContainerState of = States.creating(id);
        Map<String, String> cgroups = cgroup == null ? Map.of() : cgroup.paths();
        ContainerState state = new ContainerState(of.ociVersion(), id, true, of.creator(), ProcessId.of((int) process.pid()), of.bundle(),
                of.rootfs(), of.created(), of.annotations(), of.cgroupManager(), cgroups, false, lateHooks);
        try (Container container = store.create(id, state)) {
            container.saveConfig(config.getBytes(StandardCharsets.UTF_8));
            if (!started) {
                container.makeFifo();
            }
            container.save(state.whole());
        }
        return process;
    }

    private void withCgroup() throws Exception {
        assumeTrue(Sys.euid() == 0, "needs root");
        try {
            ContainerCgroup made = ContainerCgroup.of(CgroupHost.read(), "/caisson-test-" + ProcessHandle.current().pid(), "x");
            made.create(null);
            cgroup = made;
        } catch (CgroupException e) {
            assumeTrue(false, "no cgroups here: " + e.getMessage());
        }
    }

    private void intoCgroup(Process process) throws IOException {
        switch (cgroup.placement()) {
            case Placement.Tasks tasks -> {
                for (String file : tasks.files()) {
                    Files.writeString(Path.of(file), Long.toString(process.pid()));
                }
            }
            case Placement.Directory directory ->
                Files.writeString(Path.of(directory.path(), "cgroup.procs"), Long.toString(process.pid()));
        }
    }

    @Test
    void errorTextsAreThoseThatCallersKnow() throws Exception {
        String[][] verbs = {{"state"}, {"start"}, {"kill"}, {"delete"}, {"pause"}, {"resume"}, {"ps"}};
        for (String[] verb : verbs) {
            fails(1, "container does not exist", verb[0], "nope");
            fails(1, "invalid container ID format", verb[0], "a/b");
            fails(1, "container id cannot be empty", verb[0], "");
        }
        fails(1, "flag provided but not defined: -bogus", "state", "--bogus", "a");
        fails(1, "flag provided but not defined: -bogus", "--bogus", "state");
        fails(1, "caisson: \"state\" requires exactly 1 argument(s)", "state");
        fails(1, "caisson: \"kill\" requires a maximum of 2 argument(s)", "kill", "a", "b", "c");
        fails(1, "invalid log-format: xml", "--log-format", "xml", "list");
        fails(1, "invalid format option", "list", "-f", "xml");
        fails(3, "No help topic for 'bogus'", "bogus");
        fails(1, "invalid value \"maybe\" for flag -rootless: parse error", "--rootless=maybe", "list");
    }

    @Test
    void withALogFileStandardErrorHasTheBareText() throws Exception {
        Path log = folder.resolve("log.json");
        Result result = caisson("--log", log.toString(), "--log-format", "json", "state", "nope");
        assertEquals("container does not exist\n", result.err());
        assertTrue(Files.readString(log).matches(
                "\\{\"level\":\"error\",\"msg\":\"container does not exist\",\"time\":\"" + TIME + "\"}\n"), Files.readString(log));
        caisson("--log-format=json", "--log=log.json", "kill", "a\"b\n", "9");
        List<String> lines = Files.readAllLines(log);
        assertEquals(2, lines.size(), "a file is appended to, and a relative one is the caller's");
        caisson("--log", "log.txt", "state", "nope");
        String text = Files.readString(folder.resolve("log.txt"));
        assertTrue(text.matches("time=\"" + TIME + "\" level=error msg=\"container does not exist\"\n"), text);
        assertEquals("", Files.readString(Files.createFile(folder.resolve("quiet"))));
        assertEquals(0, caisson("--log", "quiet", "list").exitCode());
        assertEquals("", Files.readString(folder.resolve("quiet")));
    }

    @Test
    void aLogFileThatCannotBeOpenedIsAnError() throws Exception {
        Result result = caisson("--log", "/nonexistent/log", "list");
        assertEquals(1, result.exitCode());
        assertTrue(result.err().contains("/nonexistent/log: no such file or directory"), result.err());
    }

    @Test
    void theLogCanBeTheCallersOwnDescriptor() throws Exception {
        Result result = caisson("--log", "/dev/stderr", "--log-format", "json", "state", "nope");
        assertTrue(result.err().startsWith("{\"level\":\"error\""), result.err());
    }

    @Test
    void stateIsPrinted() throws Exception {
        Process process = container("a", false);
        Result result = caisson("state", "a");
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(result.out().startsWith("{\n  \"ociVersion\": \"1.0.2\",\n  \"id\": \"a\",\n  \"pid\": " + process.pid()
                + ",\n  \"status\": \"created\",\n  \"bundle\": \"/bundle\",\n"), result.out());
        assertEquals(Status.CREATED, new SpecReader().readState(result.out().getBytes(StandardCharsets.UTF_8)).status());
        process.destroyForcibly().waitFor();
        result = caisson("state", "a");
        assertTrue(result.out().contains("\"pid\": 0,\n  \"status\": \"stopped\""), result.out());
    }

    @Test
    void damagedStateIsOneLine() throws Exception {
        container("a", true);
        Files.writeString(store.folder("a").resolve("state.json"), "{\"id\":\"a\",");
        Result result = caisson("state", "a");
        assertEquals(1, result.exitCode());
        assertEquals(1, result.err().lines().count());
        assertTrue(result.err().contains("read state.json of container a"), result.err());
        assertEquals(1, caisson("delete", "a").exitCode());
        assertEquals(0, caisson("delete", "--force", "a").exitCode());
        assertEquals(List.of(), store.ids());
    }

    @Test
    void killSignalsTheProcess() throws Exception {
        Process process = container("a", true);
        assertEquals(0, caisson("kill", "a", "0").exitCode());
        assertTrue(process.isAlive());
        fails(1, "unknown signal \"BOGUS\"", "kill", "a", "BOGUS");
        assertEquals(0, caisson("kill", "a").exitCode());
        assertEquals(128 + 15, process.waitFor());
        fails(1, "container not running", "kill", "a", "KILL");
        assertEquals(0, caisson("kill", "--all", "a", "9").exitCode());
        assertEquals(0, caisson("kill", "a", "-a").exitCode());
    }

    @Test
    void killTakesNamesAndNumbers() throws Exception {
        for (String signal : List.of("9", "KILL", "SIGKILL", "kill")) {
            Process process = container(signal, true);
            assertEquals(0, caisson("kill", signal, signal).exitCode());
            assertEquals(128 + 9, process.waitFor());
        }
    }

    @Test
    void startReleasesTheProcess() throws Exception {
        container("a", false);
        Path fifo = store.folder("a").resolve("exec.fifo");
        fails(1, "container process is already dead", "start", "a"); // nobody has the fifo open
        try (Descriptor waiting = Sys.open(fifo.toString(), Sys.O_RDWR | Sys.O_NONBLOCK, 0)) {
            assertEquals(0, caisson("start", "a").exitCode());
            assertEquals(1, Sys.read(waiting.fd(), new byte[8], "read"));
        }
        assertFalse(Files.exists(fifo));
        fails(1, "cannot start an already running container", "start", "a");
        processes.getFirst().destroyForcibly().waitFor();
        fails(1, "cannot start a container that has stopped", "start", "a");
    }

    @Test
    void deleteNeedsAnEndOrForce() throws Exception {
        Process process = container("a", true);
        fails(1, "cannot delete container a that is not stopped: running", "delete", "a");
        process.destroyForcibly().waitFor();
        assertEquals(0, caisson("delete", "a").exitCode());
        assertEquals(List.of(), store.ids());
        fails(1, "container does not exist", "delete", "a");
        assertEquals(0, caisson("delete", "--force", "a").exitCode());

        Process running = container("b", true);
        assertEquals(0, caisson("delete", "b", "--force").exitCode());
        assertEquals(128 + 9, running.waitFor());
        Process created = container("c", false);
        assertEquals(0, caisson("delete", "c").exitCode());
        assertEquals(128 + 9, created.waitFor());
        assertEquals(List.of(), store.ids());
    }

    @Test
    void deleteTakesAllThatAnExpressionMatches() throws Exception {
        Process running = container("web-1", true);
        container("web-2", false);
        container("db", false);
        fails(1, "cannot delete container web-1 that is not stopped: running", "delete", "--regex", "web-*");
        assertEquals(List.of("db", "web-1"), store.ids());
        assertEquals(0, caisson("delete", "-f", "--regex", "^web").exitCode());
        assertEquals(128 + 9, running.waitFor());
        assertEquals(List.of("db"), store.ids());
        assertEquals(0, caisson("delete", "--regex", "nothing").exitCode());
        fails(1, "--regex \"(\": Unclosed group", "delete", "--regex", "(");
        assertEquals(0, caisson("delete", "db").exitCode());
    }

    @Test
    void deleteTakesWhatACrashLeft() throws Exception {
        Files.createDirectories(store.folder("a"));
        fails(1, "container does not exist", "delete", "a");
        assertEquals(List.of(), store.ids());
        Files.createDirectories(store.folder("a"));
        assertEquals(0, caisson("delete", "-f", "a").exitCode());
        assertEquals(List.of(), store.ids());

        store.create("b", States.creating("b")).close();
        fails(1, "cannot delete container b that is not stopped: creating", "delete", "b");
        assertEquals(0, caisson("delete", "--force", "b").exitCode());
        assertEquals(List.of(), store.ids());
    }

    private static final String HOOKED = """
            {"ociVersion":"1.0.2","hooks":{"poststart":[{"path":"/bin/first"},{"path":"/bin/second"}],
            "poststop":[{"path":"/bin/last","timeout":3}]}}""";

    @Test
    void lateHooksRunAndTheirFailureIsAWarning() throws Exception {
        container("a", false, HOOKED, true);
        Path fifo = store.folder("a").resolve("exec.fifo");
        List<byte[]> plans = new ArrayList<>();
        PlanRunner failing = (plan, descriptors) -> {
            plans.add(plan);
            Report done = FakeFront.done();
            return plans.size() == 2 ? done : new Report(false, 0, plans.size() == 3 ? Errno.ETIMEDOUT : 0, 3 << 8, false,
                    done.registers());
        };
        Thread init = waitingInit(fifo);
        Result started = run(failing, Map.of(), "--root", root.toString(), "start", "a");
        init.join();
        assertEquals(0, started.exitCode(), started.err());
        assertEquals(2, plans.size());
        assertTrue(new String(plans.getFirst(), StandardCharsets.UTF_8).contains("\"status\":\"running\""));
        assertTrue(started.err().contains("level=warning msg=\"error running hook: run hooks.poststart[0] /bin/first: the hook ended with exit status 3\""),
                started.err());
        Result result = run(failing, Map.of(), "--root", root.toString(), "delete", "--force", "a");
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(new String(plans.get(2), StandardCharsets.UTF_8).contains("\"status\":\"stopped\""));
        assertTrue(result.err().contains("run hooks.poststop[0] /bin/last: it did not end within its timeout"), result.err());
    }

    /** Does what a container's process does: has the fifo open, and lets go of it once it may execute. */
    private static Thread waitingInit(Path fifo) throws LinuxException {
        Descriptor waiting = Sys.open(fifo.toString(), Sys.O_RDWR, 0);
        return Thread.ofPlatform().start(() -> {
            try (waiting) {
                Sys.read(waiting.fd(), new byte[1], "wait for start");
            } catch (LinuxException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** As a process does that waits at the fifo and then executes its program. */
    private static void closeWhenReleased(Descriptor fifo) {
        try {
            Sys.awaitReadable(fifo.fd(), -1);
            fifo.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void hooksThatCannotBeReadKeepNothingFromBeingDeleted() throws Exception {
        container("a", true, "{", true);
        Result result = caisson("delete", "--force", "a");
        assertEquals(0, result.exitCode());
        assertTrue(result.err().contains("leave out the poststop hooks"), result.err());
        assertEquals(List.of(), store.ids());
    }

    @Test
    void listShowsTheContainers() throws Exception {
        assertEquals("ID          PID         STATUS      BUNDLE      CREATED     OWNER\n", caisson("list").out());
        assertEquals("null\n", caisson("list", "--format=json").out());
        assertEquals("", caisson("list", "-q").out());
        Process process = container("a-rather-long-name", true);
        container("b", false);
        Files.createDirectories(store.folder("c"));
        assertEquals("a-rather-long-name\nb\n", caisson("list", "--quiet").out());
        String[] lines = caisson("list").out().split("\n");
        assertEquals("ID                   PID         STATUS      BUNDLE      CREATED                   OWNER", lines[0]);
        String start = "a-rather-long-name   " + (process.pid() + " ".repeat(12)).substring(0, 12)
                + "running     /bundle     2026-01-31T08:05:09.25Z   ";
        assertTrue(lines[1].startsWith(start), lines[1]);
        assertEquals(3, lines.length);
        String json = caisson("list", "-f", "json").out();
        assertTrue(json.startsWith("[{\"ociVersion\":\"1.0.2\",\"id\":\"a-rather-long-name\",\"pid\":" + process.pid()), json);
        assertTrue(json.endsWith("}]\n"), json);
    }

    @Test
    void withoutACgroupThereIsNoPause() throws Exception {
        container("a", true);
        fails(1, "cannot pause container a: it has no cgroup", "pause", "a");
        fails(1, "container not paused", "resume", "a");
    }

    @Test
    void pauseFreezesAndResumeThaws() throws Exception {
        withCgroup();
        Process process = container("a", true);
        intoCgroup(process);
        assertEquals(0, caisson("pause", "a").exitCode());
        assertTrue(caisson("state", "a").out().contains("\"status\": \"paused\""));
        fails(1, "container not running", "pause", "a");
        fails(1, "cannot start a container in the paused state", "start", "a");
        fails(1, "cannot delete container a that is not stopped: paused", "delete", "a");
        assertEquals(0, caisson("resume", "a").exitCode());
        fails(1, "container not paused", "resume", "a");
        assertEquals(0, caisson("pause", "a").exitCode());
        assertEquals(0, caisson("kill", "a", "KILL").exitCode());
        assertEquals(128 + 9, process.waitFor());
        assertEquals(0, caisson("delete", "a").exitCode());
        cgroup = null;
    }

    @Test
    void aPausedContainerIsDeletedByForce() throws Exception {
        withCgroup();
        Process process = container("a", true);
        intoCgroup(process);
        assertEquals(0, caisson("pause", "a").exitCode());
        assertEquals(0, caisson("delete", "--force", "a").exitCode());
        assertEquals(128 + 9, process.waitFor());
        for (String path : cgroup.paths().values()) {
            assertFalse(Files.exists(Path.of(path)), path);
        }
        cgroup = null;
    }

    @Test
    void psListsTheCgroup() throws Exception {
        withCgroup();
        Process process = container("a", true);
        intoCgroup(process);
        assertEquals("[" + process.pid() + "]\n", caisson("ps", "--format", "json", "a").out());
        String table = caisson("ps", "a").out();
        assertEquals(2, table.lines().count(), table);
        assertTrue(table.contains("sleep 600"), table);
        assertEquals(2, caisson("ps", "a", "-e", "-o", "pid,comm").out().lines().count());
        fails(1, "couldn't find PID field in ps output", "ps", "a", "-e", "-o", "comm");
        fails(1, "invalid format option", "ps", "-f", "xml", "a");
        assertEquals(0, caisson("kill", "--all", "a", "TERM").exitCode());
        assertEquals(128 + 15, process.waitFor());
        assertEquals("null\n", caisson("ps", "-f", "json", "a").out());
    }

    @Test
    void specWritesAConfiguration() throws Exception {
        assertEquals(0, caisson("spec").exitCode());
        assertTrue(new SpecReader().read(Files.readAllBytes(folder.resolve("config.json"))).process().terminal());
        fails(1, "File config.json exists. Remove it first", "spec");
        Files.createDirectory(folder.resolve("b"));
        assertEquals(0, caisson("spec", "--rootless", "-b", "b").exitCode());
        assertTrue(Files.readString(folder.resolve("b/config.json")).contains("uidMappings"));
        fails(1, "open " + folder.resolve("c/config.json") + ": no such file or directory", "spec", "--bundle", "c");
    }

    @Test
    void featuresCanBeRead() throws Exception {
        Result result = caisson("features");
        assertEquals("1.3.0", new SpecReader().readFeatures(result.out().getBytes(StandardCharsets.UTF_8)).ociVersionMax());
    }

    @Test
    void versionIsWhatOtherProgramsRead() throws Exception {
        String expected = "caisson version 0.1.0\ncommit: abc\nspec: 1.3.0\n+CAP +EBPF\n";
        assertEquals(expected, caisson("--version").out());
        assertEquals(expected, caisson("-v").out());
    }

    @Test
    void helpIsThereForAll() throws Exception {
        String all = caisson("--help").out();
        assertEquals(all, caisson().out());
        assertEquals(all, caisson("help").out());
        for (String verb : Verbs.NAMES) {
            assertTrue(all.contains("  " + verb + " "), all);
            Result help = caisson(verb, "--help");
            assertEquals(0, help.exitCode());
            assertTrue(help.out().contains("Usage: caisson [global options] " + verb), help.out());
            assertEquals(help.out(), caisson("help", verb).out());
            for (Option option : Verbs.named(verb).syntax().options()) {
                assertTrue(help.out().contains("--" + option.name()), verb + " " + option.name());
            }
        }
        fails(3, "No help topic for 'bogus'", "help", "bogus");
    }

    @Test
    void theEngineCommandKnowsAnEngineThatDoesNotStay() throws Exception {
        assertEquals("no engine runs\n", caisson("engine", "status").out());
        assertEquals(3, caisson("engine", "status").exitCode());
        assertEquals(0, caisson("engine", "stop").exitCode());
        assertEquals(1, caisson("engine", "start").exitCode());
        fails(1, "engine: expected start, stop or status, found \"x\"", "engine", "x");
    }

    @Test
    void theRootIsTheUsersOwnWithoutRoot() throws Exception {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("XDG_RUNTIME_DIR", "");
        assertEquals(0, run((plan, descriptors) -> FakeFront.done(), environment, "list").exitCode());
        assertNull(run((plan, descriptors) -> FakeFront.done(), environment, "list").refusal());
    }
}
