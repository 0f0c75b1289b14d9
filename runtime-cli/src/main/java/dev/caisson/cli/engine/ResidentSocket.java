package dev.caisson.cli.engine;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Listener;
import dev.caisson.linux.sys.Sys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The socket that a resident engine listens at, with the lock that makes it the only one: flock(2) on a file beside it, which stays.
 * A socket that is there while nobody has the lock is a dead engine's.
 */
final class ResidentSocket implements AutoCloseable {

    /** Connections that may wait to be accepted: more than fronts start at once. */
    private static final int BACKLOG = 1024;

    private final Path path;
    private final Descriptor lock;
    private final Listener listener;

    private ResidentSocket(Path path, Descriptor lock, Listener listener) {
        this.path = path;
        this.lock = lock;
        this.listener = listener;
    }

    /**
     * Listens at {@code path}.
     *
     * @return null if another engine does
     * @throws IOException if the folder is not this user's alone, or the kernel refuses
     */
    static ResidentSocket listen(Path path, int uid) throws IOException {
        checkFolder(path.getParent(), uid);
        Descriptor lock = Sys.open(path + ".lock", Sys.O_RDWR | Sys.O_CREAT | Sys.O_NOFOLLOW, 0600);
        try {
            if (!Sys.flock(lock.fd(), Sys.LOCK_EX | Sys.LOCK_NB, "lock " + path + ".lock")) {
                lock.close();
                return null;
            }
            Files.deleteIfExists(path);
            Listener listener = new Listener(Sys.listenUnix(path.toString(), BACKLOG));
            try {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
                return new ResidentSocket(path, lock, listener);
            } catch (IOException | RuntimeException e) {
                listener.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** A socket that systemd listens at, and will go on to. */
    static ResidentSocket activated(int fd) throws LinuxException {
        Sys.closeOnExec(fd);
        return new ResidentSocket(null, null, new Listener(new Descriptor(fd)));
    }

    Listener listener() {
        return listener;
    }

    /** Where; null if systemd knows. */
    String name() {
        return path == null ? null : path.toString();
    }

    /** Whether others go on to listen at it when this engine ends. */
    boolean isActivated() {
        return path == null;
    }

    /** No front gets to the socket any more. Those that are in its queue are there still. */
    void withdraw() throws IOException {
        if (path != null) {
            Files.deleteIfExists(path);
            listener.refuseFurther();
        }
    }

    /** Another engine may listen now. */
    @Override
    public void close() {
        listener.close();
        if (lock != null) {
            lock.close();
        }
    }

    private static void checkFolder(Path folder, int uid) throws IOException {
        PosixFileAttributes attributes = Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        boolean ours = (Integer) Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS) == uid;
        if (!attributes.isDirectory() || !ours || !attributes.permissions().equals(PosixFilePermissions.fromString("rwx------"))) {
            throw new IOException(folder + " is no folder of user " + uid + "'s alone (mode 0700)");
        }
    }
}
