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

    /** Adds them; {@code capabilities} null means none at all, as the specification has it. */
    public void become(User user, Capabilities capabilities) {
        Capabilities sets = capabilities != null ? capabilities
                : new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of());
        long bounding = Capability.mask(sets.bounding(), last);
        for (int number = 0; number <= last; number++) {
            if ((bounding & 1L << number) == 0) {
                plan.prctl("drop " + Capability.name(number) + " from the bounding set", PR_CAPBSET_DROP, number);
            }
        }
        plan.prctl("keep capabilities over the change of user", PR_SET_KEEPCAPS, 1);
        plan.setGroups("set the supplementary groups", groups(user.additionalGids()));
        plan.setGids("become group " + user.gid(), user.gid());
        plan.setUids("become user " + user.uid(), user.uid());
        plan.prctl("keep capabilities no longer", PR_SET_KEEPCAPS, 0);
        plan.capset("set the capabilities", Capability.mask(sets.effective(), last), Capability.mask(sets.permitted(), last),
                Capability.mask(sets.inheritable(), last));
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

    private static byte[] groups(List<Long> gids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * gids.size()).order(ByteOrder.nativeOrder());
        for (long gid : gids) {
            bytes.putInt((int) gid);
        }
        return bytes.array();
    }
}
