package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.BlockIO;
import dev.caisson.spec.Resources.WeightDevice;

/** What the controllers blkio (v1) and io (v2) share. */
final class BlockIo {

    static final String FIELD = "linux.resources.blockIO";
    static final String WEIGHT_FIELD = FIELD + ".weight";
    static final String LEAF_WEIGHT_FIELD = FIELD + ".leafWeight";
    static final String WEIGHT_DEVICE_FIELD = FIELD + ".weightDevice";

    private BlockIo() {}

    static String neededFor(Resources resources) {
        BlockIO io = resources.blockIO();
        if (io == null) {
            return null;
        }
        return Limits.orZero(io.weight()) != 0 ? WEIGHT_FIELD
                : Limits.orZero(io.leafWeight()) != 0 ? LEAF_WEIGHT_FIELD
                : !io.weightDevice().isEmpty() ? WEIGHT_DEVICE_FIELD
                : !io.throttleReadBpsDevice().isEmpty() ? FIELD + ".throttleReadBpsDevice"
                : !io.throttleWriteBpsDevice().isEmpty() ? FIELD + ".throttleWriteBpsDevice"
                : !io.throttleReadIOPSDevice().isEmpty() ? FIELD + ".throttleReadIOPSDevice"
                : !io.throttleWriteIOPSDevice().isEmpty() ? FIELD + ".throttleWriteIOPSDevice" : null;
    }

    static String name(WeightDevice device) {
        return device.major() + ":" + device.minor();
    }
}
