package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Notices;
import dev.caisson.linux.sys.Sys;

/** memory.events, whose changes inotify(7) tells of (cgroup-v2.rst, "Memory Interface Files"). */
final class V2OomWatch implements OomWatch {

    private static final String FILE = "memory.events";

    private final StatFiles files;
    private final Descriptor changes;
    private long kills;

    private V2OomWatch(CgroupDir dir, Descriptor changes) throws CgroupException {
        this.files = new StatFiles(dir.path());
        this.changes = changes;
        this.kills = kills();
    }

    static V2OomWatch of(CgroupDir dir) throws CgroupException {
        Descriptor changes = null;
        try {
            changes = Notices.ofChanges(dir.path() + "/" + FILE);
            return new V2OomWatch(dir, changes);
        } catch (LinuxException | CgroupException e) {
            if (changes != null) {
                changes.close();
            }
            throw e instanceof CgroupException c ? c
                    : new CgroupException("watch " + dir.path() + " for lack of memory: " + e.getMessage(), (LinuxException) e);
        }
    }

    private long kills() throws CgroupException {
        return files.numbers(FILE).getOrDefault("oom_kill", 0L);
    }

    @Override
    public Descriptor descriptor() {
        return changes;
    }

    @Override
    public boolean happened() throws CgroupException {
        drain();
        long now = kills();
        boolean more = now > kills;
        kills = Math.max(now, kills);
        return more;
    }

    private void drain() throws CgroupException {
        byte[] notices = new byte[4096];
        try {
            while (Sys.read(changes.fd(), notices, "read the notices of " + FILE) > 0) {
                // What they say is read from the file.
            }
        } catch (LinuxException e) {
            if (e.errno() != Errno.EAGAIN) {
                throw new CgroupException(e.getMessage(), e);
            }
        }
    }

    @Override
    public void close() {
        changes.close();
    }
}
