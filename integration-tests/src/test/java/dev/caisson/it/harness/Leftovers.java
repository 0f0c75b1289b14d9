package dev.caisson.it.harness;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a test has left behind: mounts, cgroups, processes, state, descriptors of the engine. Each look gives lines in words, none of
 * which should be there at a test's end.
 */
final class Leftovers {

    private static final int SETTLE_MILLIS = 3000;

    private final Sandbox box;
    private final Set<Long> processesBefore = new HashSet<>();
    private final int descriptorsBefore;

    /** Looks before a test begins. */
    Leftovers(Sandbox box) {
        this.box = box;
        for (ProcessHandle process : descendants()) {
            processesBefore.add(process.pid());
        }
        descriptorsBefore = box.engine().descriptors();
    }

    /** Looks until nothing is left, for a while: what ends at this very moment is fine. */
    List<String> look() {
        Await.holds(SETTLE_MILLIS, () -> now().isEmpty());
        return now();
    }

    private List<String> now() {
        List<String> found = new ArrayList<>();
        for (String mount : mounts()) {
            found.add("mount: " + mount);
        }
        for (Path cgroup : Cgroups.named(box.name() + "-")) {
            found.add("cgroup: " + cgroup);
        }
        for (ProcessHandle process : processes()) {
            found.add("process: " + process.pid() + " " + Proc.state(process.pid()) + " "
                    + Files.text(Proc.of(process.pid()).resolve("cmdline")).replace('\0', ' '));
        }
        for (Path container : Files.in(box.state())) {
            found.add("state: " + container + " " + Files.in(container));
        }
        int descriptors = box.engine().descriptors();
        if (descriptorsBefore > 0 && descriptors > descriptorsBefore) {
            found.add("descriptors of the engine: " + descriptorsBefore + " before, " + descriptors + " now");
        }
        return found;
    }

    /** Takes away what was left, so that it is one test's failure alone. */
    void remove() throws IOException {
        for (ProcessHandle process : processes()) {
            Linux.kill(process.pid(), Linux.SIGKILL);
        }
        Await.holds(SETTLE_MILLIS, () -> processes().isEmpty());
        for (String mount : mounts().reversed()) {
            try {
                Orphans.start(new ProcessBuilder("umount", "-l", mount)).waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        for (Path cgroup : Cgroups.named(box.name() + "-")) {
            cgroup.toFile().delete();
        }
    }

    /** Mount points in our own mount namespace that belong to the sandbox. */
    private List<String> mounts() {
        List<String> mounts = new ArrayList<>();
        for (String line : Files.text(Path.of("/proc/self/mountinfo")).lines().toList()) {
            String[] fields = line.split(" ");
            if (fields[3].contains(box.name() + "/") || fields[4].contains(box.name() + "/")) {
                mounts.add(fields[4]);
            }
        }
        return mounts;
    }

    /** All that have come to descend from us, orphans among them, but for engines that stay. */
    private List<ProcessHandle> processes() {
        List<ProcessHandle> left = new ArrayList<>();
        for (ProcessHandle process : descendants()) {
            if (!processesBefore.contains(process.pid()) && !box.engine().all().contains(process.pid())) {
                left.add(process);
            }
        }
        return left;
    }

    private static List<ProcessHandle> descendants() {
        return ProcessHandle.current().descendants().toList();
    }
}
