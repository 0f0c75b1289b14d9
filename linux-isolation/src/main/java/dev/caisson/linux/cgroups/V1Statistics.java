package dev.caisson.linux.cgroups;

import dev.caisson.linux.cgroups.Statistics.Entry;
import dev.caisson.linux.cgroups.Statistics.HugePages;
import dev.caisson.linux.cgroups.Statistics.Use;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@link Statistics} from v1's files (Documentation/admin-guide/cgroup-v1/). */
final class V1Statistics {

    /** Of cpuacct.stat, which counts ticks of USER_HZ: 100 a second on all architectures of Linux that Caisson runs on. */
    private static final long NANOS_A_TICK = 10_000_000;

    private final Map<String, String> paths;
    private final StatFiles files = new StatFiles(null);

    /** @param paths directories by controller */
    V1Statistics(Map<String, String> paths) {
        this.paths = paths;
    }

    Statistics read() throws CgroupException {
        return new Statistics(cpu(), cpuset(), memory(), pids(), blockIo(), hugePages());
    }

    private StatFiles of(String controller) {
        return files.in(paths.get(controller));
    }

    private Statistics.Cpu cpu() throws CgroupException {
        Map<String, Long> quota = of("cpu").numbers("cpu.stat");
        StatFiles accounts = of("cpuacct");
        Map<String, Long> ticks = accounts.numbers("cpuacct.stat");
        List<Long> perCpu = new ArrayList<>();
        for (String number : accounts.text("cpuacct.usage_percpu").strip().split(" ")) {
            if (!number.isEmpty()) {
                perCpu.add(accounts.number("cpuacct.usage_percpu", number));
            }
        }
        // A title, and then: CPU USER SYSTEM
        List<Long> user = new ArrayList<>();
        List<Long> kernel = new ArrayList<>();
        String[] lines = accounts.text("cpuacct.usage_all").split("\n");
        for (int i = 1; i < lines.length; i++) {
            String[] fields = lines[i].split(" ");
            if (fields.length == 3) {
                user.add(accounts.number("cpuacct.usage_all", fields[1]));
                kernel.add(accounts.number("cpuacct.usage_all", fields[2]));
            }
        }
        return new Statistics.Cpu(accounts.number("cpuacct.usage"), ticks.getOrDefault("user", 0L) * NANOS_A_TICK,
                ticks.getOrDefault("system", 0L) * NANOS_A_TICK, perCpu, user, kernel, quota.getOrDefault("nr_periods", 0L),
                quota.getOrDefault("nr_throttled", 0L), quota.getOrDefault("throttled_time", 0L), null);
    }

    private Statistics.Cpuset cpuset() throws CgroupException {
        StatFiles cpuset = of("cpuset");
        return new Statistics.Cpuset(cpuset.ranges("cpuset.cpus"), cpuset.ranges("cpuset.mems"), cpuset.number("cpuset.cpu_exclusive"),
                cpuset.number("cpuset.mem_exclusive"), cpuset.number("cpuset.mem_hardwall"), cpuset.number("cpuset.memory_migrate"),
                cpuset.number("cpuset.memory_spread_page"), cpuset.number("cpuset.memory_spread_slab"),
                cpuset.number("cpuset.memory_pressure"), cpuset.number("cpuset.sched_load_balance"),
                cpuset.number("cpuset.sched_relax_domain_level"));
    }

    private Statistics.Memory memory() throws CgroupException {
        StatFiles memory = of("memory");
        Map<String, Long> raw = memory.numbers("memory.stat");
        return new Statistics.Memory(raw.getOrDefault("cache", 0L), use(memory, "memory."), use(memory, "memory.memsw."),
                use(memory, "memory.kmem."), use(memory, "memory.kmem.tcp."), raw, null);
    }

    private static Use use(StatFiles memory, String prefix) throws CgroupException {
        return new Use(memory.number(prefix + "limit_in_bytes"), memory.number(prefix + "usage_in_bytes"),
                memory.number(prefix + "max_usage_in_bytes"), memory.number(prefix + "failcnt"));
    }

    private Statistics.Pids pids() throws CgroupException {
        StatFiles pids = of("pids");
        return new Statistics.Pids(pids.number("pids.current"), Math.max(0, pids.number("pids.max")));
    }

    private Statistics.BlockIo blockIo() throws CgroupException {
        StatFiles io = of("blkio");
        return new Statistics.BlockIo(entries(io, "io_service_bytes"), entries(io, "io_serviced"), entries(io, "io_queued"),
                entries(io, "io_service_time"), entries(io, "io_wait_time"), entries(io, "io_merged"), entries(io, "time"),
                entries(io, "sectors"), null);
    }

    /** From the scheduler's file, CFQ's or BFQ's, if that has anything; else from the one that is counted at the throttle. */
    private static List<Entry> entries(StatFiles io, String what) throws CgroupException {
        for (String file : List.of("blkio." + what + "_recursive", "blkio.bfq." + what + "_recursive",
                "blkio.throttle." + what + "_recursive", "blkio.throttle." + what)) {
            List<Entry> entries = entries(io, file, io.text(file));
            if (!entries.isEmpty()) {
                return entries;
            }
        }
        return List.of();
    }

    /** Lines {@code MAJOR:MINOR OPERATION VALUE} or {@code MAJOR:MINOR VALUE}; the sum over all devices has no device. */
    static List<Entry> entries(StatFiles io, String file, String text) throws CgroupException {
        List<Entry> entries = new ArrayList<>();
        for (String line : text.split("\n")) {
            String[] fields = line.split("[ :]");
            if (fields.length == 3 || fields.length == 4) {
                entries.add(new Entry(io.number(file, fields[0]), io.number(file, fields[1]), fields.length == 4 ? fields[2] : "",
                        io.number(file, fields[fields.length - 1])));
            }
        }
        return entries;
    }

    private Map<String, HugePages> hugePages() throws CgroupException {
        StatFiles pages = of("hugetlb");
        Map<String, HugePages> sizes = new LinkedHashMap<>();
        for (String size : pages.pageSizes("usage_in_bytes")) {
            String prefix = "hugetlb." + size + ".";
            sizes.put(size, new HugePages(pages.number(prefix + "usage_in_bytes"), pages.number(prefix + "max_usage_in_bytes"),
                    pages.number(prefix + "failcnt")));
        }
        return sizes;
    }
}
