package dev.caisson.spec;

import static dev.caisson.spec.Fixtures.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the specification forbids, and what it merely dislikes. */
class SpecValidatorTest {

    private final SpecReader reader = new SpecReader();

    @Test
    void acceptsAConfigurationThatUsesEverything() throws Exception {
        assertEquals(List.of(), SpecValidator.validate(reader.read(Fixtures.everyField())));
    }

    @Test
    void acceptsTheLeastConfiguration() throws Exception {
        assertEquals(List.of(), SpecValidator.validate(reader.read(json("{'ociVersion':'1.0.0','root':{'path':'r'}}"))));
    }

    /** One change to the configuration that uses everything: where, to what, and the message. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        root | REMOVE | root: root must be specified
        root/path | 'a\\u0000' | root.path: contains nul byte (\\x00): "a\\u0000"
        process/cwd | REMOVE | process.cwd: Cwd property must not be empty
        process/cwd | 'home' | process.cwd: Cwd must be an absolute path, found "home"
        process/cwd | '/a\\u0000' | process.cwd: contains nul byte (\\x00): "/a\\u0000"
        process/args | REMOVE | process.args: args must not be empty
        process/args | [] | process.args: args must not be empty
        process/args/1 | 'a\\u0000b' | process.args[1]: contains nul byte (\\x00): "a\\u0000b"
        process/env/1 | 'SECRET' | process.env[1]: invalid environment variable: missing '='
        process/env/1 | '=x' | process.env[1]: invalid environment variable: name cannot be empty
        process/env/1 | 'A=se\\u0000cret' | process.env[1]: invalid environment variable "A": contains nul byte (\\x00)
        process/user/uid | 4294967295 | process.user.uid: must be from 0 to 4294967294, found 4294967295
        process/user/gid | 4294967295 | process.user.gid: must be from 0 to 4294967294, found 4294967295
        process/user/additionalGids/1 | 4294967295 | process.user.additionalGids[1]: must be from 0 to 4294967294, found 4294967295
        process/rlimits/0/type | 'RLIMIT_FOO' | process.rlimits[0].type: invalid rlimit type "RLIMIT_FOO"
        process/rlimits/1/type | 'RLIMIT_NOFILE' | process.rlimits[1].type: duplicated rlimit type "RLIMIT_NOFILE"
        process/rlimits/0/hard | 1023 | process.rlimits[0].soft: the soft limit 1024 exceeds the hard limit 1023 of RLIMIT_NOFILE
        process/rlimits/1/hard | 1 | process.rlimits[1].soft: the soft limit 18446744073709551615 exceeds the hard limit 1 of RLIMIT_CORE
        process/apparmorProfile | 'a\\u0000' | process.apparmorProfile: contains nul byte (\\x00): "a\\u0000"
        process/selinuxLabel | 'a\\u0000' | process.selinuxLabel: contains nul byte (\\x00): "a\\u0000"
        process/oomScoreAdj | 1001 | process.oomScoreAdj: must be from -1000 to 1000, found 1001
        process/oomScoreAdj | -1001 | process.oomScoreAdj: must be from -1000 to 1000, found -1001
        process/scheduler/policy | 'SCHED_FAIR' | process.scheduler.policy: invalid scheduler policy "SCHED_FAIR"
        process/scheduler/policy | 'SCHED_IDLE' | process.scheduler: scheduler runtime/deadline/period can only be specified for SchedDeadline policy, found SCHED_IDLE
        process/scheduler | {'policy':'SCHED_OTHER','nice':20} | process.scheduler.nice: must be from -20 to 19, found 20
        process/scheduler | {'policy':'SCHED_FIFO'} | process.scheduler.priority: must be from 1 to 99, found 0
        process/scheduler | {'policy':'SCHED_IDLE','priority':5} | process.scheduler.priority: scheduler.priority can only be specified for SchedFIFO or SchedRR policy, found 5 with SCHED_IDLE
        process/scheduler/flags/0 | 'X' | process.scheduler.flags[0]: invalid scheduler flag "X"
        process/ioPriority/class | 'BE' | process.ioPriority.class: invalid ioPriority.Class "BE"
        process/ioPriority/priority | 8 | process.ioPriority.priority: must be from 0 to 7, found 8
        process/execCPUAffinity/initial | '0-3;7' | process.execCPUAffinity.initial: invalid list of CPUs "0-3;7": "0-3;7" is no number and no range
        process/execCPUAffinity/initial | ' , ' | process.execCPUAffinity.initial: has no CPU in it: " , "
        process/execCPUAffinity/final | 'a' | process.execCPUAffinity.final: invalid list of CPUs "a": "a" is no number and no range
        process/execCPUAffinity/final | '0,3-1' | process.execCPUAffinity.final: invalid list of CPUs "0,3-1": the range "3-1" ends before it begins
        hostname | 'a\\u0000' | hostname: contains nul byte (\\x00): "a\\u0000"
        hostname | '12345678901234567890123456789012345678901234567890123456789012345' | hostname: is longer than 64 bytes: "12345678901234567890123456789012345678901234567890123456789012345"
        linux/namespaces/4 | REMOVE | hostname: unable to set hostname without a private UTS namespace
        mounts/0/destination | '/a\\u0000' | mounts[0].destination: contains nul byte (\\x00): "/a\\u0000"
        mounts/1/source | '/a\\u0000' | mounts[1].source: contains nul byte (\\x00): "/a\\u0000"
        mounts/1/type | 'a\\u0000' | mounts[1].type: contains nul byte (\\x00): "a\\u0000"
        mounts/1/options/1 | 'a\\u0000' | mounts[1].options[1]: contains nul byte (\\x00): "a\\u0000"
        mounts/1/gidMappings | REMOVE | mounts[1]: id-mapped mounts must have both uid and gid mappings specified
        mounts/1/uidMappings/0/size | 0 | mounts[1].uidMappings[0].size: must be from 1 to 4294967295, found 0
        hooks/prestart/0/path | 'a' | hooks.prestart[0].path: must be an absolute path, found "a"
        hooks/prestart/0/timeout | 0 | hooks.prestart[0].timeout: must be greater than 0 seconds, found 0
        hooks/prestart/0/timeout | -1 | hooks.prestart[0].timeout: must be greater than 0 seconds, found -1
        hooks/prestart/0/args/1 | '\\u0000' | hooks.prestart[0].args[1]: contains nul byte (\\x00): "\\u0000"
        hooks/prestart/0/env/0 | 'A=\\u0000' | hooks.prestart[0].env[0]: invalid environment variable: contains nul byte (\\x00)
        hooks/poststop/0/path | 'a' | hooks.poststop[0].path: must be an absolute path, found "a"
        linux/namespaces/0/type | 'mount' | linux.namespaces[2]: malformed spec file: duplicated ns "mount"
        linux/namespaces/1/path | 'run' | linux.namespaces[1].path: must be an absolute path, found "run"
        linux/namespaces/1/path | '/run\\u0000' | linux.namespaces[1].path: contains nul byte (\\x00): "/run\\u0000"
        linux/uidMappings/1/containerID | 65535 | linux.uidMappings[1].containerID: the range from 65535 overlaps that of mapping 0
        linux/uidMappings/1/hostID | 100000 | linux.uidMappings[1].hostID: the range from 100000 overlaps that of mapping 0
        linux/uidMappings/1/hostID | 4294967295 | linux.uidMappings[1].hostID: must be from 0 to 4294967294, found 4294967295
        linux/gidMappings/0/containerID | 1 | linux.gidMappings[0].containerID: must be from 0 to 0, found 1
        linux/uidMappings | REMOVE | linux.uidMappings: user namespaces enabled, but no user mappings found
        linux/gidMappings | REMOVE | linux.gidMappings: user namespaces enabled, but no group mappings found
        linux/devices/0/path | 'dev' | linux.devices[0].path: must be an absolute path, found "dev"
        linux/devices/0/type | 'x' | linux.devices[0].type: invalid device type "x"
        linux/devices/0/type | 'a' | linux.devices[0].type: invalid device type "a"
        linux/devices/0/major | REMOVE | linux.devices[0].major: is required for a block or character device
        linux/devices/0/minor | REMOVE | linux.devices[0].minor: is required for a block or character device
        linux/devices/0/minor | -1 | linux.devices[0].minor: must be from 0 to 1048575, found -1
        linux/devices/0/major | 4096 | linux.devices[0].major: must be from 0 to 4095, found 4096
        linux/devices/0/fileMode | 65536 | linux.devices[0].fileMode: must be from 0 to 65535, found 65536
        linux/netDevices/eth7/name | 'a/b' | linux.netDevices.eth7.name: invalid network device name "a/b"
        linux/netDevices/eth7/name | '..' | linux.netDevices.eth7.name: invalid network device name ".."
        linux/netDevices/a b | {} | linux.netDevices["a b"]: invalid network device name "a b"
        linux/netDevices/abcdefghijklmnop | {} | linux.netDevices.abcdefghijklmnop: invalid network device name "abcdefghijklmnop"
        linux/namespaces/1 | REMOVE | linux.netDevices: unable to move network devices without a NET namespace
        linux/cgroupsPath | '/a\\u0000' | linux.cgroupsPath: contains nul byte (\\x00): "/a\\u0000"
        linux/resources/devices/1/type | 'u' | linux.resources.devices[1].type: invalid cgroup device type "u"
        linux/resources/devices/1/major | -2 | linux.resources.devices[1].major: must be from -1 to 4294967295, found -2
        linux/resources/memory/swappiness | 101 | linux.resources.memory.swappiness: must be from 0 to 100, found 101
        linux/resources/cpu/idle | 2 | linux.resources.cpu.idle: must be from 0 to 1, found 2
        linux/resources/cpu/cpus | '1\\u0000' | linux.resources.cpu.cpus: contains nul byte (\\x00): "1\\u0000"
        linux/resources/blockIO/weightDevice/0 | {'major':1,'minor':1} | linux.resources.blockIO.weightDevice[0]: must specify weight or leafWeight, or both
        linux/resources/hugepageLimits/0/pageSize | '64kB' | linux.resources.hugepageLimits[0].pageSize: invalid page size "64kB", expected one like "64KB", "2MB" or "1GB"
        linux/resources/hugepageLimits/0/pageSize | '../MB' | linux.resources.hugepageLimits[0].pageSize: invalid page size "../MB", expected one like "64KB", "2MB" or "1GB"
        linux/resources/rdma/mlx5_1 | {} | linux.resources.rdma.mlx5_1: must specify hcaHandles or hcaObjects, or both
        linux/resources/unified/nodot | '1' | linux.resources.unified.nodot: unified resource "nodot" must be in the form CONTROLLER.PARAMETER
        linux/resources/unified/.. | '1' | linux.resources.unified[".."]: unified resource ".." must be in the form CONTROLLER.PARAMETER
        linux/resources/unified/memory.high | 'a\\u0000' | linux.resources.unified["memory.high"]: contains nul byte (\\x00): "a\\u0000"
        linux/intelRdt/closID | '..' | linux.intelRdt.closID: invalid intelRdt.ClosID ".."
        linux/intelRdt/closID | 'a/b' | linux.intelRdt.closID: invalid intelRdt.ClosID "a/b"
        linux/intelRdt/memBwSchema | 'L3:1' | linux.intelRdt.memBwSchema: must start with "MB:", found "L3:1"
        linux/intelRdt/memBwSchema | 'MB:1\\nL3:1' | linux.intelRdt.memBwSchema: must not contain newlines: "MB:1\\nL3:1"
        linux/intelRdt/schemata/0 | '\\n' | linux.intelRdt.schemata[0]: must not contain newlines: "\\n"
        linux/memoryPolicy/mode | 'X' | linux.memoryPolicy.mode: invalid memory policy mode "X"
        linux/memoryPolicy/mode | 'MPOL_LOCAL' | linux.memoryPolicy.nodes: memory policy mode requires 0 nodes but got "0-1"
        linux/memoryPolicy/nodes | REMOVE | linux.memoryPolicy.nodes: memory policy mode requires at least one node but got 0
        linux/memoryPolicy/nodes | '0,x' | linux.memoryPolicy.nodes: invalid list of memory nodes "0,x": "x" is no number and no range
        linux/memoryPolicy/flags/0 | 'X' | linux.memoryPolicy.flags[0]: invalid memory policy flag "X"
        linux/seccomp/defaultAction | 'SCMP_ACT_ALLOW' | linux.seccomp.defaultErrnoRet: the action SCMP_ACT_ALLOW does not support an errno, found 38
        linux/seccomp/syscalls/0/action | 'SCMP_ACT_KILL' | linux.seccomp.syscalls[0].errnoRet: the action SCMP_ACT_KILL does not support an errno, found 1
        linux/seccomp/architectures/0 | 'x86' | linux.seccomp.architectures[0]: invalid seccomp architecture "x86"
        linux/seccomp/flags/0 | 'LOG' | linux.seccomp.flags[0]: invalid seccomp flag "LOG"
        linux/seccomp/listenerPath | REMOVE | linux.seccomp.listenerMetadata: must not be set without listenerPath
        linux/seccomp/syscalls/0/names | [] | linux.seccomp.syscalls[0].names: must contain at least one name
        linux/seccomp/syscalls/0/names/1 | '' | linux.seccomp.syscalls[0].names[1]: "" is not a valid syscall name
        linux/rootfsPropagation | 'sheared' | linux.rootfsPropagation: rootfsPropagation="sheared" is not supported
        linux/maskedPaths/0 | 'proc' | linux.maskedPaths[0]: must be an absolute path, found "proc"
        linux/readonlyPaths/0 | '' | linux.readonlyPaths[0]: must be an absolute path, found ""
        linux/namespaces/2 | REMOVE | linux.maskedPaths: unable to restrict sys entries without a private MNT namespace
        linux/mountLabel | 'a\\u0000' | linux.mountLabel: contains nul byte (\\x00): "a\\u0000"
        linux/sysctl/vm.swappiness | '1' | linux.sysctl["vm.swappiness"]: sysctl "vm.swappiness" is not in a separate kernel namespace
        linux/sysctl/kernel.hostname | 'x' | linux.sysctl["kernel.hostname"]: sysctl "kernel.hostname" is not allowed as it conflicts with the OCI "hostname" field
        linux/sysctl/kernel.domainname | 'x' | linux.sysctl["kernel.domainname"]: sysctl "kernel.domainname" is not allowed as it conflicts with the OCI "domainname" field
        linux/sysctl/net.core.somaxconn | '\\u0000' | linux.sysctl["net.core.somaxconn"]: contains nul byte (\\x00): "\\u0000"
        linux/sysctl/net.ipv4...kernel | '1' | linux.sysctl["net.ipv4...kernel"]: invalid sysctl name "net.ipv4...kernel"
        linux/namespaces/3 | REMOVE | linux.sysctl["kernel/shmmax"]: sysctl "kernel.shmmax" is not allowed in the hosts ipc namespace
        linux/namespaces/7 | REMOVE | linux.timeOffsets: time namespace offsets specified, but time namespace isn't enabled in the config
        linux/namespaces/7/path | '/t' | linux.timeOffsets: time namespace enabled, but both namespace path and time offsets specified -- you may only provide one
        linux/timeOffsets/realtime | {} | linux.timeOffsets.realtime: invalid clock "realtime"
        linux/timeOffsets/monotonic/nanosecs | 1000000000 | linux.timeOffsets.monotonic.nanosecs: must be from 0 to 999999999, found 1000000000
        linux/personality/domain | 'LINUX64' | linux.personality.domain: invalid personality domain "LINUX64"
        annotations/ | 'x' | annotations[""]: the key must not be empty
        """)
    void refuses(String path, String value, String message) {
        byte[] changed = Fixtures.with(Fixtures.everyField(), path.equals("annotations/") ? "annotations/EMPTY" : path, value);
        byte[] document = new String(changed, java.nio.charset.StandardCharsets.UTF_8).replace("\"EMPTY\":", "\"\":")
            .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        SpecException e = assertThrows(SpecException.class, () -> SpecValidator.validate(reader.read(document)));
        assertEquals("config.json: " + message, e.getMessage());
        assertTrue(message.startsWith(e.path() + ": "), e.path());
        assertFalse(e.getMessage().toLowerCase().contains("secret"), "values of the environment stay out of messages");
    }

    /** One change that is to be accepted, and the warning it may bring. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        process | REMOVE |
        hostname | '1234567890123456789012345678901234567890123456789012345678901234' |
        mounts/0/destination | 'proc' | mounts[0].destination: relative destination path is **deprecated**, using it as relative to /: "proc"
        mounts/0/options | ['bind','idmap'] |
        process/capabilities/bounding/0 | 'CAP_FOO' | process.capabilities.bounding[0]: ignoring unknown capability "CAP_FOO"
        process/capabilities/ambient/0 | 'chown' | process.capabilities.ambient[0]: ignoring unknown capability "chown"
        process/oomScoreAdj | -1000 |
        process/env/1 | 'A=b=c' |
        process/scheduler | {'policy':'SCHED_RR','priority':99} |
        hooks/prestart/0/env/0 | 'no equals sign' |
        linux/devices/0/fileMode | 8630 |
        linux/namespaces/5/path | '/proc/1/ns/user' |
        linux/namespaces/5 | REMOVE | linux: ignoring uidMappings and gidMappings: there is no user namespace
        linux/personality/flags | ['X'] | linux.personality.flags: ignoring unsupported personality flags
        linux/resources/devices/1/access | 'rwx' | linux.resources.devices[1].access: ignoring what is none of the letters "rwm" in cgroup device access "rwx"
        linux/sysctl/kernel.domainname | 'example.org' |
        linux/sysctl/fs.mqueue.msg_max | '1' |
        linux/sysctl/user.max_user_namespaces | '1' |
        linux/rootfsPropagation | 'rshared' |
        linux/rootfsPropagation | '' |
        linux/seccomp | {} |
        linux/memoryPolicy | {'mode':'MPOL_DEFAULT'} |
        linux/intelRdt/closID | '/' |
        linux/resources/blockIO/weight | 0 |
        """)
    void accepts(String path, String value, String warning) throws Exception {
        List<String> warnings = SpecValidator.validate(reader.read(Fixtures.with(Fixtures.everyField(), path, value)));
        assertEquals(warning == null ? List.of() : List.of(warning), warnings);
    }

    @Test
    void namespacesDecideWhichSysctlsAreTheContainersOwn() {
        for (String name : List.of("net.ipv4.ip_forward", "kernel.sem", "kernel.domainname", "kernel.hostname", "user.max_mnt_namespaces",
            "fs.mqueue.queues_max", "kernel.core_pattern", "fs.file-max")) {
            SpecException e = assertThrows(SpecException.class, () -> SpecValidator.validate(reader.read(
                json("{'ociVersion':'1.0.0','root':{'path':'r'},'linux':{'sysctl':{'" + name + "':'1'}}}"))));
            assertEquals("linux.sysctl[\"" + name + "\"]", e.path());
        }
    }

    @Test
    void namesOfSysctlsDoNotLeadOutOfProcSys() {
        assertEquals(new SysctlName("net.ipv4.conf.eth0/1.mtu", "net/ipv4/conf/eth0.1/mtu"), SysctlName.parse("net.ipv4.conf.eth0/1.mtu"));
        assertEquals(new SysctlName("net.ipv4.conf.eth0/1.mtu", "net/ipv4/conf/eth0.1/mtu"), SysctlName.parse("net/ipv4/conf/eth0.1/mtu"));
        for (String name : List.of("", ".", "/", "..", "net.", ".net", "net/../kernel/x", "net.//.kernel", "net.//.//.//.etc", "/etc/x",
            "net//x", "net/.", "net.a\0b", "net/ipv4/../../kernel")) {
            assertEquals(null, SysctlName.parse(name), name);
        }
    }

    @Test
    void tooManyMappingsAreRefused() {
        StringBuilder mappings = new StringBuilder();
        for (int i = 0; i <= 340; i++) {
            mappings.append(i == 0 ? "" : ",").append("{'containerID':" + i + ",'hostID':" + i + ",'size':1}");
        }
        byte[] document = Fixtures.with(Fixtures.everyField(), "linux/uidMappings", "[" + mappings + "]");
        SpecException e = assertThrows(SpecException.class, () -> SpecValidator.validate(reader.read(document)));
        assertEquals("config.json: linux.uidMappings: has 341 mappings, the limit is 340", e.getMessage());
    }

    @Test
    void idmapNeedsMappingsFromSomewhere() {
        byte[] document = json("{'ociVersion':'1.0.0','root':{'path':'r'},'mounts':[{'destination':'/a','options':['bind','idmap']}]}");
        SpecException e = assertThrows(SpecException.class, () -> SpecValidator.validate(reader.read(document)));
        assertEquals("mounts[0].options", e.path());
    }

    @Test
    void piecesAreValidatedAlone() throws Exception {
        assertEquals("process.json: args: args must not be empty", assertThrows(SpecException.class,
            () -> SpecValidator.validate(reader.readProcess(json("{'cwd':'/'}")))).getMessage());
        assertEquals("resources.json: cpu.idle: must be from 0 to 1, found 7", assertThrows(SpecException.class,
            () -> SpecValidator.validate(reader.readResources(json("{'cpu':{'idle':7}}")))).getMessage());
        assertEquals(List.of(), SpecValidator.validate(reader.readProcess(json("{'cwd':'/','args':['a']}"))));
        assertEquals(List.of(), SpecValidator.validate(reader.readResources(json("{}"))));
    }
}
