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
        set(files, DevicePolicy.of(resources.devices()));
    }

    /** Goes from one list of rules to another, touching nothing that is the same in both. */
    void change(ControlFiles files, Resources before, Resources after) throws CgroupException {
        DevicePolicy policy = DevicePolicy.of(after.devices());
        DevicePolicy old = before.devices().isEmpty() ? null : DevicePolicy.of(before.devices());
        if (old == null || old.allowed() != policy.allowed()) {
            set(files, policy);
            return;
        }
        String exempt = policy.allowed() ? "devices.deny" : "devices.allow";
        String withdraw = policy.allowed() ? "devices.allow" : "devices.deny";
        for (DevicePolicy.Exemption gone : old.without(policy)) {
            files.write(withdraw, gone.text(), DevicePolicy.FIELD);
        }
        for (DevicePolicy.Exemption fresh : policy.without(old)) {
            files.write(exempt, fresh.text(), DevicePolicy.FIELD);
        }
    }

    private static void set(ControlFiles files, DevicePolicy policy) throws CgroupException {
        // "a" sets the default and forgets all exemptions.
        files.write(policy.allowed() ? "devices.allow" : "devices.deny", "a", DevicePolicy.FIELD);
        if (!policy.exemptions().isEmpty()) {
            files.write(policy.allowed() ? "devices.deny" : "devices.allow",
                    policy.exemptions().stream().map(DevicePolicy.Exemption::text).toList(), DevicePolicy.FIELD);
        }
    }
}
