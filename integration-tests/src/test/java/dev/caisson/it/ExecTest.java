package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Cgroups;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Linux;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code exec}. */
@RealContainers
class ExecTest {

    private static Bundle sleeping(Sandbox box) {
        return box.bundle().args("sleep", "1000");
    }

    @Test
    void theProcessIsInAllOfTheContainersNamespaces(Sandbox box) {
        Bundle bundle = sleeping(box).namespace("cgroup", null);
        List<String> kinds = new ArrayList<>(List.of("pid", "net", "ipc", "uts", "mnt", "cgroup"));
        if (Proc.namespace(ProcessHandle.current().pid(), "time") != null) { // User Mode Linux has none
            kinds.add("time");
            bundle.namespace("time", null);
        }
        try (Container container = bundle.up("c")) {
            for (String kind : kinds) {
                assertEquals(Proc.namespace(container.pid(), kind), container.sh("readlink /proc/self/ns/" + kind));
            }
        }
    }

    @Test
    void theProcessHasTheContainersRoot(Sandbox box) {
        try (Container container = sleeping(box).program("marker", "here").up("c")) {
            assertEquals("here", container.sh("cat /marker"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 42, 255})
    void exitsWithTheProcesssCode(int code, Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            container.exec("sh", "-c", "exit " + code).exits(code);
        }
    }

    @Test
    void exitsWith128AndTheSignalThatEndedTheProcess(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            container.exec("sh", "-c", "kill -9 $$").exits(137);
        }
    }

    @Test
    void passesInputAndOutputsThrough(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            Result result = box.command("exec", container.id(), "sh", "-c", "cat; echo err >&2").stdin("in\n").run();
            assertEquals("in\n", result.exits(0).stdout());
            assertEquals("err\n", result.stderr());
        }
    }

    @Test
    void forwardsSignals(Sandbox box) {
        try (Container container = sleeping(box).up("c");
                Running exec = box.command("exec", container.id(), "sh", "-c", "trap 'exit 8' TERM; echo ready; while :; do sleep 0.05; done").start()) {
            exec.awaitText("ready").signal(Linux.SIGTERM).await().exits(8);
        }
    }

    @Test
    void endsWhenTheContainerDoes(Sandbox box) {
        try (Container container = sleeping(box).up("c"); Running exec = box.command("exec", container.id(), "sh", "-c", "echo ready; sleep 1000").start()) {
            exec.awaitText("ready");
            container.kill("KILL");
            exec.await().exits(137);
        }
    }

    // ---- options ----

    @Test
    void theWorkingDirectory(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            assertEquals("/home/app", box.run("exec", "--cwd", "/home/app", container.id(), "pwd").ok());
        }
    }

    @Test
    void theWorkingDirectoryMayBeOneThatTheUserMayNotEnter(Sandbox box) throws IOException {
        Bundle bundle = sleeping(box).user(42, 42).set("/process/cwd", "/own").capabilities();
        Files.mode(Files.folder(bundle.rootfs("own")), "rwx------");
        java.nio.file.Files.setAttribute(bundle.rootfs("own"), "unix:uid", 42);
        try (Container container = bundle.up("c")) {
            assertEquals("0", box.run("exec", "--user", "0", container.id(), "id", "-u").ok());
        }
    }

    @Test
    void theProcessMayComeFromACommandsOutput(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            String process = "{\"args\":[\"echo\",\"hello\"],\"cwd\":\"/\",\"env\":[\"PATH=/bin\"]}";
            assertEquals("hello", box.command("exec", "--process", "/dev/fd/3", container.id())
                    .by("/bin/bash", "-c", "exec \"$@\" 3< <(echo '" + process + "')", "bash").run().ok());
        }
    }

    @Test
    void theEnvironmentIsTheContainersAndWhatIsAdded(Sandbox box) {
        try (Container container = sleeping(box).env("FROM=container").up("c")) {
            List<String> environment = box.run("exec", "--env", "A=1", "--env", "B=2 3", container.id(), "env").lines();
            assertTrue(environment.containsAll(List.of("FROM=container", "A=1", "B=2 3", "HOME=/root")), environment::toString);
        }
    }

    @Test
    void theUser(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            assertEquals("1000 1001", box.run("exec", "--user", "1000:1001", container.id(), "sh", "-c", "echo $(id -u) $(id -g)").ok());
            assertEquals("1000 /home/app", box.run("exec", "-u", "1000", container.id(), "sh", "-c", "echo $(id -u) $HOME").ok());
        }
    }

    @Test
    void moreGroups(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            assertEquals("Groups:\t44 99", box.run("exec", "--user", "1000:1000", "-g", "44", "-g", "99", container.id(),
                    "grep", "Groups:", "/proc/self/status").ok());
        }
    }

    @Test
    void moreCapabilities(Sandbox box) {
        try (Container container = sleeping(box).set("/process/noNewPrivileges", false).up("c")) {
            long before = effective(box, container);
            assertEquals(0, before & 1 << 13, "CAP_NET_RAW");
            assertEquals(before | 1 << 13, effective(box, container, "--cap", "CAP_NET_RAW"));
        }
    }

    private static long effective(Sandbox box, Container container, String... options) {
        List<String> line = new java.util.ArrayList<>(List.of("exec"));
        line.addAll(List.of(options));
        line.addAll(List.of(container.id(), "grep", "CapEff", "/proc/self/status"));
        return Long.parseLong(box.run(line.toArray(String[]::new)).ok().split("\t")[1], 16);
    }

    @Test
    void newPrivilegesAreForbiddenIfAsked(Sandbox box) {
        try (Container container = sleeping(box).set("/process/noNewPrivileges", false).up("c")) {
            assertEquals("NoNewPrivs:\t0", container.sh("grep NoNewPrivs /proc/self/status"));
            assertEquals("NoNewPrivs:\t1", box.run("exec", "--no-new-privs", container.id(), "grep", "NoNewPrivs", "/proc/self/status").ok());
        }
    }

    @Test
    void aProcessMayBeDescribedByAFile(Sandbox box) {
        Path file = box.file("process.json", """
                {"args": ["sh", "-c", "echo $(id -u):$(id -g) $(pwd) $A $(ulimit -n); exit 6"], "cwd": "/home/app",
                 "env": ["A=1", "PATH=/bin"], "user": {"uid": 1000, "gid": 1001},
                 "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 64}]}
                """);
        try (Container container = sleeping(box).up("c")) {
            Result result = box.run("exec", "--process", file.toString(), container.id()).exits(6);
            assertEquals("1000:1001 /home/app 1 64\n", result.stdout());
        }
    }

    @Test
    @OnlyCaisson("runc 1.1 overlooks the umask")
    void aProcesssFileMayGiveAnUmask(Sandbox box) {
        Path file = box.file("process.json", "{\"args\": [\"sh\", \"-c\", \"umask\"], \"cwd\": \"/\", \"env\": [\"PATH=/bin\"], \"user\": {\"umask\": 63}}");
        try (Container container = sleeping(box).up("c")) {
            assertEquals("0077", box.run("exec", "-p", file.toString(), container.id()).ok());
        }
    }

    @Test
    @OnlyCaisson("runc 1.1 gives it limits and groups of its own alone")
    void whatAProcesssFileLeavesOpenIsAsTheContainerHasIt(Sandbox box) {
        Path file = box.file("process.json", "{\"args\": [\"sh\", \"-c\", \"umask; ulimit -n; cat /proc/self/oom_score_adj; grep CapBnd "
                + "/proc/self/status\"], \"cwd\": \"/\", \"env\": [\"PATH=/bin\"]}");
        try (Container container = sleeping(box).set("/process/user/umask", 0027).capabilities("CAP_KILL").set("/process/oomScoreAdj", 321)
                .set("/process/rlimits", List.of(java.util.Map.of("type", "RLIMIT_NOFILE", "soft", 77, "hard", 77))).up("c")) {
            assertEquals(List.of("0027", "77", "321", "CapBnd:\t0000000000000020"),
                    box.run("exec", "--process", file.toString(), container.id()).lines());
        }
    }

    @Test
    void anUnknownCapabilityIsWarnedAboutAndLeftOut(Sandbox box) {
        try (Container container = sleeping(box).capabilities("CAP_KILL").up("c")) {
            Result result = box.run("exec", "--cap", "CAP_FLY", container.id(), "grep", "CapBnd", "/proc/self/status");
            assertEquals("CapBnd:\t0000000000000020", result.ok());
            assertTrue(result.stderr().contains("CAP_FLY"), result::toString);
        }
    }

    @Test
    void aProcesssFileMayGiveCapabilities(Sandbox box) {
        Path file = box.file("process.json", """
                {"args": ["grep", "-E", "Cap(Bnd|Eff)", "/proc/self/status"], "cwd": "/", "env": ["PATH=/bin"],
                 "capabilities": {"bounding": ["CAP_CHOWN"], "effective": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"]}}
                """);
        try (Container container = sleeping(box).capabilities("CAP_KILL").up("c")) {
            assertEquals(List.of("CapEff:\t0000000000000001", "CapBnd:\t0000000000000001"),
                    box.run("exec", "--process", file.toString(), container.id()).lines());
        }
    }

    @Test
    void aDetachedProcessGoesOnByItself(Sandbox box) {
        Path pidFile = box.dir().resolve("pid");
        try (Container container = sleeping(box).up("c")) {
            box.run("exec", "--detach", "--pid-file", pidFile.toString(), container.id(), "sleep", "4321").ok();
            long pid = Long.parseLong(Files.text(pidFile));
            assertEquals(Proc.namespace(container.pid(), "pid"), Proc.namespace(pid, "pid"));
            Await.until("it has become what it is to be", () -> Files.text(Proc.of(pid).resolve("cmdline")).equals("sleep\0004321\0"));
            assertEquals(Long.toString(ProcessHandle.current().pid()), Proc.status(pid, "PPid"));
        }
    }

    @Test
    void aProcessMayHaveOptionsOfItsOwn(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            assertEquals("-n --cwd", box.run("exec", container.id(), "echo", "-e", "-n --cwd").ok());
        }
    }

    @Test
    void manyAtOnceDoNotMeet(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            List<Running> running = java.util.stream.IntStream.range(0, 10)
                    .mapToObj(i -> box.command("exec", container.id(), "sh", "-c", "echo " + i + "; exit " + i).start()).toList();
            for (int i = 0; i < running.size(); i++) {
                assertEquals(i + "\n", running.get(i).await().exits(i).stdout());
            }
        }
    }

    // ---- states ----

    @Test
    void aCreatedContainerTakesProcesses(Sandbox box) {
        try (Container container = sleeping(box).create("c")) {
            assertEquals("hello", container.sh("echo hello"));
            assertEquals("created", container.status());
        }
    }

    @Test
    void aPausedContainerRefusesThem(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            container.verb("pause").ok();
            Result refused = container.exec("true").exits(255);
            assertTrue(refused.stderr().contains("cannot exec in a paused container"), refused::toString);
            container.verb("resume").ok();
        }
    }

    @Test
    void aPausedContainerTakesThemForLaterIfAsked(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            container.verb("pause").ok();
            try (Running exec = box.command("exec", "--ignore-paused", container.id(), "echo", "hello").start()) {
                assertFalse(Await.holds(300, () -> !exec.isAlive()), exec::stdout);
                container.verb("resume").ok();
                assertEquals("hello", exec.await().ok());
            }
        }
    }

    @Test
    void aStoppedContainerRefusesThem(Sandbox box) {
        try (Container container = box.bundle().args("true").up("c")) {
            container.awaitStatus("stopped");
            Result refused = container.exec("true").exits(255);
            assertTrue(refused.stderr().contains("cannot exec in a stopped container"), refused::toString);
        }
    }

    // ---- bad input ----

    @Test
    void aProgramThatIsNotThereIsNamed(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            Result refused = container.exec("no-such-program").exits(255);
            assertTrue(refused.complaint().contains("exec: \"no-such-program\": executable file not found in $PATH"), refused::toString);
            assertEquals("running", container.status());
        }
    }

    @Test
    void aProgramThatCannotBeExecutedIsNamed(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            Result refused = container.exec("/etc/passwd").exits(255);
            assertTrue(refused.stderr().contains("permission denied"), refused::toString);
        }
    }

    @Test
    void anUnknownContainerIsNamed(Sandbox box) {
        Result refused = box.run("exec", "nobody", "true");
        assertTrue(refused.code() != 0 && refused.stderr().contains("does not exist"), refused::toString);
    }

    @Test
    void withoutAProgramItIsRefused(Sandbox box) {
        try (Container container = sleeping(box).up("c")) {
            Result refused = container.exec();
            assertTrue(refused.code() != 0, refused::toString);
        }
    }

    // ---- cgroups beneath the container's ----

    private static Bundle withWritableCgroups(Sandbox box) {
        return sleeping(box).mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw", "nosuid", "nodev", "noexec");
    }

    private static String cgroupOf(String controller, String lines) {
        return lines.lines().filter(line -> line.contains(":" + controller + ":")).map(line -> line.split(":", 3)[2]).findFirst().orElse("");
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than this option's fixes")
    void theProcessCanBePutIntoACgroupBeneathTheContainers(Sandbox box) {
        assumeTrue(Cgroups.areV1(), "controllers apart are cgroup v1's");
        Bundle bundle = withWritableCgroups(box);
        try (Container container = bundle.up("c")) {
            container.sh("mkdir /sys/fs/cgroup/memory/a /sys/fs/cgroup/pids/b");
            String lines = box.run("exec", "--cgroup", "memory:a", "--cgroup", "pids:/b", container.id(), "cat", "/proc/self/cgroup").ok();
            assertEquals(bundle.cgroup() + "/a", cgroupOf("memory", lines));
            assertEquals(bundle.cgroup() + "/b", cgroupOf("pids", lines));
            assertEquals(bundle.cgroup(), cgroupOf("devices", lines));
            assertEquals(bundle.cgroup(), cgroupOf("memory", box.run("exec", "--cgroup", "/", container.id(), "cat", "/proc/self/cgroup").ok()));
        }
    }

    @Test
    @OnlyCaisson("the runc of the tests' machine is older than this option's fixes")
    void aCgroupThatIsNotTheContainersIsRefused(Sandbox box) {
        try (Container container = withWritableCgroups(box).up("c")) {
            for (String[] refusal : new String[][] {{"..", "bad sub cgroup path"}, {"nonexistent", "no such file or directory"},
                {"whaaat:/", "unknown controller"}}) {
                Result result = box.run("exec", "--cgroup", refusal[0], container.id(), "true").exits(255);
                assertTrue(result.stderr().contains(refusal[1]), result::toString);
                assertEquals(1, result.stderr().lines().count(), result::toString);
            }
        }
    }
}
