package dev.caisson.it.harness;

import java.io.IOException;
import java.nio.file.Path;

/** The folder of a whole test run, with the resident engine that most tests share: a private one, ended after the last test. */
final class SharedEngine implements AutoCloseable {

    private final Path folder;
    private int boxes;

    private SharedEngine(Path folder) {
        this.folder = folder;
    }

    static SharedEngine start() {
        Orphans.adopt();
        SharedEngine shared = new SharedEngine(Path.of("/tmp/" + name()));
        Files.mode(Files.folder(shared.folder), "rwxr-xr-x");
        Files.mode(Files.folder(shared.folder.resolve("engine")), "rwx------");
        return shared;
    }

    /** Part of all names that this test run gives. */
    static String name() {
        return "caisson-it-" + ProcessHandle.current().pid();
    }

    Path folder() {
        return folder;
    }

    synchronized int nextBox() {
        return ++boxes;
    }

    @Override
    public void close() throws IOException {
        if (Target.isCaisson()) {
            Sandbox last = new Sandbox(this);
            last.engine().stop();
            last.close(false);
        }
        Files.remove(folder);
    }
}
