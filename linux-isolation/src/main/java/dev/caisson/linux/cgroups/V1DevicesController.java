package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;

/** {@code linux.resources.devices} into devices.allow and devices.deny (cgroup-v1/devices.rst). */
final class V1DevicesController implements Controller {

    @Override
    public String name() {
        return "devices";
    }

    @Override
    public String neededFor(Resources resources) {
        return resources.devices().isEmpty() ? null : DevicePolicy.FIELD;
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        if (resources.devices().isEmpty()) {
            return;
        }
        DevicePolicy policy = DevicePolicy.of(resources.devices());
        // "a" sets the default and forgets all exemptions.
        files.write(policy.allowed() ? "devices.allow" : "devices.deny", "a", DevicePolicy.FIELD);
        if (!policy.exemptions().isEmpty()) {
            files.write(policy.allowed() ? "devices.deny" : "devices.allow",
                    policy.exemptions().stream().map(DevicePolicy.Exemption::text).toList(), DevicePolicy.FIELD);
        }
    }
}
