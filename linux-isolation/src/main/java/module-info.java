/** What Linux gives a container: launch plans, namespaces, mounts, cgroups, capabilities. */
module dev.caisson.linux {
    requires transitive dev.caisson.spec;
    requires com.sun.jna;

    exports dev.caisson.linux.plan;
    exports dev.caisson.linux.sys;
}
