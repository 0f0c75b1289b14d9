package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Cgroups;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.Knob;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import dev.caisson.it.harness.Target;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Where a container's processes are put, and which limits hold there, on whatever version of cgroups the machine has. */
@RealContainers
class CgroupTest {

    private static final int MIB = 1 << 20;

    /** Which cgroup a process is in, by controller; the key is empty for v2. */
    private static Map<String, String> places(String procCgroup) {
        return procCgroup.lines().map(line -> line.split(":", 3)).collect(Collectors.toMap(fields -> fields[1], fields -> fields[2]));
    }

    /** The controllers that a container is put into, by the names that {@link #places} has for them. */
    private static List<String> controllers() {
        return Cgroups.areV1() ? List.of("memory", "pids", "cpu", "cpuacct", "cpuset", "devices", "freezer", "blkio") : List.of("");
    }

    /** A bundle whose process sees its place in the host's cgroups. */
    private static Bundle bundle(Sandbox box) {
        return box.bundle().withoutNamespace("cgroup");
    }

    // ---- places ----

    @Test
    void theProcessIsInTheConfiguredCgroupOfEachController(Sandbox box) {
        Bundle bundle = bundle(box).args("cat", "/proc/self/cgroup");
        Map<String, String> places = places(bundle.run().ok());
        for (String controller : controllers()) {
            assertEquals(bundle.cgroup(), places.get(controller), controller);
        }
    }

    @Test
    void executedProcessesAreThereToo(Sandbox box) {
        Bundle bundle = bundle(box).args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            Map<String, String> places = places(container.exec("cat", "/proc/self/cgroup").ok());
            for (String controller : controllers()) {
                assertEquals(bundle.cgroup(), places.get(controller), controller);
            }
        }
    }

    @Test
    void withoutAConfiguredCgroupItIsNamedAfterTheContainer(Sandbox box) {
        String id = box.name() + "-unnamed";
        String place = places(bundle(box).without("/linux/cgroupsPath").args("cat", "/proc/self/cgroup").command("run", id).run().ok())
                .get(controllers().getLast());
        assertTrue(place.endsWith("/" + id), place);
    }

    @Test
    void twoContainersMayShareACgroupThatIsTheFirstOnes(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000");
        try (Container first = bundle.up("first")) {
            Bundle other = box.bundle().set("/linux/cgroupsPath", bundle.cgroup());
            other.args("no-such-program").command("create", "third").run().exits(1);
            Result second = other.args("sleep", "1000").command("create", "second").run().exits(0);
            assertTrue(second.stderr().contains("container's cgroup is not empty: 1 process(es) found"), second::toString);
            box.run("delete", "--force", "second").exits(0);
            assertEquals("running", first.status());
        }
    }

    @Test
    void aFrozenCgroupIsRefusedAndLeftAsItIs(Sandbox box) {
        Bundle bundle = box.bundle().args("true");
        Path frozen = Cgroups.folder("freezer", bundle.cgroup());
        Files.folder(frozen);
        String state = Cgroups.areV1() ? "freezer.state" : "cgroup.freeze";
        String set = Cgroups.areV1() ? "FROZEN" : "1";
        Files.write(frozen.resolve(state), set);
        for (String verb : List.of("run", "create")) {
            Result refused = bundle.command(verb, "c").run().exits(1);
            assertTrue(refused.stderr().contains("container's cgroup unexpectedly frozen"), refused::toString);
        }
        assertEquals(set, Files.text(frozen.resolve(state)).strip());
        Cgroups.remove(bundle.cgroup());
    }

    @Test
    void aCgroupMayLieDeeper(Sandbox box) {
        Bundle bundle = bundle(box);
        String parent = bundle.cgroup();
        bundle.set("/linux/cgroupsPath", parent + "/deeper/still").args("cat", "/proc/self/cgroup");
        assertEquals(parent + "/deeper/still", places(bundle.run().ok()).get(controllers().getLast()));
        assertFalse(java.nio.file.Files.exists(Cgroups.folder("pids", parent + "/deeper/still")));
        Cgroups.remove(parent);
    }

    @Test
    void limitsHoldInACgroupThatLiesDeeper(Sandbox box) {
        Bundle bundle = bundle(box);
        String parent = bundle.cgroup();
        bundle.set("/linux/cgroupsPath", parent + "/deeper/still").set("/linux/resources/pids/limit", 17)
                .set("/linux/resources/memory/limit", 32 * MIB).args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            assertEquals("17", Knob.PIDS.of(bundle.cgroup()));
            assertEquals(Integer.toString(32 * MIB), Knob.MEMORY.of(bundle.cgroup()));
            assertEquals("running", container.status());
        }
        Cgroups.remove(parent);
    }

    @Test
    void theContainerSeesItsOwnCgroupAlone(Sandbox box) {
        Bundle bundle = box.bundle();
        if (!Cgroups.areV1()) {
            bundle.namespace("cgroup", null);
        }
        assertEquals("1", bundle.sh("head -1 /sys/fs/cgroup/" + (Cgroups.areV1() ? "pids/" : "") + "cgroup.procs").run().ok());
    }

    @Test
    void itIsGoneWithTheContainer(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            assertTrue(java.nio.file.Files.isDirectory(Cgroups.folder("memory", bundle.cgroup())));
            container.kill("KILL");
            container.awaitStatus("stopped");
            container.delete();
            assertFalse(java.nio.file.Files.exists(Cgroups.folder("memory", bundle.cgroup())));
        }
    }

    @Test
    void itGoesWithTheCgroupsThatTheContainerMadeInIt(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            for (Path hierarchy : Cgroups.hierarchies()) {
                Path cgroup = hierarchy.resolve(bundle.cgroup().substring(1));
                if (java.nio.file.Files.isDirectory(cgroup)) {
                    Files.folder(cgroup.resolve("inner/most"));
                }
            }
            container.kill("KILL");
            container.awaitStatus("stopped");
            container.delete();
        }
        box.assertNothingLeft();
    }

    @Test
    @OnlyCaisson("runc has no such option")
    void cgroupManagerDisabledLeavesTheProcessWhereItsCallerIs(Sandbox box) {
        Map<String, String> own = places(Files.text(Path.of("/proc/self/cgroup")));
        Bundle bundle = bundle(box).args("cat", "/proc/self/cgroup");
        assertEquals(own, places(bundle.command("run", "c").global("--cgroup-manager", "disabled").run().ok()));
    }

    // ---- limits as they are set ----

    private static String seen(Sandbox box, Knob knob, UnaryOperator<Bundle> change) {
        Bundle bundle = change.apply(box.bundle());
        if (!Cgroups.areV1()) {
            bundle.namespace("cgroup", null);
        }
        return bundle.args("cat", knob.inside()).run().ok();
    }

    @Test
    void memory(Sandbox box) {
        assertEquals("33554432", seen(box, Knob.MEMORY, b -> b.set("/linux/resources/memory/limit", 33554432)));
        assertEquals("16777216", seen(box, Knob.MEMORY_RESERVATION, b -> b.set("/linux/resources/memory/reservation", 16777216)));
    }

    @Test
    void processes(Sandbox box) {
        assertEquals("17", seen(box, Knob.PIDS, b -> b.set("/linux/resources/pids/limit", 17)));
        assertEquals("max", seen(box, Knob.PIDS, b -> b.set("/linux/resources/pids/limit", -1)));
    }

    @Test
    void sharesOfProcessorTime(Sandbox box) {
        assertEquals(Cgroups.areV1() ? "512" : "59", seen(box, Knob.CPU_SHARE, b -> b.set("/linux/resources/cpu/shares", 512)));
    }

    @Test
    void quotaOfProcessorTime(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000").set("/linux/resources/cpu/quota", 20000).set("/linux/resources/cpu/period", 50000);
        try (Container container = bundle.up("c")) {
            assertEquals("20000 50000", Knob.bandwidth(bundle.cgroup()));
            assertEquals("running", container.status());
        }
    }

    @Test
    void processorsToRunOn(Sandbox box) {
        assumeTrue(Knob.CPUS.isThere(), "the machine has no cpuset controller");
        assertEquals("0", seen(box, Knob.CPUS, b -> b.set("/linux/resources/cpu/cpus", "0")));
    }

    @Test
    void filesOfVersion2AreSetByTheirNames(Sandbox box) {
        Bundle bundle = box.bundle().set("/linux/resources/unified", Map.of("memory.high", "20971520", "pids.max", "12")).args("sleep", "1000");
        if (Cgroups.areV1()) {
            Result refused = bundle.run().exits(1);
            assertTrue(refused.stderr().contains("unified"), refused::toString);
            return;
        }
        try (Container container = bundle.up("c")) {
            assertEquals("20971520", Cgroups.read("memory", bundle.cgroup(), "memory.high"));
            assertEquals("12", Knob.PIDS.of(bundle.cgroup()));
            assertEquals("running", container.status());
        }
    }

    // ---- limits as they are felt ----

    @Test
    void aProcessThatTakesMoreMemoryIsKilled(Sandbox box) {
        box.bundle().set("/linux/resources/memory/limit", 24 * MIB).set("/process/args", List.of("tail", "-c", "200m", "/dev/zero"))
                .run().exits(137);
    }

    @Test
    void aKillForLackOfMemoryIsCounted(Sandbox box) {
        Bundle bundle = box.bundle().set("/linux/resources/memory/limit", 24 * MIB).args("sleep", "1000");
        try (Container container = bundle.up("c")) {
            container.exec("tail", "-c", "200m", "/dev/zero").exits(137);
            String counter = Cgroups.areV1() ? "memory.oom_control" : "memory.events";
            assertTrue(Cgroups.read("memory", bundle.cgroup(), counter).lines().anyMatch("oom_kill 1"::equals), counter);
            assertEquals("running", container.status());
        }
    }

    @Test
    void moreProcessesThanAllowedCannotBeStarted(Sandbox box) {
        Result result = box.bundle().set("/linux/resources/pids/limit", 4).sh("for i in 1 2 3 4 5 6; do sleep 5 & done; true").run();
        assertTrue(result.stderr().contains("can't fork"), result::toString);
    }

    /** It may run for a tenth of the time: it is stopped in most periods, and gets less than a third in the end, on however busy a machine. */
    @Test
    void processorTimeAboveTheQuotaIsWithheld(Sandbox box) {
        Bundle bundle = box.bundle().sh("while :; do :; done").set("/linux/resources/cpu/quota", 2000).set("/linux/resources/cpu/period", 20000);
        try (Container container = bundle.up("c")) {
            Await.until("it has been stopped ten times", () -> Cgroups.read("cpu", bundle.cgroup(), "cpu.stat").lines()
                    .anyMatch(line -> line.startsWith("nr_throttled ") && Integer.parseInt(line.substring(13)) >= 10));
            List<String> stat = Cgroups.read("cpu", bundle.cgroup(), "cpu.stat").lines().toList();
            assertTrue(stat.stream().anyMatch(line -> line.startsWith("throttled_") && !line.endsWith(" 0")), stat::toString);
            assertEquals("running", container.status());
        }
    }

    @Test
    void aFrozenContainerDoesNotRun(Sandbox box) {
        Bundle bundle = box.bundle().sh("while :; do :; done");
        try (Container container = bundle.up("c")) {
            container.verb("pause").ok();
            String before = Cgroups.processorTime(bundle.cgroup());
            Await.pause(100);
            assertEquals(before, Cgroups.processorTime(bundle.cgroup()));
            container.verb("resume").ok();
            Await.until("it runs again", () -> !Cgroups.processorTime(bundle.cgroup()).equals(before));
        }
    }

    @Test
    void devicesThatNoRuleAllowsAreOutOfReachEvenWithANodeOfOnesOwn(Sandbox box) {
        Bundle bundle = box.bundle().writable().capabilities("CAP_MKNOD").sh("mknod /kmsg c 1 11 && head -c 1 /kmsg");
        Result result = bundle.run();
        assertTrue(result.stderr().contains("Operation not permitted"), result::toString);
    }

    @Test
    void devicesThatARuleAllowsAreWithinReachForWhatItAllows(Sandbox box) {
        Bundle bundle = box.bundle().writable().capabilities("CAP_MKNOD").add("/linux/resources/devices",
                Map.of("allow", true, "type", "c", "major", 1, "minor", 11, "access", "w"));
        assertEquals("written\nnot read", bundle.sh("""
                mknod /kmsg c 1 11
                (: > /kmsg) && echo written
                (: < /kmsg) || echo not read
                """).run().ok());
    }

    @Test
    void nodesCanBeMadeOfAnyDevice(Sandbox box) {
        assertEquals("b", box.bundle().writable().capabilities("CAP_MKNOD").sh("mknod /node b 7 1 && stat -c %F /node | cut -c1").run().ok());
    }

    /** A block device that may be read, as {@code MAJOR:MINOR}; null where there is none. */
    private static String blockDevice() {
        for (String name : List.of("ram0", "vda", "sda", "nvme0n1")) {
            try (InputStream device = java.nio.file.Files.newInputStream(Path.of("/dev", name))) {
                if (device.read() >= 0) {
                    return Files.text(Path.of("/sys/block", name, "dev")).strip();
                }
            } catch (IOException e) {
                // Not there, or kept from everybody.
            }
        }
        return null;
    }

    /** Half a MiB at half a MiB a second takes most of a second at least, on however fast a machine. */
    @Test
    void readingOfADeviceIsThrottled(Sandbox box) {
        String device = blockDevice();
        assumeTrue(device != null, "the machine has no block device that may be read");
        int major = Integer.parseInt(device.split(":")[0]);
        int minor = Integer.parseInt(device.split(":")[1]);
        Bundle bundle = box.bundle().args("sleep", "1000")
                .add("/linux/devices", Map.of("path", "/dev/disk", "type", "b", "major", major, "minor", minor))
                .add("/linux/resources/devices", Map.of("allow", true, "type", "b", "major", major, "minor", minor, "access", "r"))
                .add("/linux/resources/blockIO/throttleReadBpsDevice", Map.of("major", major, "minor", minor, "rate", MIB / 2));
        try (Container container = bundle.up("c")) {
            String read = "dd if=/dev/disk of=/dev/null bs=64k count=8 iflag=direct 2>&1";
            long begin = System.nanoTime();
            String output = container.sh(read);
            long millis = (System.nanoTime() - begin) / 1_000_000;
            assertTrue(output.contains("8+0 records in"), output);
            assertTrue(millis >= 700, millis + " ms");
            assertTrue(container.exec("sh", "-c", ": > /dev/disk").complaint().contains("Operation not permitted"), "writing is not allowed");
            long bytes = 0;
            for (JsonNode entry : Json.read(container.verb("events", "--stats").ok()).at("/data/blkio/ioServiceBytesRecursive")) {
                bytes += entry.get("major").asInt() == major && entry.path("op").asText().equals("Read") ? entry.get("value").asLong() : 0;
            }
            assertEquals(MIB / 2, bytes);
        }
    }

    /** While other rules come and go, there is no moment without any. */
    @Test
    @OnlyCaisson("runc ignores the rules for devices")
    void changingTheRulesForDevicesLeavesNoGap(Sandbox box) {
        Bundle bundle = box.bundle().add("/linux/devices", Map.of("path", "/dev/log", "type", "c", "major", 1, "minor", 11))
                .sh("while :; do (: > /dev/log) 2> /dev/null && echo open; done");
        String other = "{\"devices\": [{\"allow\": %s, \"type\": \"c\", \"major\": 10, \"minor\": 229}]}";
        try (Container container = bundle.up("c")) {
            for (int i = 0; i < 20; i++) {
                container.verbCommand("update", "--resources", "-").stdin(other.formatted(i % 2 == 0)).run().ok();
            }
            assertEquals("", container.output());
            assertEquals("running", container.status());
        }
    }

    @Test
    void aContainerGovernsItsOwnCgroup(Sandbox box) {
        assumeTrue(!Cgroups.areV1(), "cgroups of version 1 hand nothing down");
        Bundle bundle = box.bundle().namespace("cgroup", null).sh("""
                cd /sys/fs/cgroup && mkdir inner && echo 0 > inner/cgroup.procs && echo +pids > cgroup.subtree_control && cat inner/pids.max
                exec sleep 1000""");
        for (JsonNode mount : bundle.config().get("mounts")) {
            if (mount.get("type").asText().equals("cgroup")) {
                ((ObjectNode) mount).set("options", Json.of(List.of("nosuid", "noexec", "nodev", "relatime", "rw")));
            }
        }
        try (Container container = bundle.up("c")) {
            Await.until("it has set itself up", () -> container.output().equals("max"));
            assertEquals("0::/inner", container.exec("cat", "/proc/self/cgroup").ok(), "no process may be in the cgroup itself");
            container.verb("pause").ok();
            assertEquals("paused", container.status());
            container.verb("resume").ok();
            container.verb("update", "--pids-limit", "40").ok();
            assertEquals("40", container.sh("cat /sys/fs/cgroup/pids.max"));
        }
        box.assertNothingLeft();
    }

    @Test
    void aParentWithProcessesHandsDownNothing(Sandbox box) throws Exception {
        assumeTrue(!Cgroups.areV1(), "cgroups of version 1 may have processes anywhere");
        Bundle bundle = box.bundle();
        Path parent = Files.folder(Cgroups.folder("", bundle.cgroup()));
        Process process = new ProcessBuilder("sleep", "1000").start();
        try {
            Files.write(parent.resolve("cgroup.procs"), Long.toString(process.pid()));
            bundle.set("/linux/cgroupsPath", bundle.cgroup() + "/below").set("/linux/resources/memory/limit", 32 * MIB);
            Result refused = bundle.args("true").command("create", "c").run().exits(1);
            assertTrue(refused.complaint().contains("linux.resources.memory.limit: the memory controller is not available: " + parent
                    + " can't hand it down while there are processes in it"), refused::toString);
            assertFalse(java.nio.file.Files.exists(parent.resolve("below")));
        } finally {
            process.destroyForcibly().waitFor();
            Await.until("the cgroup is empty", () -> parent.toFile().delete());
        }
    }

    @Test
    void aProcessIsBornInItsCgroup(Sandbox box) {
        assumeTrue(!Cgroups.areV1() && Target.isCaisson(), "cgroups of version 1 are joined after birth");
        String plan = box.bundle().args("true").command("plan", "c").run().ok();
        assertTrue(plan.lines().anyMatch(line -> line.contains("open the cgroup /sys/fs/cgroup/")), plan);
        assertFalse(plan.lines().anyMatch(line -> line.contains("clone(") && line.contains(", -1, ")), plan);
    }

    @Test
    @OnlyCaisson("runc 1.1 counts the process that starts the container as well")
    void aContainerMayHaveAsManyProcessesAsItsLimitSays(Sandbox box) {
        assertEquals("2", box.bundle().set("/linux/resources/pids/limit", 2).sh("sh -c 'echo $$'; true").run().ok());
    }

    @Test
    @OnlyCaisson("peers need more")
    void twoMebibytesAreEnoughForAProgramThatNeedsLittle(Sandbox box) {
        box.bundle().set("/linux/resources/memory/limit", 2 * MIB).set("/linux/resources/memory/swap", 2 * MIB).args("true").run().ok();
    }

    // ---- bad input ----

    private static void assertRefused(Sandbox box, Bundle bundle, String... words) {
        Result refused = bundle.args("true").command("create", "c").run().exits(1);
        for (String word : words) {
            assertTrue(refused.complaint().contains(word), refused::toString);
        }
        assertEquals(1, refused.stderr().lines().count(), refused::toString);
        box.assertNothingLeft();
    }

    @Test
    @OnlyCaisson("runc says it in other words")
    void aLimitThatTheKernelRefusesIsAnError(Sandbox box) {
        assertRefused(box, box.bundle().set("/linux/resources/cpu/quota", 5), "linux.resources.cpu.quota", "invalid argument");
        assertRefused(box, box.bundle().set("/linux/resources/pids/limit", 1L << 40), "linux.resources.pids.limit", "invalid argument");
        assertRefused(box, box.bundle().set("/linux/resources/memory/limit", -7), "linux.resources.memory.limit", "-7");
    }

    @Test
    @OnlyCaisson("runc says it in other words")
    void processorsThatAreNotThere(Sandbox box) {
        assertRefused(box, box.bundle().set("/linux/resources/cpu/cpus", "4000"), "linux.resources.cpu.cpus",
                Knob.CPUS.isThere() ? "cpuset.cpus" : "the cpuset controller is not available");
    }

    @Test
    @OnlyCaisson("runc says it in other words")
    void aDeviceThatIsNotThere(Sandbox box) {
        assertRefused(box, box.bundle().add("/linux/resources/blockIO/throttleReadBpsDevice",
                Map.of("major", 4095, "minor", 7, "rate", 100)), "linux.resources.blockIO.throttleReadBpsDevice[0]", "4095:7",
                "no such device");
    }

    @Test
    @OnlyCaisson("runc ignores it")
    void aControllerThatIsNotThere(Sandbox box) {
        assumeTrue(!Cgroups.has("rdma"), "the machine has an rdma controller");
        assertRefused(box, box.bundle().set("/linux/resources/rdma", Map.of("mlx5_1", Map.of("hcaHandles", 3))), "linux.resources.rdma",
                "the rdma controller is not available", "or leave the field out");
    }

    @Test
    @OnlyCaisson("runc cuts it off")
    void aPathThatClimbs(Sandbox box) {
        assertRefused(box, box.bundle().set("/linux/cgroupsPath", "/" + box.name() + "/../../etc"), "linux.cgroupsPath", "\"..\"");
        assertRefused(box, box.bundle().set("/linux/cgroupsPath", "/./"), "linux.cgroupsPath", "the root cgroup");
    }

    @Test
    void anEmptyCgroupThatIsThereAlreadyIsTakenOver(Sandbox box) {
        Bundle bundle = box.bundle().args("sleep", "1000").set("/linux/resources/pids/limit", 6);
        Files.folder(Cgroups.folder("pids", bundle.cgroup()));
        try (Container container = bundle.up("c")) {
            assertEquals("6", Knob.PIDS.of(bundle.cgroup()));
            assertEquals("running", container.status());
        }
    }

    @Test
    @OnlyCaisson("runc takes its container for a rootless one")
    void cgroupsThatAreReadOnly(Sandbox box) {
        String remount = "for m in $(awk '$3 ~ /^cgroup/ {print $2}' /proc/mounts); do mount -o remount,bind,ro $m; done; exec \"$@\"";
        Result refused = box.bundle().args("true").command("create", "c").by("unshare", "-m", "sh", "-c", remount, "sh").run().exits(1);
        assertTrue(refused.stderr().contains("make the cgroup /sys/fs/cgroup"), refused::toString);
        assertTrue(refused.stderr().contains("read-only file system"), refused::toString);
        box.assertNothingLeft();
    }
}
