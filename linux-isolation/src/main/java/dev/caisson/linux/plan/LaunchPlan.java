package dev.caisson.linux.plan;

import java.util.List;

/**
 * What the front is to do, as a flat list. Immutable.
 *
 * @param operations   in order; a {@link Op#CLONE} names the part that its child runs and the parent skips
 * @param passed       registers, one after the other, into which descriptors that come with the plan are put
 * @param sealed       whether a container may come to see the process: run from a sealed copy of the executable
 */
public record LaunchPlan(List<Operation> operations, List<Register> passed, boolean sealed) {

    /** Copies the lists. */
    public LaunchPlan {
        operations = List.copyOf(operations);
        passed = List.copyOf(passed);
    }

    /** The bytes that the interpreter reads. */
    public byte[] encode() {
        return PlanEncoder.encode(this);
    }

    /** What operation {@code index} does, in words; for an index out of range, words that say so. */
    public String words(int index) {
        return index >= 0 && index < operations.size() ? operations.get(index).words() : "read the launch plan";
    }
}
