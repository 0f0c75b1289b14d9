package dev.caisson.spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@link SpecReader}'s part for the {@code linux} section. */
final class LinuxReader {

    private LinuxReader() {
    }

    static Linux linux(Cursor at) throws SpecException {
        if (at == null) {
            return null;
        }
        return new Linux(namespaces(at), idMappings(at, "uidMappings"), idMappings(at, "gidMappings"), devices(at), netDevices(at),
            at.string("cgroupsPath"), resources(at.object("resources")), intelRdt(at.object("intelRdt")),
            memoryPolicy(at.object("memoryPolicy")), seccomp(at.object("seccomp")), at.string("rootfsPropagation"),
            at.strings("maskedPaths"), at.strings("readonlyPaths"), at.string("mountLabel"), SpecReader.stringMap(at, "sysctl"),
            timeOffsets(at), personality(at.object("personality")));
    }

    private static List<Namespace> namespaces(Cursor at) throws SpecException {
        List<Namespace> namespaces = new ArrayList<>();
        for (Cursor item : at.items("namespaces")) {
            String name = item.requiredString("type");
            NamespaceType type = NamespaceType.ofJson(name);
            if (type == null) {
                throw item.required("type").error("namespace " + Texts.quote(name) + " does not exist");
            }
            namespaces.add(new Namespace(type, item.string("path")));
        }
        return namespaces;
    }

    static List<IdMapping> idMappings(Cursor at, String name) throws SpecException {
        List<IdMapping> mappings = new ArrayList<>();
        for (Cursor item : at.items(name)) {
            mappings.add(new IdMapping(item.requiredInteger("containerID", 0, Cursor.UINT32),
                item.requiredInteger("hostID", 0, Cursor.UINT32), item.requiredInteger("size", 0, Cursor.UINT32)));
        }
        return mappings;
    }

    private static List<Device> devices(Cursor at) throws SpecException {
        List<Device> devices = new ArrayList<>();
        for (Cursor item : at.items("devices")) {
            devices.add(new Device(item.requiredString("path"), item.requiredString("type"), item.int64OrNull("major"),
                item.int64OrNull("minor"), item.uint32OrNull("fileMode"), item.uint32OrNull("uid"), item.uint32OrNull("gid")));
        }
        return devices;
    }

    private static Map<String, NetDevice> netDevices(Cursor at) throws SpecException {
        Map<String, NetDevice> devices = new LinkedHashMap<>();
        for (Cursor entry : at.entries("netDevices")) {
            devices.put(entry.key(), new NetDevice(entry.string("name")));
        }
        return devices;
    }

    private static IntelRdt intelRdt(Cursor at) throws SpecException {
        return at == null ? null : new IntelRdt(at.string("closID"), at.strings("schemata"), at.string("l3CacheSchema"),
            at.string("memBwSchema"), at.flag("enableMonitoring"));
    }

    private static MemoryPolicy memoryPolicy(Cursor at) throws SpecException {
        return at == null ? null : new MemoryPolicy(at.requiredString("mode"), at.string("nodes"), at.strings("flags"));
    }

    private static Personality personality(Cursor at) throws SpecException {
        return at == null ? null : new Personality(at.requiredString("domain"), at.strings("flags"));
    }

    private static Map<String, TimeOffset> timeOffsets(Cursor at) throws SpecException {
        Map<String, TimeOffset> offsets = new LinkedHashMap<>();
        for (Cursor entry : at.entries("timeOffsets")) {
            offsets.put(entry.key(), new TimeOffset(entry.integer("secs", Long.MIN_VALUE, Long.MAX_VALUE),
                entry.integer("nanosecs", 0, Cursor.UINT32)));
        }
        return offsets;
    }

    static Resources resources(Cursor at) throws SpecException {
        if (at == null) {
            return null;
        }
        List<Resources.DeviceCgroup> devices = new ArrayList<>();
        for (Cursor item : at.items("devices")) {
            devices.add(new Resources.DeviceCgroup(item.flag("allow"), item.string("type"), item.int64OrNull("major"),
                item.int64OrNull("minor"), item.string("access")));
        }
        List<Resources.HugepageLimit> hugepageLimits = new ArrayList<>();
        for (Cursor item : at.items("hugepageLimits")) {
            hugepageLimits.add(new Resources.HugepageLimit(item.requiredString("pageSize"), item.requiredUint64("limit")));
        }
        Map<String, Resources.Rdma> rdma = new LinkedHashMap<>();
        for (Cursor entry : at.entries("rdma")) {
            rdma.put(entry.key(), new Resources.Rdma(entry.uint32OrNull("hcaHandles"), entry.uint32OrNull("hcaObjects")));
        }
        Cursor pids = at.object("pids");
        return new Resources(devices, memory(at.object("memory")), cpu(at.object("cpu")),
            pids == null ? null : new Resources.Pids(pids.int64OrNull("limit")), blockIO(at.object("blockIO")), hugepageLimits,
            network(at.object("network")), rdma, SpecReader.stringMap(at, "unified"));
    }

    private static Resources.Memory memory(Cursor at) throws SpecException {
        return at == null ? null : new Resources.Memory(at.int64OrNull("limit"), at.int64OrNull("reservation"),
            at.int64OrNull("swap"), at.int64OrNull("kernel"), at.int64OrNull("kernelTCP"), at.uint64OrNull("swappiness"),
            at.booleanOrNull("disableOOMKiller"), at.booleanOrNull("useHierarchy"), at.booleanOrNull("checkBeforeUpdate"));
    }

    private static Resources.Cpu cpu(Cursor at) throws SpecException {
        return at == null ? null : new Resources.Cpu(at.uint64OrNull("shares"), at.int64OrNull("quota"), at.uint64OrNull("burst"),
            at.uint64OrNull("period"), at.int64OrNull("realtimeRuntime"), at.uint64OrNull("realtimePeriod"), at.string("cpus"),
            at.string("mems"), at.int64OrNull("idle"));
    }

    private static Resources.BlockIO blockIO(Cursor at) throws SpecException {
        if (at == null) {
            return null;
        }
        List<Resources.WeightDevice> weightDevice = new ArrayList<>();
        for (Cursor item : at.items("weightDevice")) {
            weightDevice.add(new Resources.WeightDevice(item.requiredInteger("major", Long.MIN_VALUE, Long.MAX_VALUE),
                item.requiredInteger("minor", Long.MIN_VALUE, Long.MAX_VALUE), weight(item, "weight"), weight(item, "leafWeight")));
        }
        return new Resources.BlockIO(weight(at, "weight"), weight(at, "leafWeight"), weightDevice,
            throttles(at, "throttleReadBpsDevice"), throttles(at, "throttleWriteBpsDevice"),
            throttles(at, "throttleReadIOPSDevice"), throttles(at, "throttleWriteIOPSDevice"));
    }

    private static Integer weight(Cursor at, String name) throws SpecException {
        Long weight = at.integerOrNull(name, 0, 0xffff);
        return weight == null ? null : weight.intValue();
    }

    private static List<Resources.ThrottleDevice> throttles(Cursor at, String name) throws SpecException {
        List<Resources.ThrottleDevice> throttles = new ArrayList<>();
        for (Cursor item : at.items(name)) {
            throttles.add(new Resources.ThrottleDevice(item.requiredInteger("major", Long.MIN_VALUE, Long.MAX_VALUE),
                item.requiredInteger("minor", Long.MIN_VALUE, Long.MAX_VALUE), item.uint64("rate")));
        }
        return throttles;
    }

    private static Resources.Network network(Cursor at) throws SpecException {
        if (at == null) {
            return null;
        }
        List<Resources.InterfacePriority> priorities = new ArrayList<>();
        for (Cursor item : at.items("priorities")) {
            priorities.add(new Resources.InterfacePriority(item.requiredString("name"),
                item.requiredInteger("priority", 0, Cursor.UINT32)));
        }
        return new Resources.Network(at.uint32OrNull("classID"), priorities);
    }

    private static Seccomp seccomp(Cursor at) throws SpecException {
        if (at == null) {
            return null;
        }
        List<Seccomp.Syscall> syscalls = new ArrayList<>();
        for (Cursor item : at.items("syscalls")) {
            List<Seccomp.Arg> args = new ArrayList<>();
            for (Cursor arg : item.items("args")) {
                args.add(new Seccomp.Arg((int) arg.requiredInteger("index", 0, 5), arg.requiredUint64("value"),
                    arg.uint64("valueTwo"), operator(arg.required("op"))));
            }
            syscalls.add(new Seccomp.Syscall(item.strings("names"), action(item.required("action")),
                item.uint32OrNull("errnoRet"), args));
        }
        // Clients without a profile may send an empty object instead of none; other runtimes take it so.
        if (at.string("defaultAction") == null && syscalls.isEmpty()) {
            return null;
        }
        return new Seccomp(action(at.required("defaultAction")), at.uint32OrNull("defaultErrnoRet"),
            at.strings("architectures"), at.has("flags") ? at.strings("flags") : null, at.string("listenerPath"),
            at.string("listenerMetadata"), syscalls);
    }

    private static Seccomp.Action action(Cursor at) throws SpecException {
        String name = at.string();
        for (Seccomp.Action action : Seccomp.Action.values()) {
            if (action.name().equals(name)) {
                return action;
            }
        }
        throw at.error("unknown seccomp action " + Texts.quote(name));
    }

    private static Seccomp.Operator operator(Cursor at) throws SpecException {
        String name = at.string();
        for (Seccomp.Operator operator : Seccomp.Operator.values()) {
            if (operator.name().equals(name)) {
                return operator;
            }
        }
        throw at.error("unknown seccomp operator " + Texts.quote(name));
    }
}
