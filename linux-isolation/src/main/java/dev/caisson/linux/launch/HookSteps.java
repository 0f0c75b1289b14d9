package dev.caisson.linux.launch;

import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.spec.Hook;
import java.util.List;

/** The operations that run hooks, each with the container's state on its standard input. */
final class HookSteps {

    private HookSteps() {}

    /**
     * Adds one operation a hook, after one that puts the pid into the state.
     *
     * @param kind  the hooks' name in config.json, for words
     * @param state the state; its pid is filled in when the plan runs
     * @param pid   holds the container's pid; null: the process that runs the hooks is it
     */
    static void run(PlanBuilder plan, String kind, List<Hook> hooks, HookState state, Register pid) {
        if (hooks.isEmpty()) {
            return;
        }
        plan.patchPid("put the pid into the state for the " + kind + " hooks", state.json(), state.pidFrom(), HookState.PID_WIDTH,
                pid);
        for (int i = 0; i < hooks.size(); i++) {
            run(plan, kind, hooks.get(i), i, state);
            if (pid == null) {
                plan.labelled(); // the process itself may be the only one left to say what went wrong
            }
        }
    }

    /** Adds one hook whose state is complete. */
    static void run(PlanBuilder plan, String kind, Hook hook, int index, HookState state) {
        plan.hook("run hooks." + kind + "[" + index + "] " + hook.path(), hook.path(),
                hook.args().isEmpty() ? List.of(hook.path()) : hook.args(), hook.env(), state.json(),
                hook.timeout() == null ? 0 : hook.timeout() * 1000);
    }
}
