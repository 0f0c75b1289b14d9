package dev.caisson.linux.cgroups;

import dev.caisson.linux.cgroups.Statistics.Entry;
import dev.caisson.linux.cgroups.Statistics.HugePages;
import dev.caisson.linux.cgroups.Statistics.Pressure;
import dev.caisson.linux.cgroups.Statistics.Stall;
import dev.caisson.linux.cgroups.Statistics.Use;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@link Statistics} from v2's files (cgroup-v2.rst). */
final class V2Statistics {

    private static final long NANOS_A_MICRO = 1000;
    private static final long UNLIMITED = -1;

    private final StatFiles files;

    V2Statistics(String path) {
        files = new StatFiles(path);
    }

    Statistics read() throws CgroupException {
        long pids = files.number("pids.max");
        return new Statistics(cpu(), null, memory(), new Statistics.Pids(files.number("pids.current"), pids == UNLIMITED ? 0 : pids),
                blockIo(), hugePages());
    }

    private Statistics.Cpu cpu() throws CgroupException {
        Map<String, Long> stat = files.numbers("cpu.stat");
        return new Statistics.Cpu(nanos(stat, "usage_usec"), nanos(stat, "user_usec"), nanos(stat, "system_usec"), List.of(), List.of(),
                List.of(), stat.getOrDefault("nr_periods", 0L), stat.getOrDefault("nr_throttled", 0L), nanos(stat, "throttled_usec"),
                pressure("cpu.pressure"));
    }

    private static long nanos(Map<String, Long> stat, String micros) {
        return stat.getOrDefault(micros, 0L) * NANOS_A_MICRO;
    }

    private Statistics.Memory memory() throws CgroupException {
        Map<String, Long> raw = files.numbers("memory.stat");
        Map<String, Long> events = files.numbers("memory.events");
        Use memory = new Use(files.number("memory.max"), files.number("memory.current"), files.number("memory.peak"),
                events.getOrDefault("max", 0L));
        return new Statistics.Memory(raw.getOrDefault("file", 0L), memory, both(memory), Use.NONE, Use.NONE, raw,
                pressure("memory.pressure"));
    }

    /** v2 counts swap alone, v1 and so the statistics memory and swap together. */
    private Use both(Use memory) throws CgroupException {
        if (files.text("memory.swap.current").isEmpty()) {
            return Use.NONE;
        }
        long limit = files.number("memory.swap.max");
        return new Use(limit == UNLIMITED || memory.limit() == UNLIMITED ? UNLIMITED : limit + memory.limit(),
                files.number("memory.swap.current") + memory.usage(), 0, files.numbers("memory.swap.events").getOrDefault("fail", 0L));
    }

    /** Lines {@code MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N dbytes=N dios=N}. */
    private Statistics.BlockIo blockIo() throws CgroupException {
        List<Entry> bytes = new ArrayList<>();
        List<Entry> operations = new ArrayList<>();
        for (String line : files.text("io.stat").split("\n")) {
            String[] fields = line.split("[ :]");
            for (int i = 2; i < fields.length; i++) {
                int equals = fields[i].indexOf('=');
                String key = equals < 0 ? "" : fields[i].substring(0, equals);
                String operation = key.startsWith("r") ? "Read" : key.startsWith("w") ? "Write" : "Discard";
                boolean isBytes = key.equals("rbytes") || key.equals("wbytes") || key.equals("dbytes");
                if (isBytes || key.equals("rios") || key.equals("wios") || key.equals("dios")) {
                    (isBytes ? bytes : operations).add(new Entry(files.number("io.stat", fields[0]), files.number("io.stat", fields[1]),
                            operation, files.number("io.stat", fields[i].substring(equals + 1))));
                }
            }
        }
        return new Statistics.BlockIo(bytes, operations, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                pressure("io.pressure"));
    }

    private Map<String, HugePages> hugePages() throws CgroupException {
        Map<String, HugePages> sizes = new LinkedHashMap<>();
        for (String size : files.pageSizes("current")) {
            sizes.put(size, new HugePages(files.number("hugetlb." + size + ".current"), 0,
                    files.numbers("hugetlb." + size + ".events").getOrDefault("max", 0L)));
        }
        return sizes;
    }

    /** Lines {@code some avg10=0.00 avg60=0.00 avg300=0.00 total=0}, and the same for {@code full}. */
    private Pressure pressure(String file) throws CgroupException {
        String text = files.text(file);
        if (text.isEmpty()) {
            return null;
        }
        Stall some = Stall.NONE;
        Stall full = Stall.NONE;
        for (String line : text.split("\n")) {
            if (line.startsWith("some ")) {
                some = stall(file, line);
            } else if (line.startsWith("full ")) {
                full = stall(file, line);
            }
        }
        return new Pressure(some, full);
    }

    private Stall stall(String file, String line) throws CgroupException {
        double[] averages = new double[3];
        long total = 0;
        for (String field : line.split(" ")) {
            String value = field.substring(field.indexOf('=') + 1);
            try {
                switch (field.substring(0, Math.max(0, field.indexOf('=')))) {
                    case "avg10" -> averages[0] = Double.parseDouble(value);
                    case "avg60" -> averages[1] = Double.parseDouble(value);
                    case "avg300" -> averages[2] = Double.parseDouble(value);
                    case "total" -> total = files.number(file, value);
                    default -> { }
                }
            } catch (NumberFormatException e) {
                throw new CgroupException("count what the container has used: " + file + ": \"" + value.strip() + "\" is no number");
            }
        }
        return new Stall(averages[0], averages[1], averages[2], total);
    }
}
