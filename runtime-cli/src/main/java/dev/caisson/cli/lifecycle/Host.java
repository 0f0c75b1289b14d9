package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.linux.cgroups.CgroupException;
import dev.caisson.linux.cgroups.CgroupHost;
import dev.caisson.linux.launch.HostFacts;
import dev.caisson.linux.seccomp.SeccompCache;
import dev.caisson.linux.seccomp.SeccompException;
import dev.caisson.linux.seccomp.SeccompFilter;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Seccomp;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What an engine knows of the machine, looked up when it is first needed and kept: one of these belongs to an engine, which sees
 * one set of mounts for as long as it lives. Safe for use by many threads.
 */
public final class Host {

    private static final Path USERS = Path.of("/proc/self/ns/user");
    private static final String INITIAL_USERS = "user:[4026531837]"; // linux/proc_ns.h
    private static final Path LAST_CAPABILITY = Path.of("/proc/sys/kernel/cap_last_cap");

    private CgroupHost cgroups;
    private HostFacts facts;

    /** Clients use a profile or two over and over. */
    private static final int PROFILES = 16;

    private final SeccompCache filters = new SeccompCache(PROFILES);

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
            facts = new HostFacts(lastCapability(), cgroups().unified(), Sys.euid() == 0, inInitialUsers());
        }
        return facts;
    }

    /** Whether this is the machine's first user namespace. */
    public static boolean inInitialUsers() throws IOException {
        return Files.readSymbolicLink(USERS).toString().equals(INITIAL_USERS);
    }

    /** In one read: the kernel gives a number under /proc/sys whole or not at all, and Files.readString begins with a single byte. */
    private static int lastCapability() throws IOException {
        try (InputStream in = Files.newInputStream(LAST_CAPABILITY)) {
            return Integer.parseInt(new String(in.readNBytes(16), StandardCharsets.US_ASCII).strip());
        }
    }

    /** A seccomp profile compiled for this machine; null for none. */
    public SeccompFilter filter(Seccomp profile) throws CommandException {
        if (profile == null) {
            return null;
        }
        try {
            return filters.get(profile);
        } catch (SeccompException e) {
            throw new CommandException("config.json: " + e.getMessage(), e);
        }
    }
}
