package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import java.util.List;
import java.util.Map;

/** Resources with a single thing in them. */
final class Limit {

    static final Resources NOTHING = new Resources(null, null, null, null, null, null, null, null, null);

    private Limit() {}

    static Resources devices(Resources.DeviceCgroup... rules) {
        return new Resources(List.of(rules), null, null, null, null, null, null, null, null);
    }

    static Resources memory(Long limit, Long reservation, Long swap) {
        return memory(new Resources.Memory(limit, reservation, swap, null, null, null, null, null, null));
    }

    static Resources memory(Resources.Memory memory) {
        return new Resources(null, memory, null, null, null, null, null, null, null);
    }

    static Resources cpu(Long shares, Long quota, Long burst, Long period) {
        return cpu(new Resources.Cpu(shares, quota, burst, period, null, null, null, null, null));
    }

    static Resources cpu(Resources.Cpu cpu) {
        return new Resources(null, null, cpu, null, null, null, null, null, null);
    }

    static Resources cpuset(String cpus, String mems) {
        return cpu(new Resources.Cpu(null, null, null, null, null, null, cpus, mems, null));
    }

    static Resources pids(Long limit) {
        return new Resources(null, null, null, new Resources.Pids(limit), null, null, null, null, null);
    }

    static Resources blockIO(Resources.BlockIO io) {
        return new Resources(null, null, null, null, io, null, null, null, null);
    }

    static Resources hugepages(String size, long limit) {
        return new Resources(null, null, null, null, null, List.of(new Resources.HugepageLimit(size, limit)), null, null, null);
    }

    static Resources network(Long classId, Resources.InterfacePriority... priorities) {
        return new Resources(null, null, null, null, null, null, new Resources.Network(classId, List.of(priorities)), null, null);
    }

    static Resources rdma(String device, Long handles, Long objects) {
        return new Resources(null, null, null, null, null, null, null, Map.of(device, new Resources.Rdma(handles, objects)), null);
    }

    static Resources unified(String file, String value) {
        return new Resources(null, null, null, null, null, null, null, null, Map.of(file, value));
    }

    static Resources.DeviceCgroup allow(String type, long major, long minor, String access) {
        return new Resources.DeviceCgroup(true, type, major, minor, access);
    }

    static Resources.DeviceCgroup deny(String type, long major, long minor, String access) {
        return new Resources.DeviceCgroup(false, type, major, minor, access);
    }

    static Resources.DeviceCgroup denyAll() {
        return new Resources.DeviceCgroup(false, null, null, null, "rwm");
    }

    static Resources.DeviceCgroup allowAll() {
        return new Resources.DeviceCgroup(true, "a", null, null, "rwm");
    }
}
