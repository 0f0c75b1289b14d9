package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.BlockIO;
import dev.caisson.spec.Resources.ThrottleDevice;
import dev.caisson.spec.Resources.WeightDevice;
import java.util.List;

/**
 * {@code linux.resources.blockIO} into blkio.* (cgroup-v1/blkio-controller.rst). The weights belong to a scheduler: CFQ's files were
 * blkio.weight, BFQ's are blkio.bfq.weight, and a kernel without either has none.
 */
final class V1BlkioController implements Controller {

    @Override
    public String name() {
        return "blkio";
    }

    @Override
    public String neededFor(Resources resources) {
        return BlockIo.neededFor(resources);
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        BlockIO io = resources.blockIO();
        if (io == null) {
            return;
        }
        if (Limits.orZero(io.weight()) != 0) {
            setWeight(files, "weight", io.weight().toString(), BlockIo.WEIGHT_FIELD);
        }
        if (Limits.orZero(io.leafWeight()) != 0) {
            files.write("blkio.leaf_weight", io.leafWeight().toString(), BlockIo.LEAF_WEIGHT_FIELD);
        }
        for (int i = 0; i < io.weightDevice().size(); i++) {
            WeightDevice device = io.weightDevice().get(i);
            String field = BlockIo.WEIGHT_DEVICE_FIELD + "[" + i + "]";
            if (Limits.orZero(device.weight()) != 0) {
                setWeight(files, "weight_device", BlockIo.name(device) + " " + device.weight(), field + ".weight");
            }
            if (Limits.orZero(device.leafWeight()) != 0) {
                files.write("blkio.leaf_weight_device", BlockIo.name(device) + " " + device.leafWeight(), field + ".leafWeight");
            }
        }
        throttle(files, "read_bps", io.throttleReadBpsDevice(), "throttleReadBpsDevice");
        throttle(files, "write_bps", io.throttleWriteBpsDevice(), "throttleWriteBpsDevice");
        throttle(files, "read_iops", io.throttleReadIOPSDevice(), "throttleReadIOPSDevice");
        throttle(files, "write_iops", io.throttleWriteIOPSDevice(), "throttleWriteIOPSDevice");
    }

    private static void setWeight(ControlFiles files, String file, String value, String field) throws CgroupException {
        if (!files.writeIfPresent("blkio." + file, value, field)) {
            files.write("blkio.bfq." + file, value, field);
        }
    }

    private static void throttle(ControlFiles files, String what, List<ThrottleDevice> devices, String field) throws CgroupException {
        for (int i = 0; i < devices.size(); i++) {
            ThrottleDevice device = devices.get(i);
            files.write("blkio.throttle." + what + "_device",
                    device.major() + ":" + device.minor() + " " + Long.toUnsignedString(device.rate()),
                    BlockIo.FIELD + "." + field + "[" + i + "]");
        }
    }
}
