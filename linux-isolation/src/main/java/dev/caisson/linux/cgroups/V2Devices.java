package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Bpf;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.util.ArrayList;
import java.util.List;

/** {@code linux.resources.devices} on v2, which has no controller for them but runs {@link DeviceProgram}s (cgroup-v2.rst, "Device controller"). */
final class V2Devices {

    private V2Devices() {}

    /**
     * Makes {@code policy} the one that holds in a cgroup. All programs of a cgroup have to agree, so those that are there already are
     * replaced; one of them atomically, so that there is no moment without any.
     */
    static void enforce(CgroupDir dir, DevicePolicy policy) throws CgroupException {
        List<Descriptor> old = new ArrayList<>();
        try (Descriptor cgroup = Sys.open(dir.path(), Sys.O_RDONLY | Sys.O_DIRECTORY, 0);
                Descriptor program = Bpf.load(Bpf.PROG_TYPE_CGROUP_DEVICE, DeviceProgram.of(policy))) {
            for (int id : Bpf.attached(cgroup.fd(), Bpf.CGROUP_DEVICE)) {
                openProgram(id, old);
            }
            if (old.isEmpty()) {
                Bpf.attach(cgroup.fd(), program.fd(), Bpf.CGROUP_DEVICE);
                return;
            }
            Bpf.replace(cgroup.fd(), old.getFirst().fd(), program.fd(), Bpf.CGROUP_DEVICE);
            for (Descriptor further : old.subList(1, old.size())) {
                Bpf.detach(cgroup.fd(), further.fd(), Bpf.CGROUP_DEVICE);
            }
        } catch (LinuxException e) {
            throw new CgroupException(DevicePolicy.FIELD + ": set the device program of " + dir.path() + ": " + e.getMessage(), e);
        } finally {
            old.forEach(Descriptor::close);
        }
    }

    private static void openProgram(int id, List<Descriptor> into) throws LinuxException {
        try {
            into.add(Bpf.open(id));
        } catch (LinuxException e) {
            // Gone by now; or a security module keeps it from us, and it can only restrict the container further.
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.EACCES && e.errno() != Errno.EPERM) {
                throw e;
            }
        }
    }
}
