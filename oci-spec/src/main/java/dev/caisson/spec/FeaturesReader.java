package dev.caisson.spec;

import java.util.List;

/** {@link SpecReader}'s part for the features document. */
final class FeaturesReader {

    private FeaturesReader() {
    }

    static Features features(Cursor at) throws SpecException {
        return new Features(at.requiredString("ociVersionMin"), at.requiredString("ociVersionMax"), list(at, "hooks"),
            list(at, "mountOptions"), linux(at.object("linux")), SpecReader.stringMap(at, "annotations"),
            list(at, "potentiallyUnsafeConfigAnnotations"));
    }

    private static Features.Linux linux(Cursor at) throws SpecException {
        if (at == null) {
            return null;
        }
        Cursor mountExtensions = at.object("mountExtensions");
        return new Features.Linux(list(at, "namespaces"), list(at, "capabilities"), cgroup(at.object("cgroup")),
            seccomp(at.object("seccomp")), enabled(at, "apparmor"), enabled(at, "selinux"), intelRdt(at.object("intelRdt")),
            memoryPolicy(at.object("memoryPolicy")), mountExtensions == null ? null : enabled(mountExtensions, "idmap"),
            enabled(at, "netDevices"));
    }

    private static Features.Cgroup cgroup(Cursor at) throws SpecException {
        return at == null ? null : new Features.Cgroup(at.booleanOrNull("v1"), at.booleanOrNull("v2"), at.booleanOrNull("systemd"),
            at.booleanOrNull("systemdUser"), at.booleanOrNull("rdma"));
    }

    private static Features.Seccomp seccomp(Cursor at) throws SpecException {
        return at == null ? null : new Features.Seccomp(at.booleanOrNull("enabled"), list(at, "actions"), list(at, "operators"),
            list(at, "archs"), list(at, "knownFlags"), list(at, "supportedFlags"));
    }

    private static Features.IntelRdt intelRdt(Cursor at) throws SpecException {
        return at == null ? null : new Features.IntelRdt(at.booleanOrNull("enabled"), at.booleanOrNull("schemata"),
            at.booleanOrNull("monitoring"));
    }

    private static Features.MemoryPolicy memoryPolicy(Cursor at) throws SpecException {
        return at == null ? null : new Features.MemoryPolicy(list(at, "modes"), list(at, "flags"));
    }

    private static Boolean enabled(Cursor at, String name) throws SpecException {
        Cursor object = at.object(name);
        return object == null ? null : object.booleanOrNull("enabled");
    }

    // Absent says something else than empty here.
    private static List<String> list(Cursor at, String name) throws SpecException {
        return at.has(name) ? at.strings(name) : null;
    }
}
