package dev.caisson.linux.cgroups;

import java.util.concurrent.locks.LockSupport;

/** freezer.state and its like (cgroup-v1/freezer-subsystem.rst). */
final class V1Freezer {

    static final String CONTROLLER = "freezer";

    private static final String STATE = "freezer.state";
    private static final String FROZEN = "FROZEN";
    private static final String THAWED = "THAWED";
    private static final int TRIES = 1000;

    private V1Freezer() {}

    /**
     * Freezes, and waits until all are. While processes are being forked, the state can stay FREEZING however often it is read: it
     * then helps to ask again, and now and then to thaw and let some time pass.
     */
    static void freeze(CgroupDir dir) throws CgroupException {
        String doing = "freeze " + dir.path();
        try {
            for (int i = 1; i <= TRIES; i++) {
                dir.write(STATE, FROZEN, doing);
                String state = dir.read(STATE, doing);
                if (FROZEN.equals(state)) {
                    return;
                }
                if (state == null) {
                    throw new CgroupException(doing + ": the cgroup is gone");
                }
                if (i % 50 == 0) {
                    dir.write(STATE, THAWED, doing);
                    LockSupport.parkNanos(10_000_000);
                } else if (i > 5) {
                    LockSupport.parkNanos(50_000);
                }
            }
            throw new CgroupException(doing + ": the kernel did not get all of its processes to stop");
        } catch (CgroupException e) {
            try {
                dir.writeIfPresent(STATE, THAWED, doing);
            } catch (CgroupException thawing) {
                e.addSuppressed(thawing);
            }
            throw e;
        }
    }

    static void thaw(CgroupDir dir) throws CgroupException {
        dir.write(STATE, THAWED, "thaw " + dir.path());
    }

    /** Thaws the cgroup and those below it, which a container could have frozen by itself; what is gone is fine. */
    static void thawTree(CgroupDir dir) throws CgroupException {
        dir.writeIfPresent(STATE, THAWED, "thaw " + dir.path());
        for (CgroupDir child : dir.children()) {
            thawTree(child);
        }
    }

    static boolean frozen(CgroupDir dir) throws CgroupException {
        String doing = "see whether " + dir.path() + " is frozen";
        // FROZEN may also come from a parent.
        return FROZEN.equals(dir.read(STATE, doing)) && "1".equals(dir.read("freezer.self_freezing", doing));
    }
}
