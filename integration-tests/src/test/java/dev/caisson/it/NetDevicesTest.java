package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Command;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.EngineMode;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Network devices that are moved into the container. The runtime runs in a network namespace of the test's own, where the devices are made;
 * the resident engine is not in it.
 */
@RealContainers
@OnlyCaisson("the runc of the tests' machine is older than netDevices")
class NetDevicesTest {

    /** A pair of devices with addresses of all kinds on the first; then the runtime, and what is left of the first. */
    private static final String PAIR = """
            ip link add dev one type veth peer name other || exit 99
            ip addr add 10.9.0.1/24 dev one
            ip addr add 10.9.0.2/24 dev one
            ip addr add 10.9.1.1 peer 10.9.1.2 dev one
            ip addr add 10.9.2.1/24 scope link dev one
            ip addr add 10.9.3.1/24 valid_lft 1000 preferred_lft 1000 dev one
            ip -6 addr add 2001:db8::1/64 nodad dev one
            ip link set mtu 1400 address 02:00:00:00:00:07 up dev one
            ip link set up dev other
            "$@"
            code=$?
            ip -o addr show dev one 2>&1 | sed 's/^/left: /'
            ip -o link show dev one 2>&1 | sed 's/^/left: /'
            exit $code
            """;

    @BeforeAll
    static void needsAToolForDevices() {
        assumeTrue(java.nio.file.Files.isExecutable(java.nio.file.Path.of("/usr/sbin/ip")), "iproute2 is not installed");
    }

    private static Command inNetwork(Command command, String script) {
        return command.by("/usr/bin/unshare", "--net", "/bin/sh", "-c", script, "sh");
    }

    private static Bundle bundle(Sandbox box, Map<String, Object> devices) {
        return box.bundle().set("/linux/netDevices", devices);
    }

    private static List<String> addresses(String lines) {
        return lines.lines().map(String::strip).filter(line -> line.startsWith("inet"))
                .map(line -> line.replaceAll("(inet6? \\S+)( peer \\S+)?.*", "$1$2")).filter(line -> !line.contains("fe80")).toList();
    }

    @ParameterizedTest
    @EnumSource
    void aDeviceIsMovedWithItsLastingGlobalAddressesAndIsUp(EngineMode mode, Sandbox box) {
        Bundle bundle = bundle(box, Map.of("one", Map.of())).sh("ip addr show dev one");
        Result result = inNetwork(bundle.command("run", "c").engine(mode), PAIR).run().exits(0);
        assertEquals(List.of("inet 10.9.0.1/24", "inet 10.9.1.1 peer 10.9.1.2/32", "inet 10.9.0.2/24", "inet6 2001:db8::1/64").stream().sorted().toList(),
                addresses(result.stdout()).stream().sorted().toList(), result::toString);
        assertTrue(result.stdout().contains("UP") && result.stdout().contains("mtu 1400") && result.stdout().contains("02:00:00:00:00:07"),
                result::toString);
        assertFalse(result.stdout().contains("left: 2: one"), result::toString);
    }

    @Test
    void aDeviceIsRenamedOnItsWay(Sandbox box) {
        Bundle bundle = bundle(box, Map.of("one", Map.of("name", "eth7"))).sh("ls /sys/class/net; ip addr show dev eth7");
        Result result = inNetwork(bundle.command("run", "c"), PAIR).run().exits(0);
        assertTrue(result.stdout().startsWith("eth7\nlo\n"), result::toString);
        assertTrue(result.stdout().contains("10.9.0.1/24"), result::toString);
    }

    @Test
    void aTemplateIsFilledIn(Sandbox box) {
        Bundle bundle = bundle(box, Map.of("one", Map.of("name", "net%d"), "other", Map.of("name", "net%d"))).sh("ls /sys/class/net");
        Result result = inNetwork(bundle.command("run", "c"), PAIR).run().exits(0);
        assertTrue(result.stdout().startsWith("lo\nnet0\nnet1\n"), result::toString);
    }

    @Test
    void aUserNamespacesNetworkGetsItToo(Sandbox box) {
        var mappings = List.of(Map.of("containerID", 0, "hostID", 100_000, "size", 65536));
        Bundle bundle = bundle(box, Map.of("one", Map.of("name", "eth7"))).namespace("user", null).set("/linux/uidMappings", mappings)
                .set("/linux/gidMappings", mappings).sh("ip addr show dev eth7");
        Result result = inNetwork(bundle.command("run", "c"), PAIR).run().exits(0);
        assertTrue(result.stdout().contains("10.9.0.1/24"), result::toString);
    }

    @Test
    void hooksAndTheProcessFindIt(Sandbox box) {
        Bundle bundle = bundle(box, Map.of("one", Map.of("name", "eth7"))).sh("cat /sys/class/net/eth7/mtu")
                .hook("createContainer", "ip -o link show dev eth7 > " + box.dir().resolve("seen"));
        inNetwork(bundle.command("run", "c"), PAIR).run().exits(0);
        assertTrue(dev.caisson.it.harness.Files.text(box.dir().resolve("seen")).contains("eth7"));
    }

    @Test
    void aDeviceWhoseIndexIsTakenGetsAnother(Sandbox box) {
        // In the joined namespace, the numbers that the devices have outside are in use.
        try (Container other = box.bundle().args("sleep", "1000").up("other")) {
            String join = "/usr/bin/nsenter --net=/proc/" + other.pid() + "/ns/net ";
            Bundle bundle = bundle(box, Map.of("one", Map.of("name", "moved"))).namespace("network", "/proc/" + other.pid() + "/ns/net")
                    .sh("ip addr show dev moved");
            String script = join + "ip link add dev a type veth peer name b || exit 99\n" + PAIR;
            Result result = inNetwork(bundle.command("run", "c"), script).run().exits(0);
            assertTrue(result.stdout().contains("10.9.0.1/24"), result::toString);
        }
    }

    private static void refused(Sandbox box, Bundle bundle, String script, String... parts) {
        Result result = inNetwork(bundle.command("create", "c"), script).run().exits(1);
        for (String part : parts) {
            assertTrue(result.stderr().contains(part), result::toString);
        }
        assertEquals(1, result.stderr().lines().count(), result::toString);
        box.assertNothingLeft();
    }

    @Test
    void aDeviceThatIsNotThereIsRefused(Sandbox box) {
        refused(box, bundle(box, Map.of("missing", Map.of())), PAIR, "linux.netDevices.missing", "no such device");
    }

    @Test
    void theLoopbackDeviceIsRefused(Sandbox box) {
        refused(box, bundle(box, Map.of("lo", Map.of("name", "lo1"))), PAIR, "linux.netDevices.lo", "loopback");
    }

    @Test
    void withoutANetworkNamespaceItIsRefused(Sandbox box) {
        refused(box, bundle(box, Map.of("one", Map.of())).withoutNamespace("network"), PAIR, "linux.netDevices");
    }

    @Test
    void theRuntimesOwnNetworkNamespaceIsRefused(Sandbox box) {
        refused(box, bundle(box, Map.of("one", Map.of())).namespace("network", "/proc/self/ns/net"), PAIR,
                "linux.netDevices", "the runtime's own");
    }

    @Test
    void aNameThatIsTakenIsRefusedAndAllDevicesStayWhereTheyAre(Sandbox box) {
        Bundle bundle = bundle(box, Map.of("one", Map.of("name", "lo")));
        Result result = inNetwork(bundle.command("create", "c"), PAIR).run().exits(1);
        assertTrue(result.stderr().contains("linux.netDevices.one") && result.stderr().contains("file exists"), result::toString);
        assertWhole(result);
        box.assertNothingLeft();
    }

    @Test
    void devicesOfAContainerThatComesToNothingAreGivenBackAsTheyWere(Sandbox box) {
        Bundle bundle = bundle(box, Map.of("one", Map.of("name", "eth7"))).args("/no/such/program");
        Result result = inNetwork(bundle.command("create", "c"), PAIR).run().exits(1);
        assertTrue(result.stderr().contains("/no/such/program"), result::toString);
        assertWhole(result);
        box.assertNothingLeft();
    }

    @Test
    void devicesThatWereMovedBeforeOneFailsAreGivenBack(Sandbox box) {
        Bundle bundle = bundle(box, new java.util.TreeMap<>(Map.of("one", Map.of(), "zero", Map.of())));
        Result result = inNetwork(bundle.command("create", "c"), PAIR).run().exits(1);
        assertTrue(result.stderr().contains("linux.netDevices.zero"), result::toString);
        assertWhole(result);
        box.assertNothingLeft();
    }

    /** The first of the pair is where it was, with what it is to keep. */
    private static void assertWhole(Result result) {
        List<String> left = result.stdout().lines().filter(line -> line.startsWith("left: ")).toList();
        for (String part : List.of("10.9.0.1/24", "10.9.0.2/24", "10.9.1.1 peer 10.9.1.2", "2001:db8::1/64", "mtu 1400", "UP")) {
            assertTrue(left.stream().anyMatch(line -> line.contains("one") && line.contains(part)), () -> part + " is not in " + result);
        }
    }

    @Test
    void twoDevicesOfOneNameAreRefused(Sandbox box) {
        refused(box, bundle(box, Map.of("one", Map.of("name", "eth7"), "other", Map.of("name", "eth7"))), PAIR, "linux.netDevices", "eth7");
    }
}
