package dev.caisson.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Process numbers. */
public final class Pids {

    private static final Path LAST = Path.of("/proc/sys/kernel/ns_last_pid");
    private static final int ATTEMPTS = 200;

    private Pids() {}

    /** Starts a process that has a certain pid; the test is skipped where the kernel can't be talked into it. */
    public static Running reuse(Sandbox box, long pid) throws IOException {
        Assumptions.assumeTrue(Files.isWritable(LAST), "pids can't be chosen here");
        for (int i = 0; i < ATTEMPTS; i++) {
            Files.writeString(LAST, Long.toString(pid - 1));
            Running running = box.foreign("sleep", "1000");
            if (running.pid() == pid) {
                return running;
            }
            running.close();
        }
        return Assumptions.abort("the pid " + pid + " could not be had again");
    }
}
