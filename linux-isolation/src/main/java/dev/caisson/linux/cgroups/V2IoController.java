package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.BlockIO;
import dev.caisson.spec.Resources.ThrottleDevice;
import dev.caisson.spec.Resources.WeightDevice;
import java.util.List;

/**
 * {@code linux.resources.blockIO} into io.weight or io.bfq.weight, and io.max (cgroup-v2.rst, "IO"). The config's weights are BFQ's
 * of v1 (10 to 1000); io.weight goes from 1 to 10000.
 */
final class V2IoController implements Controller {

    @Override
    public String name() {
        return "io";
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
        if (Limits.orZero(io.leafWeight()) != 0) {
            throw new CgroupException(BlockIo.LEAF_WEIGHT_FIELD + ": cannot set leaf_weight with cgroupv2");
        }
        if (Limits.orZero(io.weight()) != 0) {
            setWeight(files, "", io.weight(), BlockIo.WEIGHT_FIELD);
        }
        for (int i = 0; i < io.weightDevice().size(); i++) {
            WeightDevice device = io.weightDevice().get(i);
            String field = BlockIo.WEIGHT_DEVICE_FIELD + "[" + i + "]";
            if (Limits.orZero(device.leafWeight()) != 0) {
                throw new CgroupException(field + ".leafWeight: cannot set leaf_weight with cgroupv2");
            }
            if (Limits.orZero(device.weight()) != 0) {
                setWeight(files, BlockIo.name(device) + " ", device.weight(), field + ".weight");
            }
        }
        throttle(files, "rbps", io.throttleReadBpsDevice(), "throttleReadBpsDevice");
        throttle(files, "wbps", io.throttleWriteBpsDevice(), "throttleWriteBpsDevice");
        throttle(files, "riops", io.throttleReadIOPSDevice(), "throttleReadIOPSDevice");
        throttle(files, "wiops", io.throttleWriteIOPSDevice(), "throttleWriteIOPSDevice");
    }

    private static void setWeight(ControlFiles files, String device, int weight, String field) throws CgroupException {
        if (!files.writeIfPresent("io.bfq.weight", device + weight, field)) {
            files.write("io.weight", device + ioWeight(weight), field);
        }
    }

    /** From 10…1000 straight to 1…10000, as runc and crun do. */
    static int ioWeight(int weight) {
        return 1 + (weight - 10) * 9999 / 990;
    }

    private static void throttle(ControlFiles files, String key, List<ThrottleDevice> devices, String field) throws CgroupException {
        for (int i = 0; i < devices.size(); i++) {
            ThrottleDevice device = devices.get(i);
            // io.max refuses 0, by which v1 and the config mean "no limit".
            String rate = device.rate() == 0 ? "max" : Long.toUnsignedString(device.rate());
            files.write("io.max", device.major() + ":" + device.minor() + " " + key + "=" + rate,
                    BlockIo.FIELD + "." + field + "[" + i + "]");
        }
    }
}
