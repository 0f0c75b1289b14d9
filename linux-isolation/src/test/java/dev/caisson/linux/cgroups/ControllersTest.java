package dev.caisson.linux.cgroups;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.sys.Errno;
import dev.caisson.spec.Resources;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What each controller writes, and in which order. */
class ControllersTest {

    private final RecordingFiles files = new RecordingFiles();

    private List<String> written(Controller controller, Resources resources) throws CgroupException {
        files.writes.clear();
        controller.apply(files, resources);
        return List.copyOf(files.writes);
    }

    private static String refusal(Controller controller, RecordingFiles files, Resources resources) {
        return assertThrows(CgroupException.class, () -> controller.apply(files, resources)).getMessage();
    }

    @Test
    void absentAndZeroFieldsWriteNothing() throws CgroupException {
        Resources zeros = new Resources(null,
                new Resources.Memory(0L, 0L, 0L, 0L, 0L, null, false, null, null),
                new Resources.Cpu(0L, 0L, null, 0L, 0L, 0L, "", "", null),
                new Resources.Pids(null),
                new Resources.BlockIO(0, 0, null, null, null, null, null),
                null, new Resources.Network(0L, null), null, null);
        for (Controller controller : List.of(new V1MemoryController(), new V2MemoryController(), new V1CpuController(),
                new V2CpuController(), new CpusetController(), new PidsController(), new V1BlkioController(), new V2IoController(),
                HugetlbController.v1(), HugetlbController.v2(), new RdmaController(), new V1NetClsController(),
                new V1NetPrioController(), new V1DevicesController())) {
            for (Resources resources : List.of(zeros, Limit.NOTHING)) {
                assertEquals(List.of(), written(controller, resources), controller.name());
                assertNull(controller.neededFor(resources), controller.name());
            }
        }
    }

    @Test
    void pids() throws CgroupException {
        Controller pids = new PidsController();
        assertEquals(List.of("pids.max=7"), written(pids, Limit.pids(7L)));
        assertEquals(List.of("pids.max=max"), written(pids, Limit.pids(-1L)));
        assertEquals(List.of("pids.max=max"), written(pids, Limit.pids(0L)));
        assertEquals("linux.resources.pids.limit", pids.neededFor(Limit.pids(7L)));
        assertNull(pids.neededFor(Limit.pids(-1L)));
    }

    @Test
    void memoryOnV1() throws CgroupException {
        Controller memory = new V1MemoryController();
        assertEquals(List.of("memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=200", "memory.soft_limit_in_bytes=50"),
                written(memory, Limit.memory(100L, 50L, 200L)));
        assertEquals(List.of("memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=-1"),
                written(memory, Limit.memory(100L, null, -1L)));
        assertEquals(List.of("memory.oom_control=1", "memory.swappiness=0"),
                written(memory, Limit.memory(new Resources.Memory(null, null, null, null, null, 0L, true, null, null))));
        assertEquals("linux.resources.memory.swappiness: invalid memory swappiness value: 101 (valid range is 0-100)",
                refusal(memory, files, Limit.memory(new Resources.Memory(null, null, null, null, null, 101L, null, null, null))));
        assertTrue(refusal(memory, files, Limit.memory(-2L, null, null)).startsWith("linux.resources.memory.limit: -2"));
    }

    @Test
    void memoryOnV1RaisesTheOuterLimitFirstWhenItMust() throws CgroupException {
        files.refusing("memory.limit_in_bytes", Errno.EINVAL);
        assertEquals(List.of("memory.memsw.limit_in_bytes=400", "memory.limit_in_bytes=300"),
                written(new V1MemoryController(), Limit.memory(300L, null, 400L)));
        files.refusing("memory.limit_in_bytes", Errno.EINVAL);
        assertEquals(List.of("memory.memsw.limit_in_bytes=-1", "memory.limit_in_bytes=-1"),
                written(new V1MemoryController(), Limit.memory(-1L, null, null)));
        files.refusing("memory.limit_in_bytes", Errno.EINVAL);
        assertThrows(CgroupException.class, () -> written(new V1MemoryController(), Limit.memory(300L, null, null)));
    }

    @Test
    void memoryOnV1WithoutSwapAccounting() throws CgroupException {
        RecordingFiles without = new RecordingFiles().without("memory.memsw.limit_in_bytes");
        Controller memory = new V1MemoryController();
        assertEquals("linux.resources.memory.swap: the memory controller does not account for swap: "
                + "there is no memory.memsw.limit_in_bytes in /cg", refusal(memory, without, Limit.memory(100L, null, 200L)));
        without.writes.clear();
        memory.apply(without, Limit.memory(-1L, null, null));
        memory.apply(without, Limit.memory(100L, null, -1L));
        assertEquals(List.of("memory.limit_in_bytes=-1", "memory.limit_in_bytes=100"), without.writes);
    }

    @Test
    void memoryOnV1SaysWhyALimitIsTooLow() {
        RecordingFiles busy = new RecordingFiles().refusing("memory.limit_in_bytes", Errno.EBUSY)
                .holding("memory.usage_in_bytes", "5000").holding("memory.max_usage_in_bytes", "6000");
        assertEquals("linux.resources.memory.limit: unable to set memory limit to 100 (current usage: 5000, peak usage: 6000)",
                refusal(new V1MemoryController(), busy, Limit.memory(100L, null, null)));
    }

    @Test
    void memoryOnV2() throws CgroupException {
        Controller memory = new V2MemoryController();
        assertEquals(List.of("memory.swap.max=100", "memory.max=100", "memory.low=50"),
                written(memory, Limit.memory(100L, 50L, 200L)));
        assertEquals(List.of("memory.swap.max=0", "memory.max=100"), written(memory, Limit.memory(100L, null, 100L)));
        assertEquals(List.of("memory.swap.max=max", "memory.max=max"), written(memory, Limit.memory(-1L, null, null)));
        assertEquals(List.of("memory.swap.max=max", "memory.max=100"), written(memory, Limit.memory(100L, null, -1L)));
        assertEquals(List.of("memory.swap.max=70", "memory.max=max"), written(memory, Limit.memory(-1L, null, 70L)));
        assertEquals("linux.resources.memory.swap: unable to set swap limit without memory limit",
                refusal(memory, files, Limit.memory(null, null, 100L)));
        assertEquals("linux.resources.memory.swap: memory+swap limit should be >= memory limit",
                refusal(memory, files, Limit.memory(100L, null, 99L)));
        RecordingFiles noSwap = new RecordingFiles().without("memory.swap.max");
        memory.apply(noSwap, Limit.memory(100L, null, 100L));
        assertEquals(List.of("memory.max=100"), noSwap.writes);
        assertTrue(refusal(memory, noSwap, Limit.memory(100L, null, 200L)).contains("does not account for swap"));
    }

    @Test
    void memoryOnV2RefusesWhatItLacksAndWhatWouldKill() {
        Controller memory = new V2MemoryController();
        assertEquals("linux.resources.memory.swappiness: cannot set memory swappiness with cgroupv2",
                refusal(memory, files, Limit.memory(new Resources.Memory(null, null, null, null, null, 10L, null, null, null))));
        assertEquals("linux.resources.memory.disableOOMKiller: cannot disable OOM killer with cgroupv2",
                refusal(memory, files, Limit.memory(new Resources.Memory(null, null, null, null, null, null, true, null, null))));
        files.holding("memory.current", "500");
        assertEquals("linux.resources.memory.limit: rejecting memory limit 400 <= usage 500",
                refusal(memory, files, Limit.memory(new Resources.Memory(400L, null, null, null, null, null, null, null, true))));
    }

    @Test
    void cpuOnV1() throws CgroupException {
        Controller cpu = new V1CpuController();
        assertEquals(List.of("cpu.shares=512", "cpu.cfs_period_us=100000", "cpu.cfs_burst_us=1000", "cpu.cfs_quota_us=50000"),
                written(cpu, Limit.cpu(512L, 50000L, 1000L, 100000L)));
        assertEquals(List.of("cpu.cfs_quota_us=-1"), written(cpu, Limit.cpu(null, -1L, null, null)));
        files.refusing("cpu.cfs_period_us", Errno.EINVAL).refusing("cpu.cfs_burst_us", Errno.EINVAL);
        assertEquals(List.of("cpu.cfs_quota_us=500", "cpu.cfs_period_us=1000", "cpu.cfs_burst_us=200"),
                written(cpu, Limit.cpu(null, 500L, 200L, 1000L)));
        assertEquals("linux.resources.cpu.shares: the minimum allowed cpu-shares is 2",
                refusal(cpu, files, Limit.cpu(1L, null, null, null)));
        assertEquals("linux.resources.cpu.shares: the maximum allowed cpu-shares is 262144",
                refusal(cpu, files, Limit.cpu(-1L, null, null, null)));
        assertEquals(List.of("cpu.idle=0", "cpu.shares=10"),
                written(cpu, Limit.cpu(new Resources.Cpu(10L, null, null, null, null, null, null, null, 0L))));
        assertEquals(List.of("cpu.shares=10", "cpu.idle=1"),
                written(cpu, Limit.cpu(new Resources.Cpu(10L, null, null, null, null, null, null, null, 1L))));
        files.refusing("cpu.rt_period_us", Errno.EINVAL);
        assertEquals(List.of("cpu.rt_runtime_us=500", "cpu.rt_period_us=900"),
                written(cpu, Limit.cpu(new Resources.Cpu(null, null, null, null, 500L, 900L, null, null, null))));
    }

    @Test
    void cpuOnV2() throws CgroupException {
        Controller cpu = new V2CpuController();
        assertEquals(List.of("cpu.weight=100", "cpu.max=50000 100000"), written(cpu, Limit.cpu(1024L, 50000L, null, 100000L)));
        assertEquals(List.of("cpu.max=50000"), written(cpu, Limit.cpu(null, 50000L, null, null)));
        assertEquals(List.of("cpu.max=max"), written(cpu, Limit.cpu(null, -1L, null, null)));
        assertEquals(List.of("cpu.max=max 2000"), written(cpu, Limit.cpu(null, null, null, 2000L)));
        files.holding("cpu.max", "777 100000");
        assertEquals(List.of("cpu.max=777 2000"), written(cpu, Limit.cpu(null, null, null, 2000L)));
        files.refusing("cpu.max.burst", Errno.EINVAL);
        assertEquals(List.of("cpu.max=500", "cpu.max.burst=200"), written(cpu, Limit.cpu(null, 500L, 200L, null)));
        assertEquals("linux.resources.cpu.realtimeRuntime: realtime runtime not supported on cgroupv2",
                refusal(cpu, files, Limit.cpu(new Resources.Cpu(null, null, null, null, 5L, null, null, null, null))));
    }

    @Test
    void weightsGoThroughEndsAndDefault() {
        assertEquals(1, V2CpuController.weight(1));
        assertEquals(1, V2CpuController.weight(2));
        assertEquals(100, V2CpuController.weight(1024));
        assertEquals(10000, V2CpuController.weight(262144));
        assertEquals(10000, V2CpuController.weight(-1));
        assertEquals(59, V2CpuController.weight(512));
        assertEquals(1, V2IoController.ioWeight(10));
        assertEquals(10000, V2IoController.ioWeight(1000));
    }

    @Test
    void cpuset() throws CgroupException {
        assertEquals(List.of("cpuset.cpus=0-1", "cpuset.mems=0"), written(new CpusetController(), Limit.cpuset("0-1", "0")));
        assertEquals("linux.resources.cpu.mems", new CpusetController().neededFor(Limit.cpuset(null, "0")));
    }

    @Test
    void blockIo() throws CgroupException {
        Resources io = Limit.blockIO(new Resources.BlockIO(500, null,
                List.of(new Resources.WeightDevice(8, 0, 10, null)),
                List.of(new Resources.ThrottleDevice(8, 0, 1)), List.of(new Resources.ThrottleDevice(8, 0, 0)),
                List.of(new Resources.ThrottleDevice(8, 1, 3)), List.of(new Resources.ThrottleDevice(8, 1, -1))));
        assertEquals(List.of("blkio.weight=500", "blkio.weight_device=8:0 10", "blkio.throttle.read_bps_device=8:0 1",
                "blkio.throttle.write_bps_device=8:0 0", "blkio.throttle.read_iops_device=8:1 3",
                "blkio.throttle.write_iops_device=8:1 18446744073709551615"), written(new V1BlkioController(), io));
        assertEquals(List.of("io.bfq.weight=500", "io.bfq.weight=8:0 10", "io.max=8:0 rbps=1", "io.max=8:0 wbps=max",
                "io.max=8:1 riops=3", "io.max=8:1 wiops=18446744073709551615"), written(new V2IoController(), io));
        files.without("blkio.weight").without("blkio.weight_device").without("io.bfq.weight");
        assertEquals(List.of("blkio.bfq.weight=500", "blkio.bfq.weight_device=8:0 10"),
                written(new V1BlkioController(), io).subList(0, 2));
        assertEquals(List.of("io.weight=4950", "io.weight=8:0 1"), written(new V2IoController(), io).subList(0, 2));
        files.without("blkio.bfq.weight");
        assertEquals("linux.resources.blockIO.weight: this kernel has no blkio.bfq.weight in /cg",
                refusal(new V1BlkioController(), files, io));
    }

    @Test
    void hugepages() throws CgroupException {
        Resources huge = Limit.hugepages("2MB", 4194304);
        assertEquals(List.of("hugetlb.2MB.limit_in_bytes=4194304", "hugetlb.2MB.rsvd.limit_in_bytes=4194304"),
                written(HugetlbController.v1(), huge));
        assertEquals(List.of("hugetlb.2MB.max=4194304", "hugetlb.2MB.rsvd.max=4194304"), written(HugetlbController.v2(), huge));
        files.without("hugetlb.2MB.rsvd.max");
        assertEquals(List.of("hugetlb.2MB.max=4194304"), written(HugetlbController.v2(), huge));
        assertTrue(refusal(HugetlbController.v2(), files, Limit.hugepages("../x", 1)).contains("hugepageLimits[0].pageSize"));
    }

    @Test
    void rdmaAndNetwork() throws CgroupException {
        assertEquals(List.of("rdma.max=mlx5_1 hca_handle=3 hca_object=10000"),
                written(new RdmaController(), Limit.rdma("mlx5_1", 3L, 10000L)));
        assertEquals(List.of("rdma.max=mlx5_1 hca_object=4"), written(new RdmaController(), Limit.rdma("mlx5_1", null, 4L)));
        Resources network = Limit.network(1048577L, new Resources.InterfacePriority("eth0", 5));
        assertEquals(List.of("net_cls.classid=1048577"), written(new V1NetClsController(), network));
        assertEquals(List.of("net_prio.ifpriomap=eth0 5"), written(new V1NetPrioController(), network));
    }

    @Test
    void devicesOnV1() throws CgroupException {
        assertEquals(List.of("devices.deny=a", "devices.allow=c 10:229 rw", "devices.allow=c *:* m", "devices.allow=b *:* m",
                "devices.allow=c 1:3 rwm", "devices.allow=c 1:8 rwm", "devices.allow=c 1:7 rwm", "devices.allow=c 5:0 rwm",
                "devices.allow=c 1:5 rwm", "devices.allow=c 1:9 rwm", "devices.allow=c 5:1 rwm", "devices.allow=c 136:* rwm",
                "devices.allow=c 5:2 rwm", "devices.allow=c 10:200 rwm"),
                written(new V1DevicesController(), Limit.devices(Limit.denyAll(), Limit.allow("c", 10, 229, "rw"))));
        assertEquals(List.of("devices.allow=a", "devices.deny=b 8:* rwm"),
                written(new V1DevicesController(), Limit.devices(Limit.allowAll(), Limit.deny("b", 8, -1, null))));
    }
}
