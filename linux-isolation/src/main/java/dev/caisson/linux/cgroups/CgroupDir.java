package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A directory of a cgroup file system. Its files are opened by paths: they are on the host's mounts, where no container can put a
 * symbolic link.
 *
 * @param path absolute
 */
record CgroupDir(String path) implements ControlFiles {

    /** How long a removal waits for processes to be gone. */
    static final long REMOVAL_NANOS = 5_000_000_000L;

    private static final int MODE = 0755;
    private static final long FIRST_WAIT_NANOS = 250_000;
    private static final long LONGEST_WAIT_NANOS = 50_000_000;

    @Override
    public boolean writeIfPresent(String file, List<String> values, String field) throws CgroupException {
        String doing = "write to " + path + "/" + file;
        String value = values.isEmpty() ? "" : values.getFirst();
        try (Descriptor opened = Sys.open(path + "/" + file, Sys.O_WRONLY, 0)) {
            for (String each : values) {
                value = each;
                Sys.write(opened.fd(), value.getBytes(StandardCharsets.UTF_8), doing);
            }
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw new CgroupException(field + ": write \"" + value + "\" to " + path + "/" + file + ": " + Errno.text(e.errno()), e);
        }
    }

    @Override
    public String read(String file, String doing) throws CgroupException {
        byte[] bytes = readBytes(file, doing);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8).stripTrailing();
    }

    @Override
    public String missing(String file) {
        return exists() ? ControlFiles.super.missing(file) : "the cgroup " + path + " is gone";
    }

    /** Whether it has not been removed. */
    boolean exists() {
        return Files.isDirectory(Path.of(path));
    }

    /** The bytes of a file; null when there is no such file or no such cgroup any more. */
    byte[] readBytes(String file, String doing) throws CgroupException {
        String name = path + "/" + file;
        try (Descriptor opened = Sys.open(name, Sys.O_RDONLY, 0)) {
            return readAll(opened.fd(), name);
        } catch (LinuxException e) {
            // ENODEV: the cgroup was removed after the file was opened.
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV) {
                return null;
            }
            throw new CgroupException(doing + ": read " + name + ": " + Errno.text(e.errno()), e);
        }
    }

    static byte[] readAll(int fd, String name) throws LinuxException {
        byte[] buffer = new byte[4096];
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int n = Sys.read(fd, buffer, "read " + name); n > 0; n = Sys.read(fd, buffer, "read " + name)) {
            all.write(buffer, 0, n);
        }
        return all.toByteArray();
    }

    CgroupDir parent() {
        return new CgroupDir(path.substring(0, path.lastIndexOf('/')));
    }

    CgroupDir child(String name) {
        return new CgroupDir(path + "/" + name);
    }

    /**
     * Makes the directory, and the parents that it lacks.
     *
     * @param mountPoint of the hierarchy: it and what is above it is never made
     * @param made       every directory that is made is added to it
     * @return false if the directory was there already
     */
    boolean make(String mountPoint, List<CgroupDir> made) throws CgroupException {
        for (int attempt = 1; ; attempt++) {
            try {
                Sys.mkdir(path, MODE);
                made.add(this);
                return true;
            } catch (LinuxException e) {
                if (e.errno() == Errno.EEXIST) {
                    return false;
                }
                // The parent can vanish again: another container's failed creation removes what it has made.
                if (e.errno() != Errno.ENOENT || path.equals(mountPoint) || attempt == 5) {
                    throw new CgroupException("make the cgroup " + path + ": " + Errno.text(e.errno()), e);
                }
                parent().make(mountPoint, made);
            }
        }
    }

    /** Takes back what {@link #make} did, latest first; what fails is added to {@code failure}. */
    static void unmake(List<CgroupDir> made, Throwable failure) {
        for (CgroupDir dir : made.reversed()) {
            try {
                Sys.rmdir(dir.path);
            } catch (LinuxException e) {
                // ENOTEMPTY and EBUSY of a parent: another container's cgroup is in it by now.
                failure.addSuppressed(e);
            }
        }
    }

    /**
     * Removes the directory and all cgroups below it, bottom up. A process that was killed can stay in its cgroup for some
     * milliseconds, and the kernel answers EBUSY until it is gone.
     *
     * @param deadline of {@link System#nanoTime}
     */
    void removeTree(long deadline) throws CgroupException {
        long wait = FIRST_WAIT_NANOS;
        while (true) {
            try {
                Sys.rmdir(path);
                return;
            } catch (LinuxException e) {
                // A file system that is read-only says so before it looks.
                if (e.errno() == Errno.ENOENT || e.errno() == Errno.EROFS && !exists()) {
                    return;
                }
                if (e.errno() != Errno.EBUSY && e.errno() != Errno.ENOTEMPTY) {
                    throw new CgroupException("remove the cgroup " + path + ": " + Errno.text(e.errno()), e);
                }
                if (System.nanoTime() > deadline) {
                    throw new CgroupException("remove the cgroup " + path + ": " + Errno.text(e.errno())
                            + Processes.namesOf(this), e);
                }
                List<CgroupDir> children = children();
                for (CgroupDir child : children) {
                    child.removeTree(deadline);
                }
                if (!children.isEmpty()) {
                    continue;
                }
            }
            LockSupport.parkNanos(wait);
            wait = Math.min(2 * wait, LONGEST_WAIT_NANOS);
        }
    }

    /** The cgroups directly below. */
    List<CgroupDir> children() throws CgroupException {
        try {
            // A directory of cgroupfs has two links and one more for each directory in it.
            if (Integer.valueOf(2).equals(Files.getAttribute(Path.of(path), "unix:nlink"))) {
                return List.of();
            }
        } catch (java.nio.file.NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new CgroupException("look into the cgroup " + path + ": " + e.getMessage());
        }
        List<CgroupDir> children = new ArrayList<>();
        File[] entries = new File(path).listFiles(File::isDirectory);
        if (entries != null) {
            for (File entry : entries) {
                children.add(child(entry.getName()));
            }
        }
        return children;
    }

    // Written out, since what a record has by itself is linked anew, for some 10 ms, in each JVM that uses it.
    @Override
    public boolean equals(Object other) {
        return other instanceof CgroupDir dir && dir.path.equals(path);
    }

    @Override
    public int hashCode() {
        return path.hashCode();
    }
}
