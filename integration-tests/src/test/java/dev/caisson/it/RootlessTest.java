package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Command;
import dev.caisson.it.harness.EngineMode;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.HostMount;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.Proc;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An ordinary user runs containers: the runtime is started by su, as nobody, who has no rights to anything. */
@RealContainers
class RootlessTest {

    private static final int NOBODY = 65_534;
    private static final int SUB_ID = 200_000;

    /** A world of the user's own: folders, an engine, and a bundle as {@code spec --rootless} writes it, but for the terminal. */
    private record User(Sandbox box, Bundle bundle) {

        static User in(Sandbox box) {
            assumeTrue(Files.text(Path.of("/etc/passwd")).contains("nobody:x:65534:65534:"), "there is no user nobody with the id 65534");
            Path engine = Files.folder(box.dir().resolve("user-engine"));
            Files.mode(engine, "rwx------");
            Files.own(engine, NOBODY, NOBODY);
            Files.own(Files.folder(box.state()), NOBODY, NOBODY);
            Bundle bundle = box.bundle();
            Path folder = bundle.folder();
            Files.own(folder, NOBODY, NOBODY);
            try {
                java.nio.file.Files.delete(folder.resolve("config.json"));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            User user = new User(box, bundle);
            user.run("spec", "--rootless", "--bundle", folder.toString()).ok();
            bundle.config((com.fasterxml.jackson.databind.node.ObjectNode) Json.read(Files.text(folder.resolve("config.json"))));
            bundle.without("/linux/cgroupsPath").set("/process/terminal", false);
            return user;
        }

        Command command(String... arguments) {
            return box.command(arguments).by("su", "-s", "/bin/sh", "nobody", "-c", "exec \"$0\" \"$@\"", "--")
                    .env("CAISSON_ENGINE_DIR", box.dir().resolve("user-engine").toString())
                    .env("XDG_RUNTIME_DIR", box.dir().resolve("user-engine").toString());
        }

        Result run(String... arguments) {
            return command(arguments).engine(EngineMode.ONESHOT).run();
        }

        Result runBundle() {
            return run("run", "--bundle", bundle.folder().toString(), "c");
        }

        /** With ids that /etc/subuid and /etc/subgid grant, in a mount namespace where these say so. */
        Command granted(String... arguments) {
            Path grants = box.file("subids", "nobody:" + SUB_ID + ":1000\n");
            List<String> by = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", "for file in /etc/subuid /etc/subgid; do "
                    + "mount --bind " + grants + " $file || exit; done; exec \"$@\"", "sh"));
            by.addAll(List.of("su", "-s", "/bin/sh", "nobody", "-c", "exec \"$0\" \"$@\"", "--"));
            return box.command(arguments).by(by.toArray(String[]::new)).engine(EngineMode.ONESHOT)
                    .env("XDG_RUNTIME_DIR", box.dir().resolve("user-engine").toString());
        }

        void mapSubIds() {
            List<Map<String, Integer>> mappings = List.of(Map.of("containerID", 0, "hostID", NOBODY, "size", 1),
                    Map.of("containerID", 1, "hostID", SUB_ID, "size", 1000));
            bundle.set("/linux/uidMappings", mappings).set("/linux/gidMappings", mappings);
        }
    }

    @ParameterizedTest
    @EnumSource(value = EngineMode.class, names = {"ONESHOT", "AUTO"})
    void theUserIsRootInside(EngineMode mode, Sandbox box) {
        User user = User.in(box);
        user.bundle.sh("id -u; id -g; cat /proc/self/uid_map /proc/self/setgroups; echo $$");
        Result result = user.command("run", "--bundle", user.bundle.folder().toString(), "c").engine(mode).run();
        assertEquals(List.of("0", "0", "0      65534          1", "deny", "1"), result.lines().stream().map(String::strip).toList());
        if (mode == EngineMode.AUTO) {
            user.command("engine", "stop").engine(EngineMode.RESIDENT).run();
        }
    }

    @Test
    void aContainersWholeLifeIsTheUsers(Sandbox box) {
        User user = User.in(box);
        user.bundle.args("sleep", "1000");
        user.run("create", "--bundle", user.bundle.folder().toString(), "c").ok();
        assertEquals("created", Json.read(user.run("state", "c").ok()).get("status").asText());
        user.run("start", "c").ok();
        long pid = Json.read(user.run("state", "c").ok()).get("pid").asLong();
        assertTrue(Proc.status(pid, "Uid").startsWith("65534\t"));
        assertEquals("0 sleep", user.run("exec", "c", "sh", "-c", "echo $(id -u) $(cat /proc/1/comm)").ok());
        for (String kind : List.of("user", "pid", "mnt", "ipc", "uts")) {
            assertEquals(Proc.namespace(pid, kind), user.run("exec", "c", "readlink", "/proc/self/ns/" + kind).ok());
        }
        user.run("kill", "c", "KILL").ok();
        Await.until("it has ended", () -> Proc.isOver(pid));
        user.run("delete", "c").ok();
    }

    @Test
    void itsDevicesAreTheHosts(Sandbox box) {
        User user = User.in(box);
        user.bundle.sh("cd /dev; echo $(stat -c %t:%T null zero full random urandom tty); echo gone > null; head -c 4 urandom | wc -c");
        assertEquals("1:3 1:5 1:7 1:8 1:9 5:0\n4", user.runBundle().ok());
    }

    @Test
    void nothingOfTheHostsBecomesWritable(Sandbox box) {
        User user = User.in(box);
        Path data = Files.folder(box.dir().resolve("data"));
        user.bundle.bind(data, "/data").sh("touch /data/file 2>/dev/null || echo refused");
        assertEquals("refused", user.runBundle().ok());
    }

    @Test
    void aBindKeepsTheFlagsThatTheHostSet(Sandbox box) {
        User user = User.in(box);
        try (HostMount mount = HostMount.tmpfs(box.dir().resolve("flags")).flags("nosuid,nodev,ro")) {
            user.bundle.bind(mount.path(), "/data").sh("grep ' /data ' /proc/self/mountinfo | cut -d' ' -f6");
            assertEquals("ro,nosuid,nodev,relatime", user.runBundle().ok());
            user.bundle.without("/mounts").mount("/proc", "proc", "proc").bind(mount.path(), "/data", "rw");
            Result result = user.runBundle();
            result.exits(1);
            assertTrue(result.complaint().contains("bind " + mount.path() + " on /data: options: operation not permitted"), result::toString);
        }
    }

    @Test
    void moreIdsAreMappedByTheProgramsForIt(Sandbox box) {
        assumeTrue(java.nio.file.Files.isExecutable(Path.of("/usr/bin/newuidmap")), "newuidmap is not installed (package uidmap)");
        User user = User.in(box);
        user.mapSubIds();
        user.bundle.user(5, 6, 7).sh("id; exec sleep 1000");
        Running run = user.granted("run", "--bundle", user.bundle.folder().toString(), "c").start();
        Await.until("the container runs", () -> run.stdout().contains("groups"));
        assertEquals("uid=5 gid=6 groups=7", run.stdout().strip());
        long pid = Json.read(user.run("state", "c").ok()).get("pid").asLong();
        assertTrue(Proc.status(pid, "Uid").startsWith("200004\t"));
        assertTrue(Proc.status(pid, "Gid").startsWith("200005\t"));
        assertEquals("allow", Files.text(Proc.of(pid).resolve("setgroups")).strip());
        assertEquals("9", user.run("exec", "--user", "9", "c", "id", "-u").ok());
        user.run("kill", "c", "KILL").ok();
        run.await().exits(137);
        if (!Files.in(box.state()).isEmpty()) {
            user.run("delete", "--force", "c").ok();
        }
    }

    // ---- refused ----

    @Test
    void idsThatAreNotGrantedAreRefused(Sandbox box) {
        assumeTrue(java.nio.file.Files.isExecutable(Path.of("/usr/bin/newuidmap")), "newuidmap is not installed (package uidmap)");
        User user = User.in(box);
        user.mapSubIds();
        user.bundle.set("/linux/uidMappings", List.of(Map.of("containerID", 0, "hostID", 0, "size", 100)));
        Result result = user.granted("run", "--bundle", user.bundle.folder().toString(), "c").run();
        result.exits(1);
        assertTrue(result.complaint().contains("map linux.uidMappings with /usr/bin/newuidmap: it ended with exit status 1"), result::toString);
        box.assertNothingLeft();
    }

    @Test
    void moreIdsNeedTheProgramsForIt(Sandbox box) {
        User user = User.in(box);
        user.mapSubIds();
        Path path = Files.folder(box.dir().resolve("bin"));
        Result result = user.command("run", "--bundle", user.bundle.folder().toString(), "c").engine(EngineMode.ONESHOT)
                .by("env", "PATH=" + path).run();
        result.exits(1);
        assertTrue(result.complaint().contains("linux.uidMappings: user 65534 may map no other ids than its own without newuidmap"),
                result::toString);
        box.assertNothingLeft();
    }

    @Test
    void groupsCannotBeSetWithOneIdAlone(Sandbox box) {
        User user = User.in(box);
        user.bundle.user(0, 0, 10);
        Result result = user.runBundle();
        result.exits(1);
        assertTrue(result.complaint().contains("set the supplementary groups"), result::toString);
        box.assertNothingLeft();
    }

    @Test
    void limitsNeedRightsToCgroups(Sandbox box) {
        User user = User.in(box);
        user.bundle.set("/linux/resources", Map.of("pids", Map.of("limit", 10)));
        Result result = user.runBundle();
        result.exits(1);
        assertTrue(result.complaint().contains("cgroup"), result::toString);
        assertTrue(result.complaint().contains("permission denied"), result::toString);
        box.assertNothingLeft();
    }

    @Test
    void withoutAUserNamespaceItIsRefused(Sandbox box) {
        User user = User.in(box);
        user.bundle.withoutNamespace("user").without("/linux/uidMappings").without("/linux/gidMappings");
        Result result = user.runBundle();
        result.exits(1);
        assertTrue(result.complaint().contains("operation not permitted"), result::toString);
        box.assertNothingLeft();
    }
}
