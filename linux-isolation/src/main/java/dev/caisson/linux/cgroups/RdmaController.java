package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.Rdma;
import java.util.Map;

/** {@code linux.resources.rdma} into rdma.max, the same on v1 and v2 (cgroup-v1/rdma.rst). */
final class RdmaController implements Controller {

    @Override
    public String name() {
        return "rdma";
    }

    @Override
    public String neededFor(Resources resources) {
        return resources.rdma().isEmpty() ? null : "linux.resources.rdma";
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        for (Map.Entry<String, Rdma> device : resources.rdma().entrySet()) {
            StringBuilder line = new StringBuilder(device.getKey());
            if (device.getValue().hcaHandles() != null) {
                line.append(" hca_handle=").append(device.getValue().hcaHandles());
            }
            if (device.getValue().hcaObjects() != null) {
                line.append(" hca_object=").append(device.getValue().hcaObjects());
            }
            files.write("rdma.max", line.toString(), "linux.resources.rdma." + device.getKey());
        }
    }
}
