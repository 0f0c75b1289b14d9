package dev.caisson.spec;

import java.io.IOException;

/** {@link SpecWriter}'s part for the features document. */
final class FeaturesWriter {

    private FeaturesWriter() {
    }

    static void features(JsonOut out, Features features) throws IOException {
        out.text("ociVersionMin", features.ociVersionMin());
        out.text("ociVersionMax", features.ociVersionMax());
        out.stringsOrNull("hooks", features.hooks());
        out.stringsOrNull("mountOptions", features.mountOptions());
        if (features.linux() != null) {
            out.startObject("linux");
            linux(out, features.linux());
            out.endObject();
        }
        out.strings("annotations", features.annotations());
        out.stringsOrNull("potentiallyUnsafeConfigAnnotations", features.potentiallyUnsafeConfigAnnotations());
    }

    private static void linux(JsonOut out, Features.Linux linux) throws IOException {
        out.stringsOrNull("namespaces", linux.namespaces());
        out.stringsOrNull("capabilities", linux.capabilities());
        if (linux.cgroup() != null) {
            out.startObject("cgroup");
            out.bool("v1", linux.cgroup().v1());
            out.bool("v2", linux.cgroup().v2());
            out.bool("systemd", linux.cgroup().systemd());
            out.bool("systemdUser", linux.cgroup().systemdUser());
            out.bool("rdma", linux.cgroup().rdma());
            out.endObject();
        }
        if (linux.seccomp() != null) {
            out.startObject("seccomp");
            out.bool("enabled", linux.seccomp().enabled());
            out.stringsOrNull("actions", linux.seccomp().actions());
            out.stringsOrNull("operators", linux.seccomp().operators());
            out.stringsOrNull("archs", linux.seccomp().archs());
            out.stringsOrNull("knownFlags", linux.seccomp().knownFlags());
            out.stringsOrNull("supportedFlags", linux.seccomp().supportedFlags());
            out.endObject();
        }
        enabled(out, "apparmor", linux.apparmor());
        enabled(out, "selinux", linux.selinux());
        if (linux.intelRdt() != null) {
            out.startObject("intelRdt");
            out.bool("enabled", linux.intelRdt().enabled());
            out.bool("schemata", linux.intelRdt().schemata());
            out.bool("monitoring", linux.intelRdt().monitoring());
            out.endObject();
        }
        if (linux.memoryPolicy() != null) {
            out.startObject("memoryPolicy");
            out.stringsOrNull("modes", linux.memoryPolicy().modes());
            out.stringsOrNull("flags", linux.memoryPolicy().flags());
            out.endObject();
        }
        if (linux.idmap() != null) {
            out.startObject("mountExtensions");
            enabled(out, "idmap", linux.idmap());
            out.endObject();
        }
        enabled(out, "netDevices", linux.netDevices());
    }

    private static void enabled(JsonOut out, String name, Boolean enabled) throws IOException {
        if (enabled != null) {
            out.startObject(name);
            out.bool("enabled", enabled);
            out.endObject();
        }
    }
}
