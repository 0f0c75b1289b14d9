package dev.caisson.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** A file system that a test mounts on the host, until it is closed. */
public final class HostMount implements AutoCloseable {

    private final Path path;

    private HostMount(Path path) {
        this.path = path;
    }

    /** Mounts a new tmpfs; nobody else sees what happens to it. */
    public static HostMount tmpfs(Path path) {
        return tmpfs(path, "defaults");
    }

    /** The same, with options as mount(8) takes them. */
    public static HostMount tmpfs(Path path, String options) {
        Files.folder(path);
        run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path.toString());
        run("mount", "--make-private", path.toString());
        return new HostMount(path);
    }

    /** Shows a folder at another place too. */
    public static HostMount bind(Path source, Path path) {
        run("mount", "--bind", source.toString(), path.toString());
        run("mount", "--make-private", path.toString());
        return new HostMount(path);
    }

    /** Changes its options, as mount(8) takes them. */
    public HostMount options(String options) {
        run("mount", "-o", options, path.toString());
        return this;
    }

    /** Lets what is mounted below it show in its copies. */
    public HostMount shared() {
        run("mount", "--make-shared", path.toString());
        return this;
    }

    /** Sets flags of it, as mount(8) calls them. */
    public HostMount flags(String options) {
        run("mount", "-o", "remount,bind," + options, path.toString());
        return this;
    }

    /** Where. */
    public Path path() {
        return path;
    }

    private static void run(String... command) {
        try {
            int code = Orphans.start(new ProcessBuilder(command).inheritIO()).waitFor();
            if (code != 0) {
                throw new IllegalStateException(String.join(" ", command) + " exits with " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        run("umount", path.toString());
    }
}
