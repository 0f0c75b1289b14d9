package dev.caisson.spec;

import java.util.List;
import java.util.Map;

/**
 * What is specific to Linux (config-linux.md).
 *
 * @param namespaces        namespaces to make or join, at most one of each type; a type that is not listed is inherited ("Namespaces")
 * @param uidMappings       user ids of the new user namespace ("User namespace mappings")
 * @param gidMappings       group ids of the new user namespace
 * @param devices           device nodes to make besides the default ones ("Devices")
 * @param netDevices        network interfaces to move into the container's network namespace, by their name on the host
 *                          ("Network Devices")
 * @param cgroupsPath       where the container's cgroup is ("Cgroups Path"): a path below the cgroup mount when absolute, to be
 *                          interpreted by the runtime when relative ({@code slice:prefix:name} for systemd); null when absent
 * @param resources         limits for the cgroup ("Control groups"); null when absent
 * @param intelRdt          Intel Resource Director Technology ("IntelRdt"); null when absent
 * @param memoryPolicy      NUMA memory policy ("Memory policy"); null when absent
 * @param seccomp           system call filter ("Seccomp"); null when absent
 * @param rootfsPropagation {@code private}, {@code shared}, {@code slave} or {@code unbindable} (also with an {@code r} before
 *                          them); null when absent ("Rootfs Mount Propagation")
 * @param maskedPaths       absolute paths inside the container that can't be read ("Masked Paths")
 * @param readonlyPaths     absolute paths inside the container that can't be written ("Readonly Paths")
 * @param mountLabel        SELinux context of the mounts; null when absent ("Mount Label")
 * @param sysctl            kernel parameters by name, dots or slashes as separators ("Sysctl")
 * @param timeOffsets       offsets of the time namespace by clock, {@code boottime} and {@code monotonic} ("Offset for Time Namespace")
 * @param personality       execution domain, see personality(2); null when absent ("Personality")
 */
public record Linux(List<Namespace> namespaces, List<IdMapping> uidMappings, List<IdMapping> gidMappings, List<Device> devices,
                    Map<String, NetDevice> netDevices, String cgroupsPath, Resources resources, IntelRdt intelRdt,
                    MemoryPolicy memoryPolicy, Seccomp seccomp, String rootfsPropagation, List<String> maskedPaths,
                    List<String> readonlyPaths, String mountLabel, Map<String, String> sysctl,
                    Map<String, TimeOffset> timeOffsets, Personality personality) {

    /** Copies the lists and maps. */
    public Linux {
        namespaces = Copies.list(namespaces);
        uidMappings = Copies.list(uidMappings);
        gidMappings = Copies.list(gidMappings);
        devices = Copies.list(devices);
        netDevices = Copies.map(netDevices);
        maskedPaths = Copies.list(maskedPaths);
        readonlyPaths = Copies.list(readonlyPaths);
        sysctl = Copies.map(sysctl);
        timeOffsets = Copies.map(timeOffsets);
    }

    /** The same with other limits. */
    public Linux with(Resources limits) {
        return new Linux(namespaces, uidMappings, gidMappings, devices, netDevices, cgroupsPath, limits, intelRdt, memoryPolicy, seccomp,
            rootfsPropagation, maskedPaths, readonlyPaths, mountLabel, sysctl, timeOffsets, personality);
    }

    /** The namespace of a type, or null when the container stays in the runtime's own. */
    public Namespace namespace(NamespaceType type) {
        for (Namespace namespace : namespaces) {
            if (namespace.type() == type) {
                return namespace;
            }
        }
        return null;
    }

    /** Whether the container has a namespace of this type other than by inheritance: a new one or one to join. */
    public boolean has(NamespaceType type) {
        return namespace(type) != null;
    }
}
