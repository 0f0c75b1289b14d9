/** What Linux gives a container: launch plans, namespaces, mounts, cgroups, capabilities. */
module dev.caisson.linux {
    requires transitive dev.caisson.spec;
    requires com.fasterxml.jackson.core;
    requires com.sun.jna;

    exports dev.caisson.linux.plan;
    exports dev.caisson.linux.seccomp;
    exports dev.caisson.linux.sys;
    exports dev.caisson.linux.cgroups;
    exports dev.caisson.linux.launch;
    exports dev.caisson.linux.mounts;
    exports dev.caisson.linux.capabilities;
    exports dev.caisson.linux.lsm;
    exports dev.caisson.linux.network;
    exports dev.caisson.linux.resctrl;
}
