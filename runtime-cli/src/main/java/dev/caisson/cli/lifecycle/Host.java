package dev.caisson.cli.lifecycle;

import dev.caisson.linux.cgroups.CgroupException;
import dev.caisson.linux.cgroups.CgroupHost;
import dev.caisson.linux.launch.HostFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What an engine knows of the machine, looked up when it is first needed and kept: one of these belongs to an engine, which sees
 * one set of mounts for as long as it lives. Safe for use by many threads.
 */
public final class Host {

    private static final Path LAST_CAPABILITY = Path.of("/proc/sys/kernel/cap_last_cap");

    private CgroupHost cgroups;
    private HostFacts facts;

    /** Nothing is looked up yet. */
    public Host() {}

    /** The cgroup hierarchies. */
    public synchronized CgroupHost cgroups() throws CgroupException {
        if (cgroups == null) {
            cgroups = CgroupHost.read();
        }
        return cgroups;
    }

    /** What plans depend on. */
    public synchronized HostFacts facts() throws IOException {
        if (facts == null) {
            facts = new HostFacts(Integer.parseInt(Files.readString(LAST_CAPABILITY).strip()), cgroups().unified());
        }
        return facts;
    }
}
