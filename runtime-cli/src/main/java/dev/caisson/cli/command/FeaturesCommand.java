package dev.caisson.cli.command;

import dev.caisson.cli.engine.Build;
import dev.caisson.linux.capabilities.Capability;
import dev.caisson.spec.Features;
import dev.caisson.spec.Features.Cgroup;
import dev.caisson.spec.Features.IntelRdt;
import dev.caisson.spec.Features.Seccomp;
import dev.caisson.spec.SpecWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** {@code features}: prints what the runtime can do, as the specification's features.md has it. */
final class FeaturesCommand implements Verb {

    private static final Syntax SYNTAX = Syntax.withoutOperands("features", "prints what this runtime can do, as JSON");

    private static final List<String> MOUNT_OPTIONS = List.of("async", "atime", "bind", "defaults", "dev", "diratime", "exec", "loud",
            "noatime", "nodev", "nodiratime", "noexec", "nostrictatime", "nosuid", "nosymfollow", "private", "rbind", "relatime", "ro",
            "rprivate", "rro", "rrw", "rshared", "rslave", "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid",
            "symfollow", "tmpcopyup", "unbindable");

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws IOException {
        Features.Linux linux = new Features.Linux(List.of("cgroup", "ipc", "mount", "network", "pid", "uts"), Capability.names(),
                new Cgroup(true, true, false, false, true), new Seccomp(false, null, null, null, null, null), false, false,
                new IntelRdt(false, false, false), null, false, false);
        Features features = new Features("1.0.0", Build.SPECIFICATION, List.of("prestart", "createRuntime", "createContainer",
                "startContainer", "poststart", "poststop"), MOUNT_OPTIONS, linux,
                Map.of("dev.caisson.version", context.engine().build().version()), List.of());
        context.print(new String(new SpecWriter().write(features), StandardCharsets.UTF_8) + "\n");
        return 0;
    }
}
