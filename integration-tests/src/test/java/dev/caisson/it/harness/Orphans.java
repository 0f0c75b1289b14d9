package dev.caisson.it.harness;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Processes whose parents end: they become our children, so that none gets out of sight, and we take note of their end, as a container's
 * monitor has to. A pid namespace ends only after all its processes are taken note of.
 */
public final class Orphans {

    private static final int PAUSE_MILLIS = 20;
    private static final Set<Long> STARTED = ConcurrentHashMap.newKeySet();

    private Orphans() {}

    static void adopt() {
        Linux.adoptOrphans();
        Thread.ofPlatform().daemon().name("orphans").start(() -> {
            while (true) {
                // One system call says whether it is worth it to look through all processes.
                if (Linux.hasEndedChild()) {
                    reap();
                }
                Await.pause(PAUSE_MILLIS);
            }
        });
    }

    /** Starts a process of our own, whose end is left to who waits for it. */
    static Process start(ProcessBuilder builder) throws IOException {
        synchronized (STARTED) {
            Process process = builder.start();
            STARTED.add(process.pid());
            process.onExit().thenRun(() -> STARTED.remove(process.pid()));
            return process;
        }
    }

    private static void reap() {
        synchronized (STARTED) {
            ProcessHandle.current().children().map(ProcessHandle::pid).filter(pid -> !STARTED.contains(pid) && Proc.state(pid) == 'Z')
                    .forEach(Linux::reap);
        }
    }
}
