package dev.caisson.cli.state;

import dev.caisson.cli.state.StateException.Problem;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The containers under one {@code --root}: a folder each, which holds {@code state.json}, {@code config.json} and, until the
 * container is started, {@code exec.fifo}.
 *
 * <p>A container's folder is its lock ({@link Container}). Reading takes none: {@code state.json} is replaced whole. Nothing is
 * synced, since the root lies on a tmpfs, which a crash of the machine empties. Safe for use by many threads.
 */
public final class ContainerStore {

    /** How long a command waits for another one that works on the same container. */
    private static final long PATIENCE_MILLIS = 30_000;

    private static final String STATE = "state.json";

    private final Path root;
    private final StateJson json;
    private final Waiting waiting;
    private final long patienceMillis;

    /** Hears of it when a command has to wait for another one. */
    @FunctionalInterface
    public interface Waiting {

        /** @throws IOException if the wait is not worth it */
        void begins() throws IOException;
    }

    /**
     * @param root    the folder, absolute; it is made when the first container is
     * @param waiting is told once before a wait
     */
    public ContainerStore(Path root, Waiting waiting) {
        this(root, waiting, PATIENCE_MILLIS);
    }

    ContainerStore(Path root, Waiting waiting, long patienceMillis) {
        this.root = root;
        this.json = new StateJson();
        this.waiting = waiting;
        this.patienceMillis = patienceMillis;
    }

    /** The folder. */
    public Path root() {
        return root;
    }

    /**
     * Makes a container's folder and writes its first state down; the lock is the caller's.
     *
     * @param state {@link ContainerState#creating} is true
     * @throws StateException if the id is none, or taken: also by what an earlier command left behind
     */
    public Container create(String id, ContainerState state) throws IOException {
        ContainerId.check(id);
        makeRoot();
        Path folder = folder(id);
        long deadline = deadline();
        while (true) {
            try {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
            } catch (FileAlreadyExistsException e) {
                if (removeAbandoned(id, state, deadline)) {
                    continue;
                }
                throw new StateException(Problem.EXISTS, "container with given ID already exists");
            }
            Descriptor lock = lock(id, deadline);
            if (lock == null) {
                continue; // a delete took the empty folder for a left-over
            }
            Container container = new Container(this, id, lock, state);
            try {
                container.save(state);
                return container;
            } catch (IOException | RuntimeException e) {
                container.remove();
                container.close();
                throw e;
            }
        }
    }

    /** Removes what an engine that died left of this very command's first attempt. */
    private boolean removeAbandoned(String id, ContainerState ours, long deadline) throws IOException {
        if (!isAbandoned(id, ours)) {
            return false;
        }
        try (Descriptor lock = lock(id, deadline)) {
            if (lock == null) {
                return true;
            }
            boolean still = isAbandoned(id, ours);
            if (still) {
                remove(id);
            }
            return still;
        }
    }

    private boolean isAbandoned(String id, ContainerState ours) throws IOException {
        try {
            ContainerState state = read(id);
            return state.creating() && state.creator().equals(ours.creator());
        } catch (StateException e) {
            return e.problem() == Problem.NOT_FOUND; // it had come to no more than the folder
        }
    }

    /**
     * Locks a container.
     *
     * @throws StateException if there is none, if what is written down of it can't be read, or if another command has it for long
     */
    public Container open(String id) throws IOException {
        ContainerId.check(id);
        Descriptor lock = lock(id, deadline());
        if (lock == null) {
            throw notFound();
        }
        try {
            return new Container(this, id, lock, read(id));
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * What is written down of a container, without its lock.
     *
     * @throws StateException if there is none, or it can't be read
     */
    public ContainerState read(String id) throws IOException {
        ContainerId.check(id);
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(folder(id).resolve(STATE));
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw notFound();
        }
        return json.read(id, bytes);
    }

    /**
     * Removes the folder of something that never became a container, or of which nothing can be read any more.
     *
     * @return whether there was something to remove
     */
    public boolean removeRemains(String id) throws IOException {
        ContainerId.check(id);
        try (Descriptor lock = lock(id, deadline())) {
            if (lock == null) {
                return false;
            }
            remove(id);
            return true;
        }
    }

    /**
     * The ids of all containers, in their order; also of those that are being made.
     *
     * @throws NoSuchFileException if the root folder is missing
     */
    public List<String> ids() throws IOException {
        List<String> ids = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(root)) {
            for (Path folder : folders) {
                String name = folder.getFileName().toString();
                if (ContainerId.isValid(name) && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                    ids.add(name);
                }
            }
        }
        Collections.sort(ids);
        return ids;
    }

    /** Where in its life a container is. */
    public Life life(ContainerState state) {
        if (state.creating()) {
            return state.creator().isAlive() ? Life.CREATING : Life.STOPPED;
        }
        if (!state.init().isAlive()) {
            return Life.STOPPED;
        }
        return Files.exists(fifo(state.id()), LinkOption.NOFOLLOW_LINKS) ? Life.CREATED : Life.RUNNING;
    }

    /** A container's folder, absolute. */
    public Path folder(String id) {
        return root.resolve(id);
    }

    Path fifo(String id) {
        return folder(id).resolve("exec.fifo");
    }

    void write(String id, ContainerState state) throws IOException {
        replace(folder(id).resolve(STATE), json.write(state));
    }

    void replace(Path file, byte[] bytes) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".tmp");
        try (Descriptor out = Sys.open(draft.toString(), Sys.O_WRONLY | Sys.O_CREAT | Sys.O_TRUNC | Sys.O_NOFOLLOW, 0600)) {
            Sys.write(out.fd(), bytes, "write " + draft);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * The state goes last: as long as anything of the folder is left, it says what it belonged to. A removal that breaks off can be
     * done again.
     */
    void remove(String id) throws IOException {
        Path folder = folder(id);
        Path state = folder.resolve(STATE);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (!entry.equals(state)) {
                    removeTree(entry);
                }
            }
        }
        Files.deleteIfExists(state);
        Files.delete(folder);
    }

    private static void removeTree(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
                for (Path entry : entries) {
                    removeTree(entry);
                }
            }
        }
        Files.delete(path);
    }

    private void makeRoot() throws IOException {
        if (!Files.isDirectory(root)) {
            Files.createDirectories(root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** The locked folder, or null where there is none. */
    private Descriptor lock(String id, long deadline) throws IOException {
        Path folder = folder(id);
        while (true) {
            Descriptor lock;
            try {
                lock = Sys.open(folder.toString(), Sys.O_RDONLY | Sys.O_DIRECTORY | Sys.O_NOFOLLOW, 0);
            } catch (LinuxException e) {
                if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
                    return null;
                }
                throw e;
            }
            boolean current = false;
            try {
                acquire(lock, id, deadline);
                // While this waited, a delete may have removed the folder, and a create made another of the same name.
                current = Files.isSameFile(Path.of("/proc/self/fd/" + lock.fd()), folder);
            } catch (NoSuchFileException e) {
                return null;
            } finally {
                if (!current) {
                    lock.close();
                }
            }
            if (current) {
                return lock;
            }
        }
    }

    private void acquire(Descriptor folder, String id, long deadline) throws IOException {
        long pause = 1;
        while (!Sys.flock(folder.fd(), Sys.LOCK_EX | Sys.LOCK_NB, "lock container " + id)) {
            if (pause == 1) {
                waiting.begins();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new StateException(Problem.BUSY, "container " + id + " is in use by another command");
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StateException(Problem.BUSY, "interrupted while waiting for container " + id);
            }
            pause = Math.min(pause + 1, 10);
        }
    }

    private long deadline() {
        return System.nanoTime() + patienceMillis * 1_000_000;
    }

    private static StateException notFound() {
        return new StateException(Problem.NOT_FOUND, "container does not exist");
    }
}
