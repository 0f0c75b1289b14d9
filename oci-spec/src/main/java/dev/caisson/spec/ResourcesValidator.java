package dev.caisson.spec;

import java.util.Map;
import java.util.Set;

/** {@link SpecValidator}'s part for {@link Resources}. */
final class ResourcesValidator {

    private static final Set<String> RULE_TYPES = Set.of("a", "b", "c");

    private ResourcesValidator() {
    }

    static void resources(Check check, Path at, Resources resources) throws SpecException {
        for (int i = 0; i < resources.devices().size(); i++) {
            deviceRule(check, at.field("devices").item(i), resources.devices().get(i));
        }
        if (resources.memory() != null && resources.memory().swappiness() != null) {
            check.range(at.field("memory").field("swappiness"), resources.memory().swappiness(), 0, 100);
        }
        if (resources.cpu() != null) {
            check.noNul(at.field("cpu").field("cpus"), resources.cpu().cpus());
            check.noNul(at.field("cpu").field("mems"), resources.cpu().mems());
            if (resources.cpu().idle() != null) {
                check.range(at.field("cpu").field("idle"), resources.cpu().idle(), 0, 1);
            }
        }
        if (resources.blockIO() != null) {
            for (int i = 0; i < resources.blockIO().weightDevice().size(); i++) {
                Resources.WeightDevice device = resources.blockIO().weightDevice().get(i);
                if (device.weight() == null && device.leafWeight() == null) {
                    throw check.error(at.field("blockIO").field("weightDevice").item(i),
                        "must specify weight or leafWeight, or both");
                }
            }
        }
        for (int i = 0; i < resources.hugepageLimits().size(); i++) {
            String pageSize = resources.hugepageLimits().get(i).pageSize();
            if (!isPageSize(pageSize)) {
                throw check.error(at.field("hugepageLimits").item(i).field("pageSize"),
                    "invalid page size " + Texts.quote(pageSize) + ", expected one like \"64KB\", \"2MB\" or \"1GB\"");
            }
        }
        if (resources.network() != null) {
            for (int i = 0; i < resources.network().priorities().size(); i++) {
                check.noNul(at.field("network").field("priorities").item(i).field("name"),
                    resources.network().priorities().get(i).name());
            }
        }
        for (Map.Entry<String, Resources.Rdma> entry : resources.rdma().entrySet()) {
            Path device = at.field("rdma").field(entry.getKey());
            check.noNul(device, entry.getKey());
            if (entry.getValue().hcaHandles() == null && entry.getValue().hcaObjects() == null) {
                throw check.error(device, "must specify hcaHandles or hcaObjects, or both");
            }
        }
        for (Map.Entry<String, String> entry : resources.unified().entrySet()) {
            unified(check, at.field("unified").field(entry.getKey()), entry.getKey(), entry.getValue());
        }
    }

    private static void deviceRule(Check check, Path at, Resources.DeviceCgroup rule) throws SpecException {
        if (rule.type() != null) {
            check.known(at.field("type"), "cgroup device type", rule.type(), RULE_TYPES);
        }
        if (rule.major() != null) {
            check.range(at.field("major"), rule.major(), -1, Cursor.UINT32);
        }
        if (rule.minor() != null) {
            check.range(at.field("minor"), rule.minor(), -1, Cursor.UINT32);
        }
        String access = rule.access() == null ? "" : rule.access();
        for (int i = 0; i < access.length(); i++) {
            if ("rwm".indexOf(access.charAt(i)) < 0) {
                check.warn(at.field("access"), "ignoring what is none of the letters \"rwm\" in cgroup device access " + Texts.quote(access));
                return;
            }
        }
    }

    // A size without leading zeros, its unit, and B: ^[1-9][0-9]*[KMG]B$
    private static boolean isPageSize(String text) {
        int digits = text.length() - 2;
        if (digits < 1 || text.charAt(0) == '0' || "KMG".indexOf(text.charAt(digits)) < 0 || text.charAt(digits + 1) != 'B') {
            return false;
        }
        for (int i = 0; i < digits; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    // A key becomes a file's name in the cgroup's directory, so it must not lead out of it.
    private static void unified(Check check, Path at, String key, String value) throws SpecException {
        if (key.contains("/")) {
            throw check.error(at, "unified resource " + Texts.quote(key) + " must be a file name (no slashes)");
        }
        if (key.indexOf('.') <= 0) {
            throw check.error(at, "unified resource " + Texts.quote(key) + " must be in the form CONTROLLER.PARAMETER");
        }
        check.noNul(at, key);
        check.noNul(at, value);
    }
}
