package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Errno;
import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.Memory;

/**
 * {@code linux.resources.memory} into memory.limit_in_bytes and its like (cgroup-v1/memory.rst). The kernel's own memory
 * ({@code kernel}, {@code kernelTCP}) and {@code useHierarchy} are ignored, as runc does: kernels have dropped the former, and know
 * no other hierarchy.
 */
final class V1MemoryController implements Controller {

    static final String LIMIT_FIELD = "linux.resources.memory.limit";
    static final String RESERVATION_FIELD = "linux.resources.memory.reservation";
    static final String SWAP_FIELD = "linux.resources.memory.swap";
    static final String SWAPPINESS_FIELD = "linux.resources.memory.swappiness";
    static final String OOM_FIELD = "linux.resources.memory.disableOOMKiller";

    private static final String LIMIT = "memory.limit_in_bytes";
    private static final String SWAP = "memory.memsw.limit_in_bytes";

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public String neededFor(Resources resources) {
        return limitIn(resources);
    }

    /** See {@link Controller#neededFor}; the same on v2. */
    static String limitIn(Resources resources) {
        Memory memory = resources.memory();
        if (memory == null) {
            return null;
        }
        return Limits.orZero(memory.limit()) > 0 ? LIMIT_FIELD
                : Limits.orZero(memory.reservation()) > 0 ? RESERVATION_FIELD
                : Limits.orZero(memory.swap()) > 0 ? SWAP_FIELD
                : hasSwappiness(memory) ? SWAPPINESS_FIELD
                : Boolean.TRUE.equals(memory.disableOOMKiller()) ? OOM_FIELD : null;
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        Memory memory = resources.memory();
        if (memory == null) {
            return;
        }
        setLimits(files, Limits.bytes(memory.limit(), LIMIT_FIELD), Limits.bytes(memory.swap(), SWAP_FIELD));
        long reservation = Limits.bytes(memory.reservation(), RESERVATION_FIELD);
        if (reservation != 0) {
            files.write("memory.soft_limit_in_bytes", Long.toString(reservation), RESERVATION_FIELD);
        }
        if (Boolean.TRUE.equals(memory.disableOOMKiller())) {
            files.write("memory.oom_control", "1", OOM_FIELD);
        }
        if (hasSwappiness(memory)) {
            if (Long.compareUnsigned(memory.swappiness(), 100) > 0) {
                throw new CgroupException(SWAPPINESS_FIELD + ": invalid memory swappiness value: "
                        + Long.toUnsignedString(memory.swappiness()) + " (valid range is 0-100)");
            }
            files.write("memory.swappiness", memory.swappiness().toString(), SWAPPINESS_FIELD);
        }
    }

    /** Old clients send -1 for "not set". */
    static boolean hasSwappiness(Memory memory) {
        return memory.swappiness() != null && memory.swappiness() != -1;
    }

    private static void setLimits(ControlFiles files, long limit, long swap) throws CgroupException {
        // The limit of memory and swap can't be below that of memory, so no limit of memory takes none of both.
        long both = limit == Limits.UNLIMITED && swap == 0 ? Limits.UNLIMITED : swap;
        boolean later = false;
        if (limit != 0) {
            try {
                setLimit(files, limit);
            } catch (CgroupException e) {
                // It is above the present limit of memory and swap: that has to be raised first.
                if (e.errno() != Errno.EINVAL) {
                    throw e;
                }
                if (both == 0) {
                    CgroupException refused = new CgroupException(LIMIT_FIELD + ": " + limit + " is above the limit of memory and swap, "
                            + files.read(SWAP, SWAP_FIELD) + ": set " + SWAP_FIELD + " too");
                    refused.addSuppressed(e);
                    throw refused;
                }
                later = true;
            }
        }
        if (both != 0 && !files.writeIfPresent(SWAP, Long.toString(both), SWAP_FIELD) && both != Limits.UNLIMITED) {
            throw new CgroupException(SWAP_FIELD + ": the memory controller does not account for swap: there is no " + SWAP + " in "
                    + files.path());
        }
        if (later) {
            setLimit(files, limit);
        }
    }

    private static void setLimit(ControlFiles files, long limit) throws CgroupException {
        try {
            files.write(LIMIT, Long.toString(limit), LIMIT_FIELD);
        } catch (CgroupException e) {
            if (e.errno() != Errno.EBUSY) {
                throw e;
            }
            CgroupException refused = new CgroupException(LIMIT_FIELD + ": unable to set memory limit to " + limit + " (current usage: "
                    + files.read("memory.usage_in_bytes", LIMIT_FIELD) + ", peak usage: "
                    + files.read("memory.max_usage_in_bytes", LIMIT_FIELD) + ")");
            refused.addSuppressed(e);
            throw refused;
        }
    }
}
