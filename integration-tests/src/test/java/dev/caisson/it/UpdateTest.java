package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Cgroups;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Knob;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code update}. */
@RealContainers
class UpdateTest {

    private static final long MIB = 1 << 20;

    private static Bundle waiting(Sandbox box) {
        return box.bundle().args("sleep", "1000");
    }

    private static Result update(Container container, String resources) {
        return container.verbCommand("update", "--resources", "-").stdin(resources).run();
    }

    @Test
    void optionsChangeLimits(Sandbox box) {
        Bundle bundle = waiting(box);
        try (Container container = bundle.up("c")) {
            container.verb("update", "--memory", "64m", "--memory-reservation", "32M", "--pids-limit", "20", "--cpu-share", "1024",
                    "--cpu-quota", "50000", "--cpu-period", "200000").ok();
            assertEquals(Long.toString(64 * MIB), Knob.MEMORY.of(bundle.cgroup()));
            assertEquals(Long.toString(32 * MIB), Knob.MEMORY_RESERVATION.of(bundle.cgroup()));
            assertEquals("20", Knob.PIDS.of(bundle.cgroup()));
            assertEquals(Cgroups.areV1() ? "1024" : "100", Knob.CPU_SHARE.of(bundle.cgroup()));
            assertEquals("50000 200000", Knob.bandwidth(bundle.cgroup()));
            assertEquals(Long.toString(64 * MIB), container.sh("cat " + Knob.MEMORY.inside()));
            container.verb("update", "--memory", "-1", "--pids-limit", "-1", "--cpu-quota", "-1").ok();
            assertEquals(Knob.unlimitedMemory(), Knob.MEMORY.of(bundle.cgroup()));
            assertEquals("max", Knob.PIDS.of(bundle.cgroup()));
            assertEquals("max 200000", Knob.bandwidth(bundle.cgroup()));
        }
    }

    @Test
    void theProcessorsToRunOn(Sandbox box) {
        assumeTrue(Knob.CPUS.isThere(), "the machine has no cpuset controller");
        Bundle bundle = waiting(box);
        try (Container container = bundle.up("c")) {
            container.verb("update", "--cpuset-cpus", "0", "--cpuset-mems", "0").ok();
            assertEquals("0", Knob.CPUS.of(bundle.cgroup()));
            assertEquals("Cpus_allowed_list:\t0", container.sh("grep Cpus_allowed_list /proc/1/status"));
        }
    }

    @Test
    @OnlyCaisson("runc 1.1 has no such options")
    void aBurstAndIdleness(Sandbox box) {
        Bundle bundle = waiting(box);
        try (Container container = bundle.up("c")) {
            container.verb("update", "--cpu-quota", "50000", "--cpu-burst", "20000").ok();
            assertEquals("20000", Knob.CPU_BURST.of(bundle.cgroup()));
            container.verb("update", "--cpu-burst", "0", "--cpu-idle", "1").ok();
            assertEquals("0", Knob.CPU_BURST.of(bundle.cgroup()));
            assertEquals("1", Knob.CPU_IDLE.of(bundle.cgroup()));
            container.verb("update", "--cpu-idle", "0").ok();
            assertEquals("0", Knob.CPU_IDLE.of(bundle.cgroup()));
        }
    }

    @Test
    void aFileOfLimitsAndOneOnStandardInput(Sandbox box) {
        Bundle bundle = waiting(box);
        Path file = box.file("limits.json", "{\"memory\": {\"limit\": 33554432}, \"pids\": {\"limit\": 9}}");
        try (Container container = bundle.up("c")) {
            container.verb("update", "--resources", file.toString(), "--pids-limit", "5").ok();
            assertEquals(Long.toString(32 * MIB), Knob.MEMORY.of(bundle.cgroup()));
            assertEquals("9", Knob.PIDS.of(bundle.cgroup()), "other options are ignored");
            update(container, "{\"cpu\": {\"quota\": 30000, \"period\": 60000}}").ok();
            assertEquals("30000 60000", Knob.bandwidth(bundle.cgroup()));
            assertEquals("9", Knob.PIDS.of(bundle.cgroup()));
        }
    }

    @Test
    @OnlyCaisson("runc 1.1 dies of nulls")
    void zerosAndNullsChangeNothing(Sandbox box) {
        Bundle bundle = waiting(box).set("/linux/resources/memory/limit", 64 * MIB).set("/linux/resources/pids/limit", 30)
                .set("/linux/resources/cpu/quota", 40000).set("/linux/resources/cpu/period", 80000);
        try (Container container = bundle.up("c")) {
            update(container, """
                    {"devices": null, "memory": {"limit": 0, "reservation": 0, "swap": 0, "kernel": 0, "limit": null},
                     "cpu": {"shares": 0, "quota": 0, "period": 0, "realtimeRuntime": 0, "realtimePeriod": 0, "cpus": "", "mems": null},
                     "pids": {"limit": 0}, "blockIO": {"weight": 0}, "network": null, "unified": {}}""").ok();
            update(container, "{}").ok();
            container.verb("update").ok();
            assertEquals(Long.toString(64 * MIB), Knob.MEMORY.of(bundle.cgroup()));
            assertEquals("30", Knob.PIDS.of(bundle.cgroup()));
            assertEquals("40000 80000", Knob.bandwidth(bundle.cgroup()));
        }
    }

    @Test
    @OnlyCaisson("runc may leave half of it changed")
    void aRefusedLimitLeavesTheOthersAsTheyWere(Sandbox box) {
        Bundle bundle = waiting(box).set("/linux/resources/memory/limit", 64 * MIB).set("/linux/resources/cpu/shares", 512);
        try (Container container = bundle.up("c")) {
            String shares = Knob.CPU_SHARE.of(bundle.cgroup());
            Result refused = container.verb("update", "--memory", "32m", "--cpu-share", "2048", "--cpu-quota", "50000", "--cpu-period", "7")
                    .exits(1);
            assertTrue(refused.stderr().contains("linux.resources.cpu."), refused::toString);
            assertTrue(refused.stderr().contains("invalid argument"), refused::toString);
            assertEquals(Long.toString(64 * MIB), Knob.MEMORY.of(bundle.cgroup()));
            assertEquals(shares, Knob.CPU_SHARE.of(bundle.cgroup()));
            assertEquals("max 100000", Knob.bandwidth(bundle.cgroup()));
        }
    }

    @Test
    void swapIsReckonedFromTheLimitsThereAre(Sandbox box) {
        assumeTrue(Knob.countsSwap(), "the machine does not count swap");
        Bundle bundle = waiting(box).set("/linux/resources/memory/limit", 64 * MIB).set("/linux/resources/memory/swap", 128 * MIB);
        try (Container container = bundle.up("c")) {
            assertEquals(128 * MIB, Knob.swap(bundle.cgroup()));
            container.verb("update", "--memory", "96m", "--memory-swap", "256m").ok();
            assertEquals(256 * MIB, Knob.swap(bundle.cgroup()));
        }
    }

    @Test
    @OnlyCaisson("runc keeps no account of it on v2")
    void laterChangesStartFromTheEarlierOnes(Sandbox box) {
        assumeTrue(Knob.countsSwap(), "the machine does not count swap");
        Bundle bundle = waiting(box).set("/linux/resources/memory/limit", 64 * MIB).set("/linux/resources/memory/swap", 128 * MIB);
        try (Container container = bundle.up("c")) {
            container.verb("update", "--memory", "96m").ok();
            assertEquals(128 * MIB, Knob.swap(bundle.cgroup()), "it is of memory and swap together");
            container.verb("update", "--memory-swap", "256m").ok();
            assertEquals(256 * MIB, Knob.swap(bundle.cgroup()));
            Result refused = container.verb("update", "--memory", "300m").exits(1);
            assertTrue(refused.stderr().contains("linux.resources.memory."), refused::toString);
            assertEquals(Long.toString(96 * MIB), Knob.MEMORY.of(bundle.cgroup()));
        }
    }

    @Test
    void aLimitBelowUseIsRefused(Sandbox box) {
        Bundle bundle = waiting(box).set("/linux/resources/memory/limit", 64 * MIB);
        try (Container container = bundle.up("c")) {
            Result refused = update(container, "{\"memory\": {\"limit\": 4096, \"checkBeforeUpdate\": true}}").exits(1);
            String why = Cgroups.areV1() ? "unable to set memory limit to 4096" : "rejecting memory limit 4096 <= usage";
            assertTrue(refused.stderr().contains(why), refused::toString);
            assertEquals(Long.toString(64 * MIB), Knob.MEMORY.of(bundle.cgroup()));
            assertEquals("running", container.status());
        }
    }

    @Test
    @OnlyCaisson("runc ignores the rules for devices")
    void rulesForDevicesTakeHoldAtOnce(Sandbox box) {
        Bundle bundle = waiting(box).add("/linux/devices", Map.of("path", "/dev/log", "type", "c", "major", 1, "minor", 11));
        String look = "if (: > /dev/log); then echo open; else echo shut; fi 2> /dev/null";
        try (Container container = bundle.up("c")) {
            assertEquals("shut", container.sh(look));
            update(container, "{\"devices\": [{\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": 11, \"access\": \"w\"}]}").ok();
            assertEquals("open", container.sh(look));
            update(container, "{\"devices\": [{\"allow\": false, \"access\": \"rwm\"}], \"pids\": {\"limit\": 50}}").ok();
            assertEquals("open", container.sh(look), "a bare \"deny all\" comes with every request of some clients");
            update(container, """
                    {"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 3}]}""").ok();
            assertEquals("shut", container.sh(look));
            assertEquals("", container.sh("echo > /dev/null"));
            update(container, "{\"devices\": [{\"allow\": true, \"type\": \"a\", \"access\": \"rwm\"}]}").ok();
            assertEquals("open", container.sh(look));
            update(container, "{\"devices\": [{\"allow\": false, \"type\": \"c\", \"major\": 1, \"minor\": 11, \"access\": \"rw\"}]}").ok();
            assertEquals("shut", container.sh(look));
        }
    }

    @Test
    void aPausedContainerTakesItToo(Sandbox box) {
        Bundle bundle = waiting(box);
        try (Container container = bundle.up("c")) {
            container.verb("pause").ok();
            container.verb("update", "--pids-limit", "11").ok();
            assertEquals("11", Knob.PIDS.of(bundle.cgroup()));
            assertEquals("paused", container.status());
            container.verb("resume").ok();
        }
    }

    @Test
    void aCreatedContainerTakesItToo(Sandbox box) {
        Bundle bundle = waiting(box);
        try (Container container = bundle.create("c")) {
            container.verb("update", "--pids-limit", "11").ok();
            assertEquals("11", Knob.PIDS.of(bundle.cgroup()));
            assertEquals("created", container.status());
        }
    }

    @Test
    void aStoppedContainerDoesNot(Sandbox box) {
        try (Container container = box.bundle().args("true").up("c")) {
            container.awaitStatus("stopped");
            Result refused = container.verb("update", "--pids-limit", "11").exits(1);
            assertTrue(refused.stderr().contains("container not running"), refused::toString);
        }
    }

    @Test
    void aContainerThatIsNotThere(Sandbox box) {
        Result refused = box.run("update", "--pids-limit", "11", "nobody").exits(1);
        assertTrue(refused.stderr().contains("does not exist"), refused::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "--cpu-period, abc, invalid value for cpu-period",
        "--cpu-quota, 1.5, invalid value for cpu-quota",
        "--memory, 1x, invalid value for memory",
        "--memory-swap, -2, invalid value for memory-swap",
        "--pids-limit, many, invalid value",
        "--l3-cache-schema, L3:0=f, Intel RDT",
        "--resources, /nowhere/limits.json, no such file or directory",
    })
    void valuesThatMakeNoSense(String option, String value, String complaint, Sandbox box) {
        try (Container container = waiting(box).up("c")) {
            Result refused = container.verb("update", option, value).exits(1);
            assertTrue((refused.stdout() + refused.stderr()).contains(complaint), refused::toString);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"memory\": {\"limit\": -5}}                                  | linux.resources.memory.limit",
        "{\"memory\": {\"limit\": \"much\"}}                            | memory.limit",
        "{\"cpu\": {\"idle\": 2}}                                       | cpu.idle",
        "{\"cpu\": {\"cpus\": \"4000\"}}                                | linux.resources.cpu.cpus",
        "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": 4095, \"minor\": 7, \"rate\": 5}]}} | throttleReadBpsDevice[0]",
        "{\"hugepageLimits\": [{\"pageSize\": \"3MB\", \"limit\": 5}]}  | linux.resources.hugepageLimits",
        "{\"unified\": {\"../pids.max\": \"1\"}}                        | no slashes",
        "{\"devices\": [{\"allow\": true, \"type\": \"x\"}]}            | devices[0].type",
        "[]                                                             | resources.json",
        "{                                                              | resources.json",
    })
    @OnlyCaisson("runc says it otherwise, or nothing")
    void requestsThatMakeNoSense(String request, String complaint, Sandbox box) {
        try (Container container = waiting(box).up("c")) {
            Result refused = update(container, request).exits(1);
            assertTrue(refused.complaint().contains(complaint), refused::toString);
            assertEquals(1, refused.stderr().lines().count(), refused::toString);
        }
    }

    @Test
    @OnlyCaisson("runc says it in other words")
    void aCgroupThatWasTakenAway(Sandbox box) {
        Bundle bundle = waiting(box);
        try (Container container = bundle.up("c")) {
            List<Path> taken = new ArrayList<>();
            for (Path hierarchy : Cgroups.hierarchies()) {
                Path cgroup = hierarchy.resolve(bundle.cgroup().substring(1));
                if (java.nio.file.Files.isDirectory(cgroup)) {
                    Files.write(hierarchy.resolve("cgroup.procs"), Long.toString(container.pid()));
                    taken.add(cgroup);
                }
            }
            taken.forEach(cgroup -> assertTrue(cgroup.toFile().delete(), cgroup::toString));
            Result refused = container.verb("update", "--pids-limit", "11").exits(1);
            assertTrue(refused.stderr().contains(bundle.cgroup() + " is gone"), refused::toString);
            assertEquals("running", container.status());
        }
        box.assertNothingLeft();
    }
}
