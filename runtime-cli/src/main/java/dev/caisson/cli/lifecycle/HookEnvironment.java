package dev.caisson.cli.lifecycle;

import dev.caisson.cli.engine.Invocation;
import dev.caisson.spec.Hook;
import dev.caisson.spec.Hooks;
import dev.caisson.spec.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The environment of hooks whose configuration names none: that of the runtime's caller, as with other runtimes, but in the
 * container, where it would be for anybody to read, that of the container's process.
 */
final class HookEnvironment {

    private HookEnvironment() {}

    /** The configuration with every hook's environment in it. */
    static Spec fill(Spec spec, Invocation invocation) {
        Hooks hooks = spec.hooks();
        if (hooks == null) {
            return spec;
        }
        return spec.with(new Hooks(fill(hooks.prestart(), invocation), fill(hooks.createRuntime(), invocation),
                fill(hooks.createContainer(), invocation), fill(hooks.startContainer(), spec.process().env()),
                fill(hooks.poststart(), invocation), fill(hooks.poststop(), invocation)));
    }

    /** Hooks that run in the runtime's namespaces. */
    static List<Hook> fill(List<Hook> hooks, Invocation invocation) {
        if (hooks.isEmpty()) {
            return hooks;
        }
        List<String> environment = new ArrayList<>(invocation.environment().size());
        for (Map.Entry<String, String> entry : invocation.environment().entrySet()) {
            environment.add(entry.getKey() + "=" + entry.getValue());
        }
        return fill(hooks, environment);
    }

    private static List<Hook> fill(List<Hook> hooks, List<String> environment) {
        List<Hook> filled = new ArrayList<>(hooks.size());
        for (Hook hook : hooks) {
            filled.add(hook.env().isEmpty() ? hook.withEnv(environment) : hook);
        }
        return filled;
    }
}
