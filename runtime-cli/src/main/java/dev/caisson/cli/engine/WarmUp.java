package dev.caisson.cli.engine;

import dev.caisson.cli.lifecycle.Host;
import dev.caisson.linux.cgroups.CgroupException;
import dev.caisson.linux.cgroups.WarmCpuset;

/** What a resident engine does once, beside its first commands, so that later ones are faster. */
final class WarmUp implements AutoCloseable {

    private WarmCpuset cpuset;
    private boolean over;

    private WarmUp() {}

    /** Begins, in a thread of its own. */
    static WarmUp start(Host host) {
        WarmUp warm = new WarmUp();
        Thread thread = new Thread(() -> warm.run(host), "warm-up");
        thread.setDaemon(true);
        thread.start();
        return warm;
    }

    private synchronized void run(Host host) {
        try {
            if (!over) {
                cpuset = WarmCpuset.hold(host.cgroups());
            }
        } catch (CgroupException e) {
            // A host without cgroups: a container that wants one will say so.
        }
    }

    @Override
    public synchronized void close() {
        over = true;
        if (cpuset != null) {
            cpuset.close();
        }
    }
}
