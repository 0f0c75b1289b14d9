package dev.caisson.cli.engine;

import dev.caisson.linux.plan.Register;

/**
 * What became of a launch plan.
 *
 * @param done      whether all of it was done; else {@code operation} failed and nothing after it was tried
 * @param operation index of the operation that failed, or of the last one; -1 where the plan as a whole was refused
 * @param errno     the kernel's answer to the failed operation, 0 where it has none to give
 * @param detail    what the operation says beyond that: a hook's wait status
 * @param inChild   whether the operation that failed was one of the child's
 * @param registers all {@link Register#COUNT} registers as the plan left them; -1 in those that nothing was put in
 */
public record Report(boolean done, int operation, int errno, int detail, boolean inChild, long[] registers) {

    /** What {@code register} holds. */
    public long value(Register register) {
        return registers[register.index()];
    }
}
