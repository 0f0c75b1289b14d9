package dev.caisson.spec;

import static dev.caisson.spec.Fixtures.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How documents are read, and with which words they are refused. */
class SpecReaderTest {

    private final SpecReader reader = new SpecReader();

    @Test
    void everyFieldArrivesWhereItBelongs() throws Exception {
        Spec spec = reader.read(Fixtures.everyField());
        Process process = spec.process();
        assertEquals("1.3.0", spec.ociVersion());
        assertTrue(process.terminal());
        assertEquals(new Box(24, 80), process.consoleSize());
        assertEquals(new User(1000, 4294967294L, 18L, List.of(5L, 6L)), process.user());
        assertEquals(List.of("sh", "-c", "echo ä😀"), process.args());
        assertEquals(List.of("PATH=/bin", "EMPTY="), process.env());
        assertEquals("/home", process.cwd());
        assertEquals(new Capabilities(List.of("CAP_CHOWN", "CAP_KILL"), List.of("CAP_CHOWN"), List.of("CAP_KILL"),
            List.of("CAP_CHOWN"), List.of("CAP_KILL")), process.capabilities());
        assertEquals(List.of(new Rlimit("RLIMIT_NOFILE", 1024, -1), new Rlimit("RLIMIT_CORE", -1, -1)), process.rlimits());
        assertTrue(process.noNewPrivileges());
        assertEquals("acme_secure_profile", process.apparmorProfile());
        assertEquals("system_u:system_r:svirt_lxc_net_t:s0:c124,c675", process.selinuxLabel());
        assertEquals(-17, process.oomScoreAdj());
        assertEquals(new Scheduler("SCHED_DEADLINE", 0, 0, List.of("SCHED_FLAG_RESET_ON_FORK"), 10000000, 20000000, 20000000),
            process.scheduler());
        assertEquals(new IOPriority("IOPRIO_CLASS_BE", 4), process.ioPriority());
        assertEquals(new CPUAffinity("0-3,7", "1"), process.execCPUAffinity());
        assertEquals(new Root("rootfs", true), spec.root());
        assertEquals("box", spec.hostname());
        assertEquals("example.org", spec.domainname());
        List<IdMapping> shifted = List.of(new IdMapping(0, 100000, 65536));
        assertEquals(List.of(new Mount("/proc", "proc", "proc", List.of()),
            new Mount("/data", "none", "/srv/data", List.of("rbind", "ridmap"), shifted, shifted)), spec.mounts());
        assertEquals(new Hooks(List.of(new Hook("/bin/a", List.of("a", "b"), List.of("K=V"), 30L)), hook("/bin/b"), hook("/bin/c"),
            hook("/bin/d"), hook("/bin/e"), hook("/bin/f")), spec.hooks());
        assertEquals(Map.of("org.example.key", "value", "empty", ""), spec.annotations());
    }

    private static List<Hook> hook(String path) {
        String name = path.substring(path.length() - 1);
        return List.of(new Hook(path, List.of(name), List.of("K=" + name), 1L));
    }

    @Test
    void everyLinuxFieldArrivesWhereItBelongs() throws Exception {
        Linux linux = reader.read(Fixtures.everyField()).linux();
        assertEquals(8, linux.namespaces().size());
        assertEquals(new Namespace(NamespaceType.NETWORK, "/run/netns/n"), linux.namespace(NamespaceType.NETWORK));
        assertEquals(List.of(new IdMapping(0, 100000, 65536), new IdMapping(65536, 1000, 1)), linux.uidMappings());
        assertEquals(List.of(new IdMapping(0, 0, 4294967295L)), linux.gidMappings());
        assertEquals(List.of(new Device("/dev/fuse", "c", 10L, 229L, 438L, 0L, 5L),
            new Device("/dev/pipe", "p", null, null, null, null, null)), linux.devices());
        assertEquals(Map.of("eth7", new NetDevice("lan0"), "eth8", new NetDevice(null)), linux.netDevices());
        assertEquals("/pod/box", linux.cgroupsPath());
        assertEquals(new IntelRdt("guaranteed", List.of("L2:0=ff"), "L3:0=7f0;1=1f", "MB:0=20;1=70", true), linux.intelRdt());
        assertEquals(new MemoryPolicy("MPOL_INTERLEAVE", "0-1", List.of("MPOL_F_STATIC_NODES")), linux.memoryPolicy());
        assertEquals("slave", linux.rootfsPropagation());
        assertEquals(List.of("/proc/kcore"), linux.maskedPaths());
        assertEquals(List.of("/proc/sys"), linux.readonlyPaths());
        assertEquals("system_u:object_r:svirt_sandbox_file_t:s0:c715,c811", linux.mountLabel());
        assertEquals(Map.of("net.ipv4.ip_forward", "1", "kernel/shmmax", "1"), linux.sysctl());
        assertEquals(Map.of("monotonic", new TimeOffset(-172800, 5), "boottime", new TimeOffset(604800, 1)), linux.timeOffsets());
        assertEquals(new Personality("LINUX32", List.of()), linux.personality());
        assertEquals(new Seccomp(Seccomp.Action.SCMP_ACT_ERRNO, 38L, List.of("SCMP_ARCH_X86_64"), List.of("SECCOMP_FILTER_FLAG_LOG"),
            "/run/listener", "opaque", List.of(
                new Seccomp.Syscall(List.of("clone", "unshare"), Seccomp.Action.SCMP_ACT_ERRNO, 1L, List.of(
                    new Seccomp.Arg(0, -1, Long.MIN_VALUE + 1, Seccomp.Operator.SCMP_CMP_MASKED_EQ))),
                new Seccomp.Syscall(List.of("getcwd"), Seccomp.Action.SCMP_ACT_ALLOW, null, List.of()))), linux.seccomp());
    }

    @Test
    void everyResourceArrivesWhereItBelongs() throws Exception {
        Resources resources = reader.read(Fixtures.everyField()).linux().resources();
        assertEquals(List.of(new Resources.DeviceCgroup(false, null, null, null, "rwm"),
            new Resources.DeviceCgroup(true, "c", 10L, -1L, "rw")), resources.devices());
        assertEquals(new Resources.Memory(536870912L, 268435456L, -1L, -1L, -1L, 60L, false, true, true), resources.memory());
        assertEquals(new Resources.Cpu(1024L, 1000000L, 1000000L, 500000L, 950000L, 1000000L, "2-3", "0-7", 0L), resources.cpu());
        assertEquals(new Resources.Pids(32771L), resources.pids());
        assertEquals(new Resources.BlockIO(10, 20, List.of(new Resources.WeightDevice(8, 0, 500, 300)), throttle(0, 600),
            throttle(1, 601), throttle(2, 602), throttle(3, Long.MIN_VALUE)), resources.blockIO());
        assertEquals(List.of(new Resources.HugepageLimit("2MB", 209715200)), resources.hugepageLimits());
        assertEquals(new Resources.Network(1048577L, List.of(new Resources.InterfacePriority("eth0", 500))), resources.network());
        assertEquals(Map.of("mlx5_1", new Resources.Rdma(3L, 10000L)), resources.rdma());
        assertEquals(Map.of("memory.high", "1000000"), resources.unified());
    }

    private static List<Resources.ThrottleDevice> throttle(long minor, long rate) {
        return List.of(new Resources.ThrottleDevice(8, minor, rate));
    }

    @Test
    void whatIsAbsentHasItsDefault() throws Exception {
        Spec spec = reader.read(json("{'ociVersion':'1.0.2-dev','process':{},'linux':{'resources':{}}}"));
        assertEquals(new Process(false, null, User.ROOT, List.of(), List.of(), null, null, List.of(), false, null, null, null, null,
            null, null), spec.process());
        assertNull(spec.root());
        assertNull(spec.hooks());
        assertEquals(new Resources(List.of(), null, null, null, null, List.of(), null, Map.of(), Map.of()), spec.linux().resources());
    }

    @Test
    void nullAndTheEmptyStringCountAsAbsent() throws Exception {
        Spec spec = reader.read(json("{'ociVersion':'1.0.0','process':null,'root':null,'hostname':'','mounts':null,'hooks':null,"
            + "'annotations':null,'linux':{'cgroupsPath':null,'namespaces':[{'type':'pid','path':''}],'resources':"
            + "{'memory':{'limit':null,'disableOOMKiller':null},'cpu':{'cpus':''}}}}"));
        assertEquals(new Spec("1.0.0", null, null, null, null, List.of(), null, Map.of(), spec.linux()), spec);
        assertNull(spec.linux().namespaces().get(0).path());
        assertNull(spec.linux().resources().memory().limit());
        assertNull(spec.linux().resources().cpu().cpus());
    }

    @Test
    void ofDuplicatesTheLastCounts() throws Exception {
        assertEquals("b", reader.read(json("{'ociVersion':'0.1','hostname':'a','ociVersion':'1.0.0','hostname':'b'}")).hostname());
    }

    @Test
    void anEmptySeccompObjectIsNone() throws Exception {
        assertNull(reader.read(json("{'ociVersion':'1.0.0','linux':{'seccomp':{}}}")).linux().seccomp());
        assertNull(reader.read(json("{'ociVersion':'1.0.0','linux':{'seccomp':{'defaultAction':''}}}")).linux().seccomp());
    }

    @Test
    void halfSurrogatePairsAreReplaced() throws Exception {
        Process process = reader.readProcess(json("{'args':['a\\ud800','\\udc00\\ud83d\\ude00','\\ud83d\\ud83d\\ude00']}"));
        assertEquals(List.of("a\ufffd", "\ufffd😀", "\ufffd😀"), process.args());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0.0", "1.0.2-dev", "1.0.0-rc5", "1.3.0", "1.10.20", "1.2.0+dev", "1.1.0-rc.1+build.5"})
    void takesVersions(String version) throws Exception {
        assertEquals(version, reader.read(json("{'ociVersion':'" + version + "'}")).ociVersion());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0.2.0", "0.9.9", "2.0.0", "10.0.0", "1", "1.0", "1.0.", "1.0.x", "v1.0.0", " 1.0.0", "1.0.0 ", "1.0.0-",
        "1.00.0", "1.0.0.0", "latest", "1.0.0\\n", "1.99999999999999999999.0"})
    void refusesVersions(String version) {
        SpecException e = refused("{'ociVersion':'" + version + "'}");
        assertEquals("ociVersion", e.path());
        assertTrue(e.getMessage().startsWith("config.json: ociVersion: unsupported version \""), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                                  | ociVersion              | is required
        {'ociVersion':null}                                 | ociVersion              | is required
        {'ociVersion':1}                                    | ociVersion              | expected a string, found a number
        {'process':[]}                                      | process                 | expected an object, found an array
        {'process':{'args':['a','b',3]}}                    | process.args[2]         | expected a string, found a number
        {'process':{'args':['a',null]}}                     | process.args[1]         | expected a string, found null
        {'process':{'args':'sh'}}                           | process.args            | expected an array, found a string
        {'process':{'args':{}}}                             | process.args            | expected an array, found an object
        {'process':{'terminal':'true'}}                     | process.terminal        | expected a boolean, found a string
        {'process':{'user':{'uid':-1}}}                     | process.user.uid        | expected an integer from 0 to 4294967295, found -1
        {'process':{'user':{'uid':4294967296}}}             | process.user.uid        | expected an integer from 0 to 4294967295, found 4294967296
        {'process':{'user':{'uid':'0'}}}                    | process.user.uid        | expected an integer from 0 to 4294967295, found a string
        {'process':{'user':{'uid':1.5}}}                    | process.user.uid        | expected an integer from 0 to 4294967295, found 1.5
        {'process':{'user':{'uid':1e3}}}                    | process.user.uid        | expected an integer from 0 to 4294967295, found 1000.0
        {'process':{'user':{'uid':true}}}                   | process.user.uid        | expected an integer from 0 to 4294967295, found a boolean
        {'process':{'user':{'additionalGids':[0,-5]}}}      | process.user.additionalGids[1] | expected an integer from 0 to 4294967295, found -5
        {'process':{'consoleSize':{'height':1}}}            | process.consoleSize.width | is required
        {'process':{'rlimits':[{'type':'X','soft':1}]}}     | process.rlimits[0].hard | is required
        {'process':{'rlimits':[{'type':'X','soft':18446744073709551616,'hard':0}]}} | process.rlimits[0].soft | expected an unsigned 64-bit integer, found 18446744073709551616
        {'process':{'rlimits':[{'type':'X','soft':-1,'hard':0}]}} | process.rlimits[0].soft | expected an unsigned 64-bit integer, found -1
        {'process':{'oomScoreAdj':2147483648}}              | process.oomScoreAdj     | expected an integer from -2147483648 to 2147483647, found 2147483648
        {'process':{'scheduler':{}}}                        | process.scheduler.policy | is required
        {'root':{}}                                         | root.path               | is required
        {'root':{'path':''}}                                | root.path               | must not be empty
        {'mounts':[{'destination':'/a'},{}]}                | mounts[1].destination   | is required
        {'mounts':[null]}                                   | mounts[0]               | expected an object, found null
        {'hooks':{'poststop':[{}]}}                         | hooks.poststop[0].path  | is required
        {'hooks':{'prestart':[{'path':'/a','timeout':9223372036854775808}]}} | hooks.prestart[0].timeout | expected a signed 64-bit integer, found 9223372036854775808
        {'annotations':{'a.b':1}}                           | annotations["a.b"]      | expected a string, found a number
        {'annotations':{'':1}}                              | annotations[""]         | expected a string, found a number
        {'linux':{'sysctl':{'net.core':null}}}              | linux.sysctl["net.core"] | expected a string, found null
        {'linux':{'namespaces':[{'type':'pid'},{'type':'uid'}]}} | linux.namespaces[1].type | namespace "uid" does not exist
        {'linux':{'seccomp':{'syscalls':[{}]}}}             | linux.seccomp.syscalls[0].action | is required
        {'linux':{'seccomp':{'defaultAction':'ALLOW'}}}     | linux.seccomp.defaultAction | unknown seccomp action "ALLOW"
        {'linux':{'seccomp':{'defaultAction':'SCMP_ACT_LOG','syscalls':[{'names':['a'],'action':'SCMP_ACT_LOG','args':[{'index':0,'value':0,'op':'<'}]}]}}} | linux.seccomp.syscalls[0].args[0].op | unknown seccomp operator "<"
        {'linux':{'seccomp':{'syscalls':[{'names':['a'],'action':'SCMP_ACT_LOG','args':[{'index':6}]}]}}} | linux.seccomp.syscalls[0].args[0].index | expected an integer from 0 to 5, found 6
        {'linux':{'netDevices':{'eth0':{'name':23}}}}       | linux.netDevices.eth0.name | expected a string, found a number
        {'linux':{'timeOffsets':{'boottime':{'secs':'1'}}}} | linux.timeOffsets.boottime.secs | expected a signed 64-bit integer, found a string
        {'linux':{'resources':{'blockIO':{'weight':65536}}}} | linux.resources.blockIO.weight | expected an integer from 0 to 65535, found 65536
        {'linux':{'resources':{'rdma':{'mlx5_1':{'hcaHandles':'x'}}}}} | linux.resources.rdma.mlx5_1.hcaHandles | expected an integer from 0 to 4294967295, found a string
        {'linux':{'devices':[{'path':'/dev/x'}]}}           | linux.devices[0].type   | is required
        """)
    void namesThePath(String document, String path, String problem) {
        String whole = document.contains("ociVersion") || document.equals("{}") ? document
            : "{'ociVersion':'1.0.0'," + document.substring(1);
        SpecException e = refused(whole);
        assertEquals("config.json: " + path + ": " + problem, e.getMessage());
        assertEquals(path, e.path());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ''                          | unexpected end of JSON input
        '  '                        | unexpected end of JSON input
        {                           | unexpected end of JSON input
        {"ociVersion":"1.0.0"       | unexpected end of JSON input
        {"ociVersion":"1.0          | unexpected end of JSON input
        {"a":tru                    | JSON
        []                          | expected an object, found an array
        null                        | expected an object, found null
        3                           | expected an object, found a number
        {]                          | invalid JSON at line 1, column 2
        {"a":1,}                    | invalid JSON at line 1, column 8
        {"a":01}                    | invalid JSON at line 1
        {"a":NaN}                   | invalid JSON at line 1
        {'a':1}                     | invalid JSON at line 1
        {"ociVersion":"1.0.0"} x    | invalid JSON at line 1
        {"ociVersion":"1.0.0"}{}    | more text after the end
        // comment                  | invalid JSON at line 1
        """, quoteCharacter = '`')
    void refusesWhatIsNotJson(String document, String problem) {
        String text = document.equals("''") ? "" : document.equals("'  '") ? "  " : document;
        SpecException e = assertThrows(SpecException.class, () -> reader.read(text.getBytes(StandardCharsets.UTF_8)));
        assertTrue(e.getMessage().startsWith("config.json: ") && e.getMessage().contains(problem), e.getMessage());
        assertEquals("", e.path());
    }

    @Test
    void refusesWhatIsNotUtf8() {
        for (byte[] bytes : List.of("{}".getBytes(StandardCharsets.UTF_16), "{}".getBytes(StandardCharsets.UTF_16LE),
            "\ufeff{}".getBytes(StandardCharsets.UTF_8), new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'},
            new byte[] {'{', '"', 'a', '"', ':', '"', (byte) 0xc0, (byte) 0x80, '"', '}'})) {
            SpecException e = assertThrows(SpecException.class, () -> reader.read(bytes));
            assertTrue(e.getMessage().contains("invalid JSON"), e.getMessage());
        }
    }

    @Test
    void refusesDepthBombsAndHugeFiles() {
        SpecException deep = refused("{'x':" + "[".repeat(1_000_000));
        assertTrue(deep.getMessage().contains("epth") || deep.getMessage().contains("nest"), deep.getMessage());
        SpecException objects = refused("{'x':".repeat(1_000_000));
        assertTrue(objects.getMessage().contains("invalid JSON"), objects.getMessage());
        SpecException huge = assertThrows(SpecException.class, () -> reader.read(new byte[SpecReader.MAX_BYTES + 1]));
        assertEquals("config.json: is too large: 16777217 bytes, the limit is 16777216", huge.getMessage());
        SpecException number = refused("{'x':" + "9".repeat(1_000_000) + "}");
        assertTrue(number.getMessage().contains("invalid JSON"), number.getMessage());
    }

    @Test
    void messagesAreOneBoundedLineWhateverTheDocumentHas() {
        SpecException e = refused("{'ociVersion':'1.0.0','annotations':{'a\\nb\\u2028\\u001b[31m\\u202e" + "x".repeat(5000) + "':1}}");
        assertTrue(e.getMessage().startsWith("config.json: annotations[\"a\\nb\\u2028\\u001b[31m\\u202exxx"), e.getMessage());
        assertTrue(e.getMessage().length() < 300, e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void piecesNameTheirOwnDocuments() {
        assertEquals("process.json: args[0]: expected a string, found a number",
            assertThrows(SpecException.class, () -> reader.readProcess(json("{'args':[1]}"))).getMessage());
        assertEquals("resources.json: memory.limit: expected a signed 64-bit integer, found a boolean",
            assertThrows(SpecException.class, () -> reader.readResources(json("{'memory':{'limit':true}}"))).getMessage());
        assertEquals("state.json: status: unknown status \"frozen\"", assertThrows(SpecException.class,
            () -> reader.readState(json("{'ociVersion':'1.0.0','id':'a','status':'frozen','bundle':'/b'}"))).getMessage());
        assertEquals("features.json: ociVersionMax: is required",
            assertThrows(SpecException.class, () -> reader.readFeatures(json("{'ociVersionMin':'1.0.0'}"))).getMessage());
        assertEquals("b/config.json: ociVersion: is required",
            assertThrows(SpecException.class, () -> reader.read(json("{}"), "b/config.json")).getMessage());
    }

    @Test
    void recordsCannotBeChanged() throws Exception {
        Spec spec = reader.read(Fixtures.everyField());
        assertThrows(UnsupportedOperationException.class, () -> spec.mounts().clear());
        assertThrows(UnsupportedOperationException.class, () -> spec.annotations().clear());
        assertThrows(UnsupportedOperationException.class, () -> spec.linux().sysctl().put("a", "b"));
    }

    private SpecException refused(String document) {
        return assertThrows(SpecException.class, () -> reader.read(json(document)));
    }
}
