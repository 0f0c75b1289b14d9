package dev.caisson.cli.state;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Sys;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A container that is locked: no other command changes it until this is closed. Belongs to one thread.
 *
 * <p>The lock is flock(2) on the folder through a descriptor of its own, so it holds between engines as well as between one
 * engine's threads, and ends with the process.
 */
public final class Container implements AutoCloseable {

    private final ContainerStore store;
    private final String id;
    private final Descriptor lock;
    private ContainerState state;

    Container(ContainerStore store, String id, Descriptor lock, ContainerState state) {
        this.store = store;
        this.id = id;
        this.lock = lock;
        this.state = state;
    }

    /** Its id. */
    public String id() {
        return id;
    }

    /** Its folder, absolute. */
    public Path folder() {
        return store.folder(id);
    }

    /** What is written down of it. */
    public ContainerState state() {
        return state;
    }

    /** Writes it down anew; a reader sees the old or the new, whatever happens meanwhile. */
    public void save(ContainerState changed) throws IOException {
        store.write(id, changed);
        state = changed;
    }

    /** The config.json that it was made from, as it was then. */
    public Path config() {
        return folder().resolve("config.json");
    }

    /** Keeps a copy of the config.json that it is made from. */
    public void saveConfig(byte[] json) throws IOException {
        store.replace(config(), json);
    }

    /** The fifo that the container's process waits at until {@code start}. */
    public Path fifo() {
        return store.fifo(id);
    }

    /** Makes the fifo, for the engine's user alone. */
    public void makeFifo() throws IOException {
        Sys.mkfifo(fifo().toString(), 0600);
    }

    /** Removes the folder and all in it: the id is free again. The lock is held on, to no effect, until {@link #close}. */
    public void remove() throws IOException {
        store.remove(id);
    }

    /** Where in its life it is, but for {@code paused}, which its cgroup knows. */
    public Life life() {
        return store.life(state);
    }

    /** Gives the lock back. */
    @Override
    public void close() {
        lock.close();
    }
}
