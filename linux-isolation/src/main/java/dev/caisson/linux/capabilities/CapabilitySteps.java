package dev.caisson.linux.capabilities;

import static dev.caisson.linux.plan.Kernel.PR_CAPBSET_DROP;
import static dev.caisson.linux.plan.Kernel.PR_CAP_AMBIENT;
import static dev.caisson.linux.plan.Kernel.PR_CAP_AMBIENT_CLEAR_ALL;
import static dev.caisson.linux.plan.Kernel.PR_CAP_AMBIENT_RAISE;
import static dev.caisson.linux.plan.Kernel.PR_SET_KEEPCAPS;

import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.sys.Errno;
import dev.caisson.spec.Capabilities;
import dev.caisson.spec.User;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The operations that give a process its user, groups and capabilities, in the one order that works (capabilities(7)): the bounding
 * set while CAP_SETPCAP is there, then ids with the permitted set kept over the change, then the sets themselves.
 */
public final class CapabilitySteps {

    private final PlanBuilder plan;
    private final int last;

    /** @param last the kernel's highest capability (/proc/sys/kernel/cap_last_cap) */
    public CapabilitySteps(PlanBuilder plan, int last) {
        this.plan = plan;
        this.last = last;
    }

    /**
     * Becomes the user, with the bounding set as it is to be.
     *
     * @param keepsGroups  whether the supplementary groups are left as they are
     * @param capabilities null means none at all, as the specification has it
     * @param inUsers      whether this is in a user namespace of the container's, where setgroups(2) may be forbidden
     * @param kept         a set that is had on top of its own until {@link #confine}
     */
    public void become(User user, boolean keepsGroups, Capabilities capabilities, boolean inUsers, long kept) {
        Capabilities sets = orNone(capabilities);
        long bounding = Capability.mask(sets.bounding(), last);
        for (int number = 0; number <= last; number++) {
            if ((bounding & 1L << number) == 0) {
                plan.prctl("drop " + Capability.name(number) + " from the bounding set", PR_CAPBSET_DROP, number);
            }
        }
        plan.prctl("keep capabilities over the change of user", PR_SET_KEEPCAPS, 1);
        if (!keepsGroups) {
            plan.setGroups("set the supplementary groups", groups(user.additionalGids()));
            if (inUsers && user.additionalGids().isEmpty()) {
                plan.tolerating(Errno.EPERM);
            }
        }
        plan.setGids("become group " + user.gid(), user.gid());
        plan.setUids("become user " + user.uid(), user.uid());
        plan.prctl("keep capabilities no longer", PR_SET_KEEPCAPS, 0);
        capset(kept == 0 ? "set the capabilities" : "set the capabilities, and one to load a filter with", sets, kept);
    }

    /** Gives up what was kept, and sets the ambient capabilities. */
    public void confine(Capabilities capabilities, long kept) {
        Capabilities sets = orNone(capabilities);
        if (kept != 0) {
            capset("set the capabilities", sets, 0);
        }
        plan.prctl("clear the ambient set", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
        plan.tolerating(Errno.EINVAL);
        long ambient = Capability.mask(sets.ambient(), last);
        for (int number = 0; number <= last; number++) {
            if ((ambient & 1L << number) != 0) {
                plan.prctl("raise " + Capability.name(number) + " in the ambient set", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number);
                // A capability that isn't both permitted and inheritable can't be ambient: left out, as other runtimes do.
                plan.tolerating(Errno.EPERM);
            }
        }
    }

    private void capset(String words, Capabilities sets, long kept) {
        plan.capset(words, Capability.mask(sets.effective(), last) | kept, Capability.mask(sets.permitted(), last) | kept,
                Capability.mask(sets.inheritable(), last));
    }

    private static Capabilities orNone(Capabilities capabilities) {
        return capabilities != null ? capabilities : new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of());
    }

    private static byte[] groups(List<Long> gids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * gids.size()).order(ByteOrder.nativeOrder());
        for (long gid : gids) {
            bytes.putInt((int) gid);
        }
        return bytes.array();
    }
}
