package dev.caisson.cli.lifecycle;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.caisson.linux.cgroups.Statistics;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** A line of {@code events}, in the layout of runc, which callers read. What they take an absent number for is 0. */
final class EventJson {

    private final JsonGenerator json;

    private EventJson(JsonGenerator json) {
        this.json = json;
    }

    /** The container came to its limit of memory. */
    static String oom(String id) throws IOException {
        return line("oom", id, null);
    }

    /** What the container has used. */
    static String stats(String id, Statistics statistics) throws IOException {
        return line("stats", id, statistics);
    }

    private static String line(String type, String id, Statistics statistics) throws IOException {
        StringWriter text = new StringWriter(4096);
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("type", type);
            json.writeStringField("id", id);
            if (statistics != null) {
                json.writeObjectFieldStart("data");
                new EventJson(json).data(statistics);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        return text.append('\n').toString();
    }

    private void data(Statistics statistics) throws IOException {
        cpu(statistics.cpu());
        cpuset(statistics.cpuset());
        memory(statistics.memory());
        json.writeObjectFieldStart("pids");
        unlessZero("current", statistics.pids().current());
        unlessZero("limit", statistics.pids().limit());
        json.writeEndObject();
        blockIo(statistics.blockIo());
        json.writeObjectFieldStart("hugetlb");
        for (Map.Entry<String, Statistics.HugePages> size : statistics.hugePages().entrySet()) {
            json.writeObjectFieldStart(size.getKey());
            unlessZero("usage", size.getValue().usage());
            unlessZero("max", size.getValue().max());
            number("failcnt", size.getValue().failures());
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeObjectFieldStart("intel_rdt");
        json.writeEndObject();
        json.writeNullField("network_interfaces");
    }

    private void cpu(Statistics.Cpu cpu) throws IOException {
        json.writeObjectFieldStart("cpu");
        json.writeObjectFieldStart("usage");
        unlessZero("total", cpu.total());
        numbers("percpu", cpu.perCpu());
        numbers("percpu_kernel", cpu.perCpuKernel());
        numbers("percpu_user", cpu.perCpuUser());
        number("kernel", cpu.kernel());
        number("user", cpu.user());
        json.writeEndObject();
        json.writeObjectFieldStart("throttling");
        unlessZero("periods", cpu.periods());
        unlessZero("throttledPeriods", cpu.throttledPeriods());
        unlessZero("throttledTime", cpu.throttled());
        json.writeEndObject();
        pressure(cpu.pressure());
        json.writeEndObject();
    }

    private void cpuset(Statistics.Cpuset own) throws IOException {
        Statistics.Cpuset cpuset = own != null ? own : new Statistics.Cpuset(List.of(), List.of(), 0, 0, 0, 0, 0, 0, 0, 0, 0);
        json.writeObjectFieldStart("cpuset");
        integers("cpus", cpuset.cpus());
        number("cpu_exclusive", cpuset.cpuExclusive());
        integers("mems", cpuset.mems());
        number("mem_hardwall", cpuset.memHardwall());
        number("mem_exclusive", cpuset.memExclusive());
        number("memory_migrate", cpuset.memoryMigrate());
        number("memory_spread_page", cpuset.memorySpreadPage());
        number("memory_spread_slab", cpuset.memorySpreadSlab());
        number("memory_pressure", cpuset.memoryPressure());
        number("sched_load_balance", cpuset.schedLoadBalance());
        json.writeNumberField("sched_relax_domain_level", cpuset.schedRelaxDomainLevel());
        json.writeEndObject();
    }

    private void memory(Statistics.Memory memory) throws IOException {
        json.writeObjectFieldStart("memory");
        unlessZero("cache", memory.cache());
        use("usage", memory.usage());
        use("swap", memory.swap());
        use("kernel", memory.kernel());
        use("kernelTCP", memory.kernelTcp());
        if (!memory.raw().isEmpty()) {
            json.writeObjectFieldStart("raw");
            for (Map.Entry<String, Long> entry : memory.raw().entrySet()) {
                number(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
        }
        pressure(memory.pressure());
        json.writeEndObject();
    }

    private void use(String name, Statistics.Use use) throws IOException {
        json.writeObjectFieldStart(name);
        number("limit", use.limit());
        unlessZero("usage", use.usage());
        unlessZero("max", use.max());
        number("failcnt", use.failures());
        json.writeEndObject();
    }

    private void blockIo(Statistics.BlockIo io) throws IOException {
        json.writeObjectFieldStart("blkio");
        entries("ioServiceBytesRecursive", io.bytes());
        entries("ioServicedRecursive", io.operations());
        entries("ioQueueRecursive", io.queued());
        entries("ioServiceTimeRecursive", io.serviceTime());
        entries("ioWaitTimeRecursive", io.waitTime());
        entries("ioMergedRecursive", io.merged());
        entries("ioTimeRecursive", io.time());
        entries("sectorsRecursive", io.sectors());
        pressure(io.pressure());
        json.writeEndObject();
    }

    private void entries(String name, List<Statistics.Entry> entries) throws IOException {
        if (entries.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart(name);
        for (Statistics.Entry entry : entries) {
            json.writeStartObject();
            unlessZero("major", entry.major());
            unlessZero("minor", entry.minor());
            if (!entry.operation().isEmpty()) {
                json.writeStringField("op", entry.operation());
            }
            unlessZero("value", entry.value());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void pressure(Statistics.Pressure pressure) throws IOException {
        if (pressure == null) {
            return;
        }
        json.writeObjectFieldStart("psi");
        stall("some", pressure.some());
        stall("full", pressure.full());
        json.writeEndObject();
    }

    private void stall(String name, Statistics.Stall stall) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("avg10", stall.avg10());
        json.writeNumberField("avg60", stall.avg60());
        json.writeNumberField("avg300", stall.avg300());
        number("total", stall.total());
        json.writeEndObject();
    }

    private void integers(String name, List<Integer> values) throws IOException {
        if (!values.isEmpty()) {
            json.writeArrayFieldStart(name);
            for (int value : values) {
                json.writeNumber(value);
            }
            json.writeEndArray();
        }
    }

    private void numbers(String name, List<Long> values) throws IOException {
        if (!values.isEmpty()) {
            json.writeArrayFieldStart(name);
            for (long value : values) {
                unsigned(value);
            }
            json.writeEndArray();
        }
    }

    private void unlessZero(String name, long value) throws IOException {
        if (value != 0) {
            number(name, value);
        }
    }

    private void number(String name, long value) throws IOException {
        json.writeFieldName(name);
        unsigned(value);
    }

    /** @param value uint64 as its 64 bits */
    private void unsigned(long value) throws IOException {
        if (value >= 0) {
            json.writeNumber(value);
        } else {
            json.writeNumber(new BigInteger(Long.toUnsignedString(value)));
        }
    }
}
