package dev.caisson.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;

/**
 * Files and folders outside of every container that nobody may create, change, read or mount over. They lie on a file system that keeps
 * track of each access.
 */
public final class Canaries implements AutoCloseable {

    private static final List<String> FOLDERS = List.of("", "folder", "folder/sub", "folder/pts", "folder/shm", "folder/fs", "folder/fs/cgroup");
    private static final List<String> FILES = List.of("file", "folder/secret", "folder/ptmx", "folder/console", "folder/null");

    private final HostMount mount;
    private final Map<String, String> before;
    private final List<String> mountsBefore;

    /** Sets them out in a sandbox. */
    public Canaries(Sandbox box) {
        mount = HostMount.tmpfs(box.dir().resolve("outside"), "strictatime");
        try {
            for (String folder : FOLDERS) {
                Files.folder(path(folder));
            }
            for (String file : FILES) {
                Files.write(path(file), "nobody:x:0:0:stolen:/stolen:/bin/sh\n");
            }
            java.nio.file.Files.copy(Path.of("/bin/busybox"), path("program"), StandardCopyOption.COPY_ATTRIBUTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        before = look();
        mountsBefore = mounts();
    }

    /** One of them, {@code ""} for the folder that they are all in; not all names exist. */
    public Path path(String name) {
        return mount.path().resolve(name);
    }

    /** Asserts that all is as it was, in the eyes of the host. */
    public void assertUntouched(Object what) {
        Assertions.assertEquals(before, look(), () -> "touched by: " + what);
        Assertions.assertEquals(mountsBefore, mounts(), () -> "mounts changed by: " + what);
    }

    /** Nothing is listed or opened, since that would leave its own marks: what is created or removed shows in the folders' times. */
    private Map<String, String> look() {
        Map<String, String> found = new TreeMap<>();
        List<String> names = new ArrayList<>(FOLDERS);
        names.addAll(FILES);
        names.add("program");
        for (String name : names) {
            try {
                Map<String, Object> attributes = java.nio.file.Files.readAttributes(path(name),
                        "unix:mode,uid,gid,nlink,size,rdev,ino,lastAccessTime,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS);
                found.put(name, new TreeMap<>(attributes).toString());
            } catch (IOException e) {
                found.put(name, e.toString());
            }
        }
        return found;
    }

    /** The host's; others' come and go. */
    private List<String> mounts() {
        return Files.text(Path.of("/proc/self/mountinfo")).lines().filter(line -> line.contains(mount.path().getParent().toString())).toList();
    }

    @Override
    public void close() {
        mount.close();
    }
}
