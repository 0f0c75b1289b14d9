package dev.caisson.spec;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@link SpecWriter}'s part for the {@code linux} section. */
final class LinuxWriter {

    private LinuxWriter() {
    }

    static void linux(JsonOut out, Linux linux) throws IOException {
        idMappings(out, "uidMappings", linux.uidMappings());
        idMappings(out, "gidMappings", linux.gidMappings());
        out.strings("sysctl", linux.sysctl());
        if (linux.resources() != null) {
            out.startObject("resources");
            resources(out, linux.resources());
            out.endObject();
        }
        out.text("cgroupsPath", linux.cgroupsPath());
        namespaces(out, linux.namespaces());
        devices(out, linux.devices());
        netDevices(out, linux.netDevices());
        if (linux.seccomp() != null) {
            seccomp(out, linux.seccomp());
        }
        out.text("rootfsPropagation", linux.rootfsPropagation());
        out.strings("maskedPaths", linux.maskedPaths());
        out.strings("readonlyPaths", linux.readonlyPaths());
        out.text("mountLabel", linux.mountLabel());
        if (linux.intelRdt() != null) {
            out.startObject("intelRdt");
            out.text("closID", linux.intelRdt().closID());
            out.strings("schemata", linux.intelRdt().schemata());
            out.text("l3CacheSchema", linux.intelRdt().l3CacheSchema());
            out.text("memBwSchema", linux.intelRdt().memBwSchema());
            out.flag("enableMonitoring", linux.intelRdt().enableMonitoring());
            out.endObject();
        }
        if (linux.memoryPolicy() != null) {
            out.startObject("memoryPolicy");
            out.text("mode", linux.memoryPolicy().mode());
            out.text("nodes", linux.memoryPolicy().nodes());
            out.strings("flags", linux.memoryPolicy().flags());
            out.endObject();
        }
        if (linux.personality() != null) {
            out.startObject("personality");
            out.text("domain", linux.personality().domain());
            out.strings("flags", linux.personality().flags());
            out.endObject();
        }
        timeOffsets(out, linux.timeOffsets());
    }

    static void idMappings(JsonOut out, String name, List<IdMapping> mappings) throws IOException {
        if (mappings.isEmpty()) {
            return;
        }
        out.startArray(name);
        for (IdMapping mapping : mappings) {
            out.startObject();
            out.number("containerID", mapping.containerID());
            out.number("hostID", mapping.hostID());
            out.number("size", mapping.size());
            out.endObject();
        }
        out.endArray();
    }

    private static void namespaces(JsonOut out, List<Namespace> namespaces) throws IOException {
        if (namespaces.isEmpty()) {
            return;
        }
        out.startArray("namespaces");
        for (Namespace namespace : namespaces) {
            out.startObject();
            out.text("type", namespace.type().json());
            out.text("path", namespace.path());
            out.endObject();
        }
        out.endArray();
    }

    private static void devices(JsonOut out, List<Device> devices) throws IOException {
        if (devices.isEmpty()) {
            return;
        }
        out.startArray("devices");
        for (Device device : devices) {
            out.startObject();
            out.text("path", device.path());
            out.text("type", device.type());
            out.number("major", device.major());
            out.number("minor", device.minor());
            out.number("fileMode", device.fileMode());
            out.number("uid", device.uid());
            out.number("gid", device.gid());
            out.endObject();
        }
        out.endArray();
    }

    private static void netDevices(JsonOut out, Map<String, NetDevice> devices) throws IOException {
        if (devices.isEmpty()) {
            return;
        }
        out.startObject("netDevices");
        for (Map.Entry<String, NetDevice> entry : devices.entrySet()) {
            out.startObject(entry.getKey());
            out.text("name", entry.getValue().name());
            out.endObject();
        }
        out.endObject();
    }

    private static void timeOffsets(JsonOut out, Map<String, TimeOffset> offsets) throws IOException {
        if (offsets.isEmpty()) {
            return;
        }
        out.startObject("timeOffsets");
        for (Map.Entry<String, TimeOffset> entry : offsets.entrySet()) {
            out.startObject(entry.getKey());
            out.numberUnlessZero("secs", entry.getValue().secs());
            out.numberUnlessZero("nanosecs", entry.getValue().nanosecs());
            out.endObject();
        }
        out.endObject();
    }

    private static void seccomp(JsonOut out, Seccomp seccomp) throws IOException {
        out.startObject("seccomp");
        out.text("defaultAction", seccomp.defaultAction().name());
        out.number("defaultErrnoRet", seccomp.defaultErrnoRet());
        out.strings("architectures", seccomp.architectures());
        out.stringsOrNull("flags", seccomp.flags());
        out.text("listenerPath", seccomp.listenerPath());
        out.text("listenerMetadata", seccomp.listenerMetadata());
        if (!seccomp.syscalls().isEmpty()) {
            out.startArray("syscalls");
            for (Seccomp.Syscall syscall : seccomp.syscalls()) {
                out.startObject();
                out.strings("names", syscall.names());
                out.text("action", syscall.action().name());
                out.number("errnoRet", syscall.errnoRet());
                seccompArgs(out, syscall.args());
                out.endObject();
            }
            out.endArray();
        }
        out.endObject();
    }

    private static void seccompArgs(JsonOut out, List<Seccomp.Arg> args) throws IOException {
        if (args.isEmpty()) {
            return;
        }
        out.startArray("args");
        for (Seccomp.Arg arg : args) {
            out.startObject();
            out.number("index", arg.index());
            out.uint64("value", arg.value());
            out.uint64UnlessZero("valueTwo", arg.valueTwo());
            out.text("op", arg.op().name());
            out.endObject();
        }
        out.endArray();
    }

    static void resources(JsonOut out, Resources resources) throws IOException {
        if (!resources.devices().isEmpty()) {
            out.startArray("devices");
            for (Resources.DeviceCgroup rule : resources.devices()) {
                out.startObject();
                out.bool("allow", rule.allow());
                out.text("type", rule.type());
                out.number("major", rule.major());
                out.number("minor", rule.minor());
                out.text("access", rule.access());
                out.endObject();
            }
            out.endArray();
        }
        if (resources.memory() != null) {
            memory(out, resources.memory());
        }
        if (resources.cpu() != null) {
            cpu(out, resources.cpu());
        }
        if (resources.pids() != null) {
            out.startObject("pids");
            out.number("limit", resources.pids().limit());
            out.endObject();
        }
        if (resources.blockIO() != null) {
            blockIO(out, resources.blockIO());
        }
        if (!resources.hugepageLimits().isEmpty()) {
            out.startArray("hugepageLimits");
            for (Resources.HugepageLimit limit : resources.hugepageLimits()) {
                out.startObject();
                out.text("pageSize", limit.pageSize());
                out.uint64("limit", limit.limit());
                out.endObject();
            }
            out.endArray();
        }
        if (resources.network() != null) {
            network(out, resources.network());
        }
        if (!resources.rdma().isEmpty()) {
            out.startObject("rdma");
            for (Map.Entry<String, Resources.Rdma> entry : resources.rdma().entrySet()) {
                out.startObject(entry.getKey());
                out.number("hcaHandles", entry.getValue().hcaHandles());
                out.number("hcaObjects", entry.getValue().hcaObjects());
                out.endObject();
            }
            out.endObject();
        }
        out.strings("unified", resources.unified());
    }

    private static void memory(JsonOut out, Resources.Memory memory) throws IOException {
        out.startObject("memory");
        out.number("limit", memory.limit());
        out.number("reservation", memory.reservation());
        out.number("swap", memory.swap());
        out.number("kernel", memory.kernel());
        out.number("kernelTCP", memory.kernelTCP());
        out.uint64("swappiness", memory.swappiness());
        out.bool("disableOOMKiller", memory.disableOOMKiller());
        out.bool("useHierarchy", memory.useHierarchy());
        out.bool("checkBeforeUpdate", memory.checkBeforeUpdate());
        out.endObject();
    }

    private static void cpu(JsonOut out, Resources.Cpu cpu) throws IOException {
        out.startObject("cpu");
        out.uint64("shares", cpu.shares());
        out.number("quota", cpu.quota());
        out.uint64("burst", cpu.burst());
        out.uint64("period", cpu.period());
        out.number("realtimeRuntime", cpu.realtimeRuntime());
        out.uint64("realtimePeriod", cpu.realtimePeriod());
        out.text("cpus", cpu.cpus());
        out.text("mems", cpu.mems());
        out.number("idle", cpu.idle());
        out.endObject();
    }

    private static void blockIO(JsonOut out, Resources.BlockIO blockIO) throws IOException {
        out.startObject("blockIO");
        out.number("weight", blockIO.weight());
        out.number("leafWeight", blockIO.leafWeight());
        if (!blockIO.weightDevice().isEmpty()) {
            out.startArray("weightDevice");
            for (Resources.WeightDevice device : blockIO.weightDevice()) {
                out.startObject();
                out.number("major", device.major());
                out.number("minor", device.minor());
                out.number("weight", device.weight());
                out.number("leafWeight", device.leafWeight());
                out.endObject();
            }
            out.endArray();
        }
        throttles(out, "throttleReadBpsDevice", blockIO.throttleReadBpsDevice());
        throttles(out, "throttleWriteBpsDevice", blockIO.throttleWriteBpsDevice());
        throttles(out, "throttleReadIOPSDevice", blockIO.throttleReadIOPSDevice());
        throttles(out, "throttleWriteIOPSDevice", blockIO.throttleWriteIOPSDevice());
        out.endObject();
    }

    private static void throttles(JsonOut out, String name, List<Resources.ThrottleDevice> devices) throws IOException {
        if (devices.isEmpty()) {
            return;
        }
        out.startArray(name);
        for (Resources.ThrottleDevice device : devices) {
            out.startObject();
            out.number("major", device.major());
            out.number("minor", device.minor());
            out.uint64("rate", device.rate());
            out.endObject();
        }
        out.endArray();
    }

    private static void network(JsonOut out, Resources.Network network) throws IOException {
        out.startObject("network");
        out.number("classID", network.classID());
        if (!network.priorities().isEmpty()) {
            out.startArray("priorities");
            for (Resources.InterfacePriority priority : network.priorities()) {
                out.startObject();
                out.text("name", priority.name());
                out.number("priority", priority.priority());
                out.endObject();
            }
            out.endArray();
        }
        out.endObject();
    }
}
