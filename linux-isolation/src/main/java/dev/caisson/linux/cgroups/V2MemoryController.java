package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.Memory;

/**
 * {@code linux.resources.memory} into memory.max, memory.low and memory.swap.max (cgroup-v2.rst, "Memory"). The config's swap is
 * memory and swap together; v2 counts swap alone. The kernel's own memory and {@code useHierarchy} are ignored, as on v1.
 */
final class V2MemoryController implements Controller {

    private static final String LIMIT_FIELD = V1MemoryController.LIMIT_FIELD;
    private static final String SWAP_FIELD = V1MemoryController.SWAP_FIELD;
    private static final String SWAP = "memory.swap.max";

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public String neededFor(Resources resources) {
        return V1MemoryController.limitIn(resources);
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        Memory memory = resources.memory();
        if (memory == null) {
            return;
        }
        if (Boolean.TRUE.equals(memory.disableOOMKiller())) {
            throw new CgroupException(V1MemoryController.OOM_FIELD + ": cannot disable OOM killer with cgroupv2");
        }
        if (V1MemoryController.hasSwappiness(memory)) {
            throw new CgroupException(V1MemoryController.SWAPPINESS_FIELD + ": cannot set memory swappiness with cgroupv2");
        }
        long limit = Limits.bytes(memory.limit(), LIMIT_FIELD);
        long both = Limits.bytes(memory.swap(), SWAP_FIELD);
        long reservation = Limits.bytes(memory.reservation(), V1MemoryController.RESERVATION_FIELD);
        if (Boolean.TRUE.equals(memory.checkBeforeUpdate())) {
            checkUsage(files, limit, both);
        }
        String swap = swap(limit, both);
        if (swap != null && !files.writeIfPresent(SWAP, swap, SWAP_FIELD) && !swap.equals("max") && !swap.equals("0")) {
            throw new CgroupException(SWAP_FIELD + ": the memory controller does not account for swap: there is no " + SWAP + " in "
                    + files.path());
        }
        if (limit != 0) {
            files.write("memory.max", Limits.orMax(limit), LIMIT_FIELD);
        }
        if (reservation != 0) {
            files.write("memory.low", Limits.orMax(reservation), V1MemoryController.RESERVATION_FIELD);
        }
    }

    /**
     * Adds to changes what the limits so far say of memory and swap, since memory.swap.max depends on both.
     *
     * @return {@code changes} itself where that does not matter
     */
    static Resources complete(Resources before, Resources changes) {
        Memory now = before.memory();
        Memory memory = changes.memory();
        if (now == null || memory == null || Limits.orZero(memory.limit()) == 0 && Limits.orZero(memory.swap()) == 0) {
            return changes;
        }
        boolean limited = Limits.orZero(memory.limit()) != 0;
        // Without any limit of memory there is none of both either.
        boolean both = Limits.orZero(memory.swap()) != 0 || Limits.orZero(memory.limit()) == Limits.UNLIMITED;
        return new Resources(changes.devices(), new Memory(limited ? memory.limit() : now.limit(), memory.reservation(),
                both ? memory.swap() : now.swap(), memory.kernel(), memory.kernelTCP(), memory.swappiness(), memory.disableOOMKiller(),
                memory.useHierarchy(), memory.checkBeforeUpdate()), changes.cpu(), changes.pids(), changes.blockIO(),
                changes.hugepageLimits(), changes.network(), changes.rdma(), changes.unified());
    }

    /**
     * What memory.swap.max is to be.
     *
     * @param limit of memory; 0 for not set, -1 for none
     * @param both  of memory and swap together, likewise
     * @return null for no change
     */
    static String swap(long limit, long both) throws CgroupException {
        if (both == 0) {
            // On v1 no limit of memory takes away the limit of both.
            return limit == Limits.UNLIMITED ? "max" : null;
        }
        if (both == Limits.UNLIMITED || limit == Limits.UNLIMITED) {
            return Limits.orMax(both);
        }
        if (limit == 0) {
            throw new CgroupException(SWAP_FIELD + ": unable to set swap limit without memory limit");
        }
        if (both < limit) {
            throw new CgroupException(SWAP_FIELD + ": memory+swap limit should be >= memory limit");
        }
        return Long.toString(both - limit);
    }

    private static void checkUsage(ControlFiles files, long limit, long both) throws CgroupException {
        String current = files.read("memory.current", LIMIT_FIELD);
        long usage = current == null ? 0 : Long.parseLong(current);
        if (both > 0 && both <= usage) {
            throw new CgroupException(SWAP_FIELD + ": rejecting memory+swap limit " + both + " <= usage " + usage);
        }
        if (limit > 0 && limit <= usage) {
            throw new CgroupException(LIMIT_FIELD + ": rejecting memory limit " + limit + " <= usage " + usage);
        }
    }
}
