package dev.caisson.spec;

import java.util.List;
import java.util.Map;

/**
 * Limits for the container's cgroup, also the request of {@code update} (config-linux.md, "Control groups"). An absent limit is left
 * as it is.
 *
 * @param devices        rules for device access, applied in order
 * @param memory         memory limits; null when absent
 * @param cpu            CPU limits; null when absent
 * @param pids           limit of tasks; null when absent
 * @param blockIO        limits for block devices; null when absent
 * @param hugepageLimits limits for huge pages by page size
 * @param network        class and priorities of packets (cgroup v1 only); null when absent
 * @param rdma           limits by RDMA device name
 * @param unified        cgroup v2 files and the text to write to them; beats the fields above where both speak of one file
 */
public record Resources(List<DeviceCgroup> devices, Memory memory, Cpu cpu, Pids pids, BlockIO blockIO,
                        List<HugepageLimit> hugepageLimits, Network network, Map<String, Rdma> rdma,
                        Map<String, String> unified) {

    /** No limits at all. */
    public static final Resources NONE = new Resources(null, null, null, null, null, null, null, null, null);

    /** Copies the lists and maps. */
    public Resources {
        devices = Copies.list(devices);
        hugepageLimits = Copies.list(hugepageLimits);
        rdma = Copies.map(rdma);
        unified = Copies.map(unified);
    }

    /**
     * These limits with some changed: what {@code changes} does not have stays, likewise what it has as zero or empty where that
     * stands for "no change". Lists are changed by device, page size or interface; rules for devices come after those there are.
     */
    public Resources updatedBy(Resources changes) {
        return ResourcesUpdate.of(this, changes);
    }

    /**
     * A rule of the device controller ("Allowed Device list").
     *
     * @param allow  whether the rule allows or denies
     * @param type   {@code a} all, {@code c} character, {@code b} block; null when absent, meaning {@code a}
     * @param major  major number; null or -1 for any
     * @param minor  minor number; null or -1 for any
     * @param access letters of {@code rwm} (read, write, mknod); null when absent, meaning all of them
     */
    public record DeviceCgroup(boolean allow, String type, Long major, Long minor, String access) {
    }

    /**
     * Memory limits in bytes ("Memory"); -1 is no limit.
     *
     * @param limit             hard limit of memory; null when absent
     * @param reservation       soft limit of memory; null when absent
     * @param swap              limit of memory and swap together; null when absent
     * @param kernel            hard limit of kernel memory, long obsolete; null when absent
     * @param kernelTCP         hard limit of kernel memory for TCP buffers, v1 only; null when absent
     * @param swappiness        0 to 100, uint64 as its 64 bits, v1 only; null when absent
     * @param disableOOMKiller  whether to pause rather than kill when out of memory, v1 only; null when absent
     * @param useHierarchy      whether the limits hold for the whole subtree, v1 only; null when absent
     * @param checkBeforeUpdate whether to refuse a limit below the present use; null when absent, meaning no
     */
    public record Memory(Long limit, Long reservation, Long swap, Long kernel, Long kernelTCP, Long swappiness,
                         Boolean disableOOMKiller, Boolean useHierarchy, Boolean checkBeforeUpdate) {
    }

    /**
     * CPU limits ("CPU").
     *
     * @param shares          relative share, uint64 as its 64 bits; null when absent, 0 for no change
     * @param quota           microseconds of CPU time per period, -1 for no limit; null when absent, 0 for no change
     * @param burst           microseconds that can be saved up beyond the quota, uint64 as its 64 bits; null when absent
     * @param period          length of the period in microseconds, uint64 as its 64 bits; null when absent, 0 for no change
     * @param realtimeRuntime microseconds of realtime CPU time per realtime period, v1 only; null when absent
     * @param realtimePeriod  length of the realtime period in microseconds, uint64 as its 64 bits, v1 only; null when absent
     * @param cpus            CPUs to run on, a list like {@code 0-3,7}; null when absent
     * @param mems            NUMA nodes to allocate from, a list like {@code 0-1}; null when absent
     * @param idle            1 to make the cgroup SCHED_IDLE, 0 not; null when absent
     */
    public record Cpu(Long shares, Long quota, Long burst, Long period, Long realtimeRuntime, Long realtimePeriod, String cpus,
                      String mems, Long idle) {
    }

    /**
     * Limit of tasks ("PIDs").
     *
     * @param limit greatest number of tasks, -1 for no limit; null when absent. 0 is a valid limit since 1.3; before that, clients meant
     *              "no limit" by it
     */
    public record Pids(Long limit) {
    }

    /**
     * Limits for block devices ("Block IO").
     *
     * @param weight                  share of the bandwidth, uint16, 10 to 1000; null when absent, 0 for no change
     * @param leafWeight              share among the cgroup's own tasks, uint16, v1 only; null when absent
     * @param weightDevice            weights by device
     * @param throttleReadBpsDevice   bytes read per second by device
     * @param throttleWriteBpsDevice  bytes written per second by device
     * @param throttleReadIOPSDevice  read operations per second by device
     * @param throttleWriteIOPSDevice write operations per second by device
     */
    public record BlockIO(Integer weight, Integer leafWeight, List<WeightDevice> weightDevice,
                          List<ThrottleDevice> throttleReadBpsDevice, List<ThrottleDevice> throttleWriteBpsDevice,
                          List<ThrottleDevice> throttleReadIOPSDevice, List<ThrottleDevice> throttleWriteIOPSDevice) {

        /** Copies the lists. */
        public BlockIO {
            weightDevice = Copies.list(weightDevice);
            throttleReadBpsDevice = Copies.list(throttleReadBpsDevice);
            throttleWriteBpsDevice = Copies.list(throttleWriteBpsDevice);
            throttleReadIOPSDevice = Copies.list(throttleReadIOPSDevice);
            throttleWriteIOPSDevice = Copies.list(throttleWriteIOPSDevice);
        }
    }

    /**
     * Weights of one block device.
     *
     * @param major      major number
     * @param minor      minor number
     * @param weight     share of the bandwidth, uint16, 10 to 1000; null when absent
     * @param leafWeight share among the cgroup's own tasks, uint16, v1 only; null when absent
     */
    public record WeightDevice(long major, long minor, Integer weight, Integer leafWeight) {
    }

    /**
     * A rate limit of one block device.
     *
     * @param major major number
     * @param minor minor number
     * @param rate  bytes or operations per second, uint64 as its 64 bits; 0 for no limit
     */
    public record ThrottleDevice(long major, long minor, long rate) {
    }

    /**
     * A limit for huge pages ("Huge page limits").
     *
     * @param pageSize size like {@code 2MB}, {@code 64KB}, {@code 1GB}
     * @param limit    bytes, uint64 as its 64 bits
     */
    public record HugepageLimit(String pageSize, long limit) {
    }

    /**
     * Class and priorities of packets, cgroup v1 only ("Network").
     *
     * @param classID    net_cls class, uint32; null when absent
     * @param priorities net_prio priorities by interface
     */
    public record Network(Long classID, List<InterfacePriority> priorities) {

        /** Copies the priorities. */
        public Network {
            priorities = Copies.list(priorities);
        }
    }

    /**
     * Priority of packets sent by one interface.
     *
     * @param name     name of the interface
     * @param priority uint32
     */
    public record InterfacePriority(String name, long priority) {
    }

    /**
     * Limits for one RDMA device ("RDMA").
     *
     * @param hcaHandles greatest number of handles, uint32; null when absent
     * @param hcaObjects greatest number of objects, uint32; null when absent
     */
    public record Rdma(Long hcaHandles, Long hcaObjects) {
    }
}
