package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Descriptor;

/** Hears of it when a cgroup's processes came to their limit of memory and one of them had to be killed. Belongs to one thread. */
public sealed interface OomWatch extends AutoCloseable permits V1OomWatch, V2OomWatch {

    /** Can be read when {@link #happened} may have something to say. */
    Descriptor descriptor();

    /** Whether it has happened since this was last asked; false when the cgroup is gone. */
    boolean happened() throws CgroupException;

    @Override
    void close();
}
