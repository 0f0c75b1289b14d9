package dev.caisson.spec;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@link SpecValidator}'s part for the {@code linux} section. */
final class LinuxValidator {

    private static final Set<String> PROPAGATIONS = Set.of("private", "rprivate", "shared", "rshared", "slave", "rslave",
        "unbindable", "runbindable");

    private static final Set<String> IPC_SYSCTLS = Set.of("kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
        "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced");

    private static final Set<String> DOMAINS = Set.of("LINUX", "LINUX32");

    private static final Set<String> DEVICE_TYPES = Set.of("b", "c", "u", "p");

    private static final Set<String> CLOCKS = Set.of("boottime", "monotonic");

    /** The kernel's limit for the lines of uid_map and gid_map. */
    private static final int MAX_MAPPINGS = 340;

    /** The kernel's limit for an interface's name, in bytes. */
    private static final int MAX_INTERFACE_NAME = 15;

    private LinuxValidator() {
    }

    static void linux(Check check, Path at, Linux linux) throws SpecException {
        namespaces(check, at.field("namespaces"), linux.namespaces());
        userNamespace(check, at, linux);
        timeNamespace(check, at.field("timeOffsets"), linux);
        devices(check, at.field("devices"), linux.devices());
        netDevices(check, at.field("netDevices"), linux);
        check.noNul(at.field("cgroupsPath"), linux.cgroupsPath());
        if (linux.resources() != null) {
            ResourcesValidator.resources(check, at.field("resources"), linux.resources());
        }
        if (linux.intelRdt() != null) {
            intelRdt(check, at.field("intelRdt"), linux.intelRdt());
        }
        if (linux.memoryPolicy() != null) {
            memoryPolicy(check, at.field("memoryPolicy"), linux.memoryPolicy());
        }
        if (linux.seccomp() != null) {
            SeccompValidator.seccomp(check, at.field("seccomp"), linux.seccomp());
        }
        if (linux.rootfsPropagation() != null && !PROPAGATIONS.contains(linux.rootfsPropagation())) {
            throw check.error(at.field("rootfsPropagation"),
                "rootfsPropagation=" + Texts.quote(linux.rootfsPropagation()) + " is not supported");
        }
        restrictedPaths(check, at.field("maskedPaths"), linux, linux.maskedPaths());
        restrictedPaths(check, at.field("readonlyPaths"), linux, linux.readonlyPaths());
        check.noNul(at.field("mountLabel"), linux.mountLabel());
        for (Map.Entry<String, String> entry : linux.sysctl().entrySet()) {
            sysctl(check, at.field("sysctl").field(entry.getKey()), linux, entry.getKey(), entry.getValue());
        }
        if (linux.personality() != null) {
            check.known(at.field("personality").field("domain"), "personality domain", linux.personality().domain(), DOMAINS);
            if (!linux.personality().flags().isEmpty()) {
                check.warn(at.field("personality").field("flags"), "ignoring unsupported personality flags");
            }
        }
    }

    private static void namespaces(Check check, Path list, List<Namespace> namespaces) throws SpecException {
        boolean[] seen = new boolean[NamespaceType.values().length];
        for (int i = 0; i < namespaces.size(); i++) {
            Path at = list.item(i);
            Namespace namespace = namespaces.get(i);
            if (seen[namespace.type().ordinal()]) {
                throw check.error(at, "malformed spec file: duplicated ns " + Texts.quote(namespace.type().json()));
            }
            seen[namespace.type().ordinal()] = true;
            if (namespace.path() != null) {
                check.absolute(at.field("path"), namespace.path());
            }
        }
    }

    private static void userNamespace(Check check, Path at, Linux linux) throws SpecException {
        idMappings(check, at.field("uidMappings"), linux.uidMappings());
        idMappings(check, at.field("gidMappings"), linux.gidMappings());
        Namespace user = linux.namespace(NamespaceType.USER);
        boolean mapped = !linux.uidMappings().isEmpty() || !linux.gidMappings().isEmpty();
        if (user == null) {
            if (mapped) {
                check.warn(at, "ignoring uidMappings and gidMappings: there is no user namespace");
            }
        } else if (user.path() == null) {
            if (!mapped) {
                throw check.error(at.field("uidMappings"),
                    "user namespaces enabled, but no namespace path to join nor mappings to apply specified");
            }
            if (linux.uidMappings().isEmpty()) {
                throw check.error(at.field("uidMappings"), "user namespaces enabled, but no user mappings found");
            }
            if (linux.gidMappings().isEmpty()) {
                throw check.error(at.field("gidMappings"), "user namespaces enabled, but no group mappings found");
            }
        }
    }

    /** Refuses ranges that the kernel would refuse: empty, past the last id, too many, or with an id in two of them. */
    static void idMappings(Check check, Path list, List<IdMapping> mappings) throws SpecException {
        if (mappings.size() > MAX_MAPPINGS) {
            throw check.error(list, "has " + mappings.size() + " mappings, the limit is " + MAX_MAPPINGS);
        }
        for (int i = 0; i < mappings.size(); i++) {
            Path at = list.item(i);
            IdMapping mapping = mappings.get(i);
            check.range(at.field("size"), mapping.size(), 1, Cursor.UINT32);
            check.range(at.field("containerID"), mapping.containerID(), 0, Cursor.UINT32 - mapping.size());
            check.range(at.field("hostID"), mapping.hostID(), 0, Cursor.UINT32 - mapping.size());
            for (int j = 0; j < i; j++) {
                IdMapping other = mappings.get(j);
                if (overlap(mapping.containerID(), mapping.size(), other.containerID(), other.size())) {
                    throw check.error(at.field("containerID"), "the range from " + mapping.containerID()
                        + " overlaps that of mapping " + j);
                }
                if (overlap(mapping.hostID(), mapping.size(), other.hostID(), other.size())) {
                    throw check.error(at.field("hostID"), "the range from " + mapping.hostID() + " overlaps that of mapping " + j);
                }
            }
        }
    }

    private static boolean overlap(long first, long size, long otherFirst, long otherSize) {
        return first < otherFirst + otherSize && otherFirst < first + size;
    }

    private static void timeNamespace(Check check, Path at, Linux linux) throws SpecException {
        if (linux.timeOffsets().isEmpty()) {
            return;
        }
        Namespace time = linux.namespace(NamespaceType.TIME);
        if (time == null) {
            throw check.error(at, "time namespace offsets specified, but time namespace isn't enabled in the config");
        }
        if (time.path() != null) {
            throw check.error(at,
                "time namespace enabled, but both namespace path and time offsets specified -- you may only provide one");
        }
        for (Map.Entry<String, TimeOffset> entry : linux.timeOffsets().entrySet()) {
            Path clock = at.field(entry.getKey());
            check.known(clock, "clock", entry.getKey(), CLOCKS);
            check.range(clock.field("nanosecs"), entry.getValue().nanosecs(), 0, 999_999_999);
        }
    }

    private static void devices(Check check, Path list, List<Device> devices) throws SpecException {
        for (int i = 0; i < devices.size(); i++) {
            Path at = list.item(i);
            Device device = devices.get(i);
            check.absolute(at.field("path"), device.path());
            check.known(at.field("type"), "device type", device.type(), DEVICE_TYPES);
            if (!device.type().equals("p")) {
                deviceNumber(check, at.field("major"), device.major(), 0xfff);
                deviceNumber(check, at.field("minor"), device.minor(), 0xf_ffff);
            }
            if (device.fileMode() != null) {
                check.range(at.field("fileMode"), device.fileMode(), 0, 0xffff);
            }
        }
    }

    private static void deviceNumber(Check check, Path at, Long number, long max) throws SpecException {
        if (number == null) {
            throw check.error(at, "is required for a block or character device");
        }
        check.range(at, number, 0, max);
    }

    private static void netDevices(Check check, Path at, Linux linux) throws SpecException {
        if (linux.netDevices().isEmpty()) {
            return;
        }
        if (!linux.has(NamespaceType.NETWORK)) {
            throw check.error(at, "unable to move network devices without a NET namespace");
        }
        Set<String> inside = new HashSet<>();
        for (Map.Entry<String, NetDevice> entry : linux.netDevices().entrySet()) {
            interfaceName(check, at.field(entry.getKey()), entry.getKey());
            String name = entry.getValue().name() == null ? entry.getKey() : entry.getValue().name();
            if (name.indexOf('%') < 0 && !inside.add(name)) {
                throw check.error(at.field(entry.getKey()), "the container would have two devices " + Texts.quote(name));
            }
            if (entry.getValue().name() != null) {
                interfaceName(check, at.field(entry.getKey()).field("name"), entry.getValue().name());
            }
        }
    }

    private static void interfaceName(Check check, Path at, String name) throws SpecException {
        boolean valid = !name.isEmpty() && name.length() <= MAX_INTERFACE_NAME && !name.equals(".") && !name.equals("..");
        for (int i = 0; valid && i < name.length(); i++) {
            char c = name.charAt(i);
            valid = c > ' ' && c < 0x7f && c != '/' && c != ':';
        }
        if (!valid) {
            throw check.error(at, "invalid network device name " + Texts.quote(name));
        }
    }

    private static void intelRdt(Check check, Path at, IntelRdt rdt) throws SpecException {
        String closID = rdt.closID();
        if (closID != null) {
            check.noNul(at.field("closID"), closID);
            if (closID.equals(".") || closID.equals("..") || closID.length() > 1 && closID.contains("/")) {
                throw check.error(at.field("closID"), "invalid intelRdt.ClosID " + Texts.quote(closID));
            }
        }
        schema(check, at.field("l3CacheSchema"), rdt.l3CacheSchema());
        schema(check, at.field("memBwSchema"), rdt.memBwSchema());
        if (rdt.memBwSchema() != null && !rdt.memBwSchema().startsWith("MB:")) {
            throw check.error(at.field("memBwSchema"), "must start with \"MB:\", found " + Texts.quote(rdt.memBwSchema()));
        }
        for (int i = 0; i < rdt.schemata().size(); i++) {
            schema(check, at.field("schemata").item(i), rdt.schemata().get(i));
        }
    }

    private static void schema(Check check, Path at, String schema) throws SpecException {
        if (schema != null && schema.indexOf('\n') >= 0) {
            throw check.error(at, "must not contain newlines: " + Texts.quote(schema));
        }
        check.noNul(at, schema);
    }

    private static void memoryPolicy(Check check, Path at, MemoryPolicy policy) throws SpecException {
        check.known(at.field("mode"), "memory policy mode", policy.mode(), MemoryPolicy.MODES);
        for (int i = 0; i < policy.flags().size(); i++) {
            check.known(at.field("flags").item(i), "memory policy flag", policy.flags().get(i), MemoryPolicy.FLAGS);
        }
        boolean hasNodes = policy.nodes() != null
            && !check.numbers(at.field("nodes"), "list of memory nodes", policy.nodes()).isEmpty();
        switch (policy.mode()) {
            case "MPOL_DEFAULT", "MPOL_LOCAL" -> {
                if (hasNodes) {
                    throw check.error(at.field("nodes"),
                        "memory policy mode requires 0 nodes but got " + Texts.quote(policy.nodes()));
                }
            }
            case "MPOL_PREFERRED" -> { } // with nodes or without
            default -> {
                if (!hasNodes) {
                    throw check.error(at.field("nodes"), "memory policy mode requires at least one node but got 0");
                }
            }
        }
    }

    private static void restrictedPaths(Check check, Path at, Linux linux, List<String> paths) throws SpecException {
        for (int i = 0; i < paths.size(); i++) {
            check.absolute(at.item(i), paths.get(i));
        }
        if (!paths.isEmpty() && !linux.has(NamespaceType.MOUNT)) {
            throw check.error(at, "unable to restrict sys entries without a private MNT namespace");
        }
    }

    /**
     * Refuses a parameter that reaches beyond the container: only part of /proc/sys belongs to namespaces. That a joined network
     * namespace is not the host's own is left for the runtime to see.
     */
    private static void sysctl(Check check, Path at, Linux linux, String key, String value) throws SpecException {
        SysctlName parsed = SysctlName.parse(key);
        if (parsed == null) {
            throw check.error(at, "invalid sysctl name " + Texts.quote(key));
        }
        check.noNul(at, value);
        String name = parsed.dotted();
        if (IPC_SYSCTLS.contains(name) || name.startsWith("fs.mqueue.")) {
            if (!linux.has(NamespaceType.IPC)) {
                throw check.error(at, "sysctl " + Texts.quote(name) + " is not allowed in the hosts ipc namespace");
            }
        } else if (name.startsWith("net.")) {
            if (!linux.has(NamespaceType.NETWORK)) {
                throw check.error(at, "sysctl " + Texts.quote(name) + " not allowed in host network namespace");
            }
        } else if (name.equals("kernel.hostname") && linux.has(NamespaceType.UTS)) {
            throw check.error(at,
                "sysctl " + Texts.quote(name) + " is not allowed as it conflicts with the OCI \"hostname\" field");
        } else if (name.equals("kernel.domainname") && linux.has(NamespaceType.UTS)) {
            return;
        } else if (name.startsWith("user.")) {
            if (!linux.has(NamespaceType.USER)) {
                throw check.error(at, "setting ucounts without a user namespace not allowed: sysctl " + Texts.quote(name));
            }
        } else {
            throw check.error(at, "sysctl " + Texts.quote(name) + " is not in a separate kernel namespace");
        }
    }
}
