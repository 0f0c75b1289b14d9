package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.HostMount;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every option of a mount that is not a file system's own, by what /proc/self/mountinfo in the container says of it. */
@RealContainers
class MountFlagsTest {

    private static final Set<String> OF_INTEREST = Set.of("ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime", "nosymfollow");
    private static final Set<String> OF_THE_FILE_SYSTEM = Set.of("sync", "dirsync", "lazytime", "mand");

    private static Map<String, MountInfo> mountsOf(Bundle bundle) {
        return MountInfo.parse(bundle.args("cat", "/proc/self/mountinfo").run().ok());
    }

    /** What a mount has of these; "" for nothing. */
    private static String of(List<String> options, Set<String> names) {
        Set<String> found = new TreeSet<>(options);
        found.retainAll(names);
        return String.join(",", found);
    }

    @Test
    void aNewFileSystemHasTheFlagsThatAreAsked(Sandbox box) {
        Map<String, String> cases = new LinkedHashMap<>();
        cases.put("defaults", "relatime");
        cases.put("ro", "relatime,ro");
        cases.put("rw", "relatime");
        cases.put("ro,rw", "relatime");
        cases.put("rw,ro", "relatime,ro");
        cases.put("nosuid", "nosuid,relatime");
        cases.put("nosuid,suid", "relatime");
        cases.put("nodev", "nodev,relatime");
        cases.put("nodev,dev", "relatime");
        cases.put("noexec", "noexec,relatime");
        cases.put("noexec,exec", "relatime");
        cases.put("noatime", "noatime");
        cases.put("noatime,atime", "relatime");
        cases.put("nodiratime", "nodiratime,relatime");
        cases.put("nodiratime,diratime", "relatime");
        cases.put("relatime", "relatime");
        cases.put("norelatime", "relatime");
        cases.put("strictatime", "");
        cases.put("strictatime,nostrictatime", "relatime");
        cases.put("noatime,nostrictatime", "noatime");
        cases.put("nosymfollow", "nosymfollow,relatime");
        cases.put("nosymfollow,symfollow", "relatime");
        cases.put("silent,loud,iversion,noiversion", "relatime");
        cases.put("iversion", "relatime");
        cases.put("rro,rnosuid,rnodev,rnoexec,rnoatime", "noatime,nodev,noexec,nosuid,ro");
        expect(box, cases, OF_INTEREST, MountInfo::options);
    }

    @Test
    void whatEveryFileSystemKnowsReachesIt(Sandbox box) {
        Map<String, String> cases = new LinkedHashMap<>();
        cases.put("sync", "sync");
        cases.put("sync,async", "");
        cases.put("dirsync", "dirsync");
        cases.put("lazytime", "lazytime");
        cases.put("lazytime,nolazytime", "");
        cases.put("mand", "mand");
        cases.put("mand,nomand", "");
        expect(box, cases, OF_THE_FILE_SYSTEM, MountInfo::superblock);
    }

    private static void expect(Sandbox box, Map<String, String> cases, Set<String> names,
            java.util.function.Function<MountInfo, List<String>> where) {
        Bundle bundle = box.bundle();
        for (String options : cases.keySet()) {
            bundle.mount("/m/" + options, "tmpfs", "tmpfs", options.split(","));
        }
        Map<String, MountInfo> mounts = mountsOf(bundle.writable());
        List<Executable> checks = new ArrayList<>();
        cases.forEach((options, expected) -> checks.add(
                () -> assertEquals(expected, of(where.apply(mounts.get("/m/" + options)), names), options)));
        assertAll(checks);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "ro|rw|relatime", "nosuid|suid|relatime", "nodev|dev|relatime", "noexec|exec|relatime", "noatime|atime|relatime",
        "noatime|relatime|relatime", "noatime|strictatime|''", "nodiratime|diratime|relatime", "nosymfollow|symfollow|relatime",
        "strictatime|noatime|noatime", "defaults|ro|relatime,ro", "defaults|nosymfollow|nosymfollow,relatime"})
    void aBindTakesAwayWhatItsSourceHas(String source, String option, String expected, Sandbox box) {
        try (HostMount upper = HostMount.tmpfs(box.dir().resolve("upper"), source)) {
            assertEquals(expected, of(mountsOf(box.bundle().bind(upper.path(), "/data", option)).get("/data").options(), OF_INTEREST));
        }
    }

    @Test
    @OnlyCaisson("the flags of a bind's source are lost with runc 1.1 when others are set")
    void aBindKeepsWhatItsSourceHas(Sandbox box) {
        try (HostMount upper = HostMount.tmpfs(box.dir().resolve("upper"), "nosuid,nodev,noexec,noatime")) {
            Map<String, MountInfo> mounts = mountsOf(box.bundle().bind(upper.path(), "/data").bind(upper.path(), "/other", "ro", "exec"));
            assertEquals("noatime,nodev,noexec,nosuid", of(mounts.get("/data").options(), OF_INTEREST));
            assertEquals("noatime,nodev,nosuid,ro", of(mounts.get("/other").options(), OF_INTEREST));
        }
    }

    /** The recursive ones: on the mount and on the one below it, whatever the two had before. */
    @Test
    void recursiveOptionsHoldForAllMountsBelow(Sandbox box) {
        Map<String, String> sets = new LinkedHashMap<>();
        sets.put("rro", "relatime,ro");
        sets.put("rnosuid", "nosuid,relatime");
        sets.put("rnodev", "nodev,relatime");
        sets.put("rnoexec", "noexec,relatime");
        sets.put("rnodiratime", "nodiratime,relatime");
        sets.put("rnoatime", "noatime");
        sets.put("rstrictatime", "");
        sets.put("rnosymfollow", "nosymfollow,relatime");
        sets.put("rrelatime", "relatime");
        try (HostMount upper = HostMount.tmpfs(box.dir().resolve("upper"));
                HostMount lower = HostMount.tmpfs(upper.path().resolve("lower"))) {
            expectBoth(box, upper, lower, sets);
        }
        Map<String, String> clears = new LinkedHashMap<>();
        clears.put("rrw", "noatime,nodev,nodiratime,noexec,nosuid,nosymfollow");
        clears.put("rsuid", "noatime,nodev,nodiratime,noexec,nosymfollow,ro");
        clears.put("rdev", "noatime,nodiratime,noexec,nosuid,nosymfollow,ro");
        clears.put("rexec", "noatime,nodev,nodiratime,nosuid,nosymfollow,ro");
        clears.put("rdiratime", "noatime,nodev,noexec,nosuid,nosymfollow,ro");
        clears.put("ratime", "nodev,nodiratime,noexec,nosuid,nosymfollow,relatime,ro");
        clears.put("rrelatime", "nodev,nodiratime,noexec,nosuid,nosymfollow,relatime,ro");
        clears.put("rnorelatime", "nodev,nodiratime,noexec,nosuid,nosymfollow,relatime,ro");
        clears.put("rstrictatime", "nodev,nodiratime,noexec,nosuid,nosymfollow,ro");
        clears.put("rnostrictatime", "nodev,nodiratime,noexec,nosuid,nosymfollow,relatime,ro");
        clears.put("rsymfollow", "noatime,nodev,nodiratime,noexec,nosuid,ro");
        String all = "remount,bind,ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow";
        try (HostMount upper = HostMount.tmpfs(box.dir().resolve("upper2"));
                HostMount lower = HostMount.tmpfs(upper.path().resolve("lower"))) {
            lower.options(all);
            upper.options(all);
            expectBoth(box, upper, lower, clears);
        }
    }

    private static void expectBoth(Sandbox box, HostMount upper, HostMount lower, Map<String, String> cases) {
        Bundle bundle = box.bundle();
        for (String option : cases.keySet()) {
            bundle.bind(upper.path(), "/m/" + option, "rbind", option);
        }
        Map<String, MountInfo> mounts = mountsOf(bundle);
        String name = "/" + lower.path().getFileName();
        List<Executable> checks = new ArrayList<>();
        cases.forEach((option, expected) -> {
            checks.add(() -> assertEquals(expected, of(mounts.get("/m/" + option).options(), OF_INTEREST), option));
            checks.add(() -> assertEquals(expected, of(mounts.get("/m/" + option + name).options(), OF_INTEREST), option + " below"));
        });
        assertAll(checks);
    }

    @Test
    void linksOfAMountWithoutThemAreNotFollowed(Sandbox box) {
        box.file("shared/a", "content");
        Bundle bundle = box.bundle().bind(box.dir().resolve("shared"), "/data", "nosymfollow")
                .sh("cat /data/a; ln -s a /data/link; readlink /data/link; cat /data/link");
        Result result = bundle.run().exits(1);
        assertEquals("contentlink", result.stdout().replace("\na\n", "link").replace("contenta\n", "contentlink"));
        assertTrue(result.stderr().contains("Too many levels of symbolic links"), result::toString);
    }

    // ---- remount ----

    @Test
    void aRemountChangesTheMountThatIsThere(Sandbox box) {
        Map<String, MountInfo> mounts = mountsOf(box.bundle().mount("/data", "tmpfs", "tmpfs", "size=1m", "mode=755", "nosuid")
                .mount("/data", "tmpfs", "tmpfs", "remount", "size=2m", "ro", "noexec"));
        assertEquals("noexec,nosuid,relatime,ro", of(mounts.get("/data").options(), OF_INTEREST));
        assertTrue(mounts.get("/data").superblock().contains("size=2048k"), mounts.get("/data")::toString);
        assertTrue(mounts.get("/data").superblock().contains("mode=755"), mounts.get("/data")::toString);
    }

    @Test
    void aRemountOfABindChangesItsFlagsAlone(Sandbox box) {
        box.file("shared/a", "content");
        Map<String, MountInfo> mounts = mountsOf(box.bundle().bind(box.dir().resolve("shared"), "/data", "nosuid", "ro")
                .mount("/data", "bind", "", "remount", "bind", "rw", "nodev"));
        assertEquals("nodev,nosuid,relatime", of(mounts.get("/data").options(), OF_INTEREST));
    }

    @Test
    void aRemountOfWhatIsNoMountIsRefused(Sandbox box) {
        Result result = box.bundle().mount("/etc", "tmpfs", "tmpfs", "remount", "ro").command("create", "c").run();
        assertTrue(result.exits(1).stderr().contains("remount /etc"), result::toString);
        box.assertNothingLeft();
    }

    // ---- propagation ----

    @ParameterizedTest
    @CsvSource({"private,'',master:", "rprivate,'',''", "shared,shared:,master:", "rshared,shared:,shared:", "slave,master:,master:",
        "rslave,master:,master:", "unbindable,unbindable,master:", "runbindable,unbindable,unbindable"})
    void theMountsBelowShareItIfAskedRecursively(String option, String kind, String below, Sandbox box) {
        try (HostMount upper = HostMount.tmpfs(box.dir().resolve("upper")).shared();
                HostMount lower = HostMount.tmpfs(upper.path().resolve("lower")).shared()) {
            Map<String, MountInfo> mounts = mountsOf(box.bundle().bind(upper.path(), "/data", "rbind", option));
            assertPropagation(kind, mounts.get("/data"));
            assertPropagation(below, mounts.get("/data/" + lower.path().getFileName()));
        }
    }

    @Test
    void aSlaveCanBeSharedOn(Sandbox box) {
        try (HostMount source = HostMount.tmpfs(box.dir().resolve("source")).shared()) {
            String found = mountsOf(box.bundle().bind(source.path(), "/data", "slave", "shared")).get("/data").propagation();
            assertTrue(found.contains("shared:") && found.contains("master:"), found);
        }
    }

    @ParameterizedTest
    @CsvSource({"shared,shared:", "private,''", "unbindable,unbindable"})
    void aNewFileSystemHasItsPropagation(String option, String kind, Sandbox box) {
        assertPropagation(kind, mountsOf(box.bundle().mount("/data", "tmpfs", "tmpfs", option)).get("/data"));
    }

    private static void assertPropagation(String kind, MountInfo mount) {
        assertTrue(kind.isEmpty() ? mount.propagation().isEmpty() : mount.propagation().startsWith(kind), mount::toString);
    }

    @ParameterizedTest
    @CsvSource({"slave,master:,master:", "rslave,master:,master:", "private,'',", "rprivate,'',''", "unbindable,unbindable,",
        "runbindable,unbindable,unbindable"})
    void theRootHasTheRootsPropagation(String option, String kind, String below, Sandbox box) {
        try (HostMount host = HostMount.tmpfs(box.dir().resolve("host")).shared()) {
            Bundle bundle = box.bundle();
            dev.caisson.it.harness.Files.folder(host.path().resolve("rootfs"));
            try (HostMount inside = HostMount.bind(bundle.rootfs(), host.path().resolve("rootfs")).shared()) {
                bundle.set("/root/path", inside.path().toString()).set("/linux/rootfsPropagation", option)
                        .mount("/data", "tmpfs", "tmpfs", "mode=755");
                Map<String, MountInfo> mounts = mountsOf(bundle);
                assertPropagation(kind, mounts.get("/"));
                if (below != null && kind.equals("unbindable")) {
                    assertPropagation(below, mounts.get("/data"));
                }
            }
        }
    }

    @Test
    void anUnbindableRootCannotBeBound(Sandbox box) {
        Bundle bundle = box.bundle().set("/linux/rootfsPropagation", "unbindable").capabilities("CAP_SYS_ADMIN")
                .sh("mount --bind /etc /tmp 2>&1; true");
        assertTrue(bundle.run().ok().contains("Invalid argument"));
        assertFalse(bundle.set("/linux/rootfsPropagation", "private").run().ok().contains("Invalid argument"));
    }
}
