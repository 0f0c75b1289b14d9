package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources.DeviceCgroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a list of device rules comes to once all have been applied in order: a default, and exemptions from it. It is the form of
 * v1's device controller (cgroup-v1/devices.rst), and the v2 program decides by it too, so that a config means the same on both.
 *
 * @param allowed    whether what no exemption names is allowed
 * @param exemptions from the default; of distinct devices
 */
record DevicePolicy(boolean allowed, List<Exemption> exemptions) {

    static final int MKNOD = 1;
    static final int READ = 2;
    static final int WRITE = 4;
    static final int ALL = MKNOD | READ | WRITE;

    static final String FIELD = "linux.resources.devices";

    private static final long ANY = -1;

    /** What every container may do, whatever its rules say: the nodes that it finds in /dev, terminals, tun, and making nodes at all. */
    private static final List<Exemption> ALWAYS = List.of(
            new Exemption(new Device('c', ANY, ANY), MKNOD),
            new Exemption(new Device('b', ANY, ANY), MKNOD),
            new Exemption(new Device('c', 1, 3), ALL),          // null
            new Exemption(new Device('c', 1, 8), ALL),          // random
            new Exemption(new Device('c', 1, 7), ALL),          // full
            new Exemption(new Device('c', 5, 0), ALL),          // tty
            new Exemption(new Device('c', 1, 5), ALL),          // zero
            new Exemption(new Device('c', 1, 9), ALL),          // urandom
            new Exemption(new Device('c', 5, 1), ALL),          // console
            new Exemption(new Device('c', 136, ANY), ALL),      // pts/*
            new Exemption(new Device('c', 5, 2), ALL),          // ptmx
            new Exemption(new Device('c', 10, 200), ALL));      // net/tun

    /**
     * A set of device nodes.
     *
     * @param type  {@code b} or {@code c}
     * @param major 0 to 2³²-1, or -1 for any
     * @param minor likewise
     */
    record Device(char type, long major, long minor) {

        boolean covers(Device other) {
            return type == other.type && (major == ANY || major == other.major) && (minor == ANY || minor == other.minor);
        }

        boolean meets(Device other) {
            return type == other.type && (major == ANY || other.major == ANY || major == other.major)
                    && (minor == ANY || other.minor == ANY || minor == other.minor);
        }

        boolean anyMajor() {
            return major == ANY;
        }

        boolean anyMinor() {
            return minor == ANY;
        }

        @Override
        public String toString() {
            return type + " " + (anyMajor() ? "*" : major) + ":" + (anyMinor() ? "*" : minor);
        }

        // Written out, since what a record has by itself is linked anew, for some 10 ms, in each JVM that uses it.
        @Override
        public boolean equals(Object other) {
            return other instanceof Device device && device.type == type && device.major == major && device.minor == minor;
        }

        @Override
        public int hashCode() {
            return 31 * (31 * type + Long.hashCode(major)) + Long.hashCode(minor);
        }
    }

    /** An exemption: the accesses ({@link #MKNOD} and so on) to a device that are not as the default is. */
    record Exemption(Device device, int access) {

        /** As v1's files want it. */
        String text() {
            return device + " " + ((access & READ) != 0 ? "r" : "") + ((access & WRITE) != 0 ? "w" : "")
                    + ((access & MKNOD) != 0 ? "m" : "");
        }
    }

    /** Copies the list. */
    DevicePolicy {
        exemptions = List.copyOf(exemptions);
    }

    /**
     * Applies rules in their order, to a container that may nothing at first, and then allows what every container may. A container
     * that may everything is not given that back if its rules deny it.
     *
     * @throws CgroupException for a rule that denies a part of what an earlier one allows, or the reverse, which neither the kernel's
     *                         v1 controller nor runc can express: the kernel would silently take it for nothing
     */
    static DevicePolicy of(List<DeviceCgroup> rules) throws CgroupException {
        boolean allowed = false;
        Map<Device, Integer> exemptions = new LinkedHashMap<>();
        for (int i = 0; i < rules.size(); i++) {
            DeviceCgroup rule = rules.get(i);
            String field = FIELD + "[" + i + "]";
            String type = Limits.isSet(rule.type()) ? rule.type() : "a";
            int access = access(rule.access());
            long major = number(rule.major(), field + ".major");
            long minor = number(rule.minor(), field + ".minor");
            switch (type) {
                case "a" -> {
                    // It speaks of all devices, whatever else it says. To allow them all, it must mean it.
                    if (rule.allow() && (access != ALL || major > 0 || minor > 0)) {
                        throw new CgroupException(field + ": type \"a\" allows every access to every device, but the rule names some");
                    }
                    allowed = rule.allow();
                    exemptions.clear();
                }
                case "b", "c" -> {
                    Device device = new Device(type.charAt(0), major, minor);
                    if (rule.allow() == allowed) {
                        withdraw(exemptions, device, access, field);
                    } else {
                        exemptions.merge(device, access, (before, now) -> before | now);
                    }
                }
                default -> throw new CgroupException(field + ".type: invalid cgroup device type \"" + type + "\"");
            }
        }
        if (!allowed) {
            ALWAYS.forEach(each -> exemptions.merge(each.device(), each.access(), (before, now) -> before | now));
        }
        List<Exemption> all = new ArrayList<>();
        exemptions.forEach((device, access) -> all.add(new Exemption(device, access)));
        return new DevicePolicy(allowed, all);
    }

    /** The exemptions, as far as {@code other} does not have them. */
    List<Exemption> without(DevicePolicy other) {
        Map<Device, Integer> theirs = new LinkedHashMap<>();
        other.exemptions.forEach(each -> theirs.put(each.device(), each.access()));
        List<Exemption> left = new ArrayList<>();
        for (Exemption each : exemptions) {
            int access = each.access() & ~theirs.getOrDefault(each.device(), 0);
            if (access != 0) {
                left.add(new Exemption(each.device(), access));
            }
        }
        return left;
    }

    /** Takes accesses to a device out of the exemptions, so that the default holds for them. */
    private static void withdraw(Map<Device, Integer> exemptions, Device device, int access, String field) throws CgroupException {
        for (Map.Entry<Device, Integer> exemption : exemptions.entrySet()) {
            if ((exemption.getValue() & access) == 0 || !device.meets(exemption.getKey())) {
                continue;
            }
            if (!device.covers(exemption.getKey())) {
                throw new CgroupException(field + ": the rule for " + device + " takes back a part of the one for "
                        + exemption.getKey() + ", which the kernel can't express");
            }
            exemption.setValue(exemption.getValue() & ~access);
        }
        exemptions.values().removeIf(left -> left == 0);
    }

    private static int access(String letters) {
        if (!Limits.isSet(letters)) {
            return ALL;
        }
        int access = 0;
        for (char letter : letters.toCharArray()) {
            access |= switch (letter) {
                case 'r' -> READ;
                case 'w' -> WRITE;
                case 'm' -> MKNOD;
                default -> 0; // the validation has warned
            };
        }
        return access;
    }

    private static long number(Long value, String field) throws CgroupException {
        long number = value == null ? ANY : value;
        if (number < ANY || number > 0xffff_ffffL) {
            throw new CgroupException(field + ": " + number + " is no device number");
        }
        return number;
    }
}
