package dev.caisson.cli.command;

import dev.caisson.cli.engine.Build;
import dev.caisson.linux.capabilities.Capability;
import dev.caisson.linux.mounts.MountOptions;
import dev.caisson.linux.seccomp.SeccompFilter;
import dev.caisson.spec.Features;
import dev.caisson.spec.Features.Cgroup;
import dev.caisson.spec.Features.IntelRdt;
import dev.caisson.spec.Features.MemoryPolicy;
import dev.caisson.spec.Features.Seccomp;
import dev.caisson.spec.SpecWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** {@code features}: prints what the runtime can do, as the specification's features.md has it. */
final class FeaturesCommand implements Verb {

    private static final Syntax SYNTAX = Syntax.withoutOperands("features", "prints what this runtime can do, as JSON");

    private static final List<String> SECCOMP_ACTIONS = List.of("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
            "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP");
    private static final List<String> SECCOMP_OPERATORS = List.of("SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE",
            "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE");

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws IOException {
        Features.Linux linux = new Features.Linux(List.of("cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"), Capability.names(),
                new Cgroup(true, true, false, false, true), new Seccomp(true, SECCOMP_ACTIONS, SECCOMP_OPERATORS,
                SeccompFilter.architectures(), SeccompFilter.knownFlags(), SeccompFilter.supportedFlags()), true, true,
                new IntelRdt(true, true, true), new MemoryPolicy(dev.caisson.spec.MemoryPolicy.MODES, dev.caisson.spec.MemoryPolicy.FLAGS), true,
                true);
        Features features = new Features("1.0.0", Build.SPECIFICATION, List.of("prestart", "createRuntime", "createContainer",
                "startContainer", "poststart", "poststop"), MountOptions.known(), linux,
                Map.of("dev.caisson.version", context.engine().build().version()), List.of());
        context.print(new String(new SpecWriter().write(features), StandardCharsets.UTF_8) + "\n");
        return 0;
    }
}
