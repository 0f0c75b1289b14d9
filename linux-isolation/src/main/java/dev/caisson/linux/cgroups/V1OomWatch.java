package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Notices;
import dev.caisson.linux.sys.Sys;

/** An eventfd that is registered with memory.oom_control (cgroup-v1/memory.rst, "OOM Control"). */
final class V1OomWatch implements OomWatch {

    private final CgroupDir dir;
    private final Descriptor events;

    private V1OomWatch(CgroupDir dir, Descriptor events) {
        this.dir = dir;
        this.events = events;
    }

    static V1OomWatch of(CgroupDir dir) throws CgroupException {
        String doing = "watch " + dir.path() + " for lack of memory";
        Descriptor events = null;
        try (Descriptor control = Sys.open(dir.path() + "/memory.oom_control", Sys.O_RDONLY, 0)) {
            events = Notices.eventFd();
            dir.write("cgroup.event_control", events.fd() + " " + control.fd(), doing);
            return new V1OomWatch(dir, events);
        } catch (LinuxException | CgroupException e) {
            if (events != null) {
                events.close();
            }
            throw e instanceof CgroupException c ? c : new CgroupException(doing + ": " + e.getMessage(), (LinuxException) e);
        }
    }

    @Override
    public Descriptor descriptor() {
        return events;
    }

    @Override
    public boolean happened() throws CgroupException {
        try {
            Sys.read(events.fd(), new byte[Long.BYTES], "read the notices of " + dir.path());
        } catch (LinuxException e) {
            if (e.errno() == Errno.EAGAIN) {
                return false;
            }
            throw new CgroupException(e.getMessage(), e);
        }
        // The cgroup's removal is told in the same way.
        return dir.read("memory.oom_control", "watch for lack of memory") != null;
    }

    @Override
    public void close() {
        events.close();
    }
}
