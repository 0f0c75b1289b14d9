package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.cli.state.Container;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.DeviceCgroup;
import dev.caisson.spec.Spec;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.SpecReader;
import dev.caisson.spec.SpecValidator;
import dev.caisson.spec.SpecWriter;
import dev.caisson.spec.State.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Changes the limits of a container, and the copy of config.json that is kept of it, which the next change starts from. */
public final class UpdateContainer {

    private UpdateContainer() {}

    /** @param file what holds the changes as JSON, absolute; null for the caller's standard input */
    public static Resources read(Context context, Path file) throws CommandException, SpecException, IOException {
        Resources changes = new SpecReader().readResources(CallerFile.read(context, "read --resources", file == null ? Path.of("/dev/stdin") : file));
        if (changes == null) {
            return Resources.NONE;
        }
        for (String warning : SpecValidator.validate(changes)) {
            context.warn(warning);
        }
        return changes;
    }

    /** @return the exit code */
    public static int run(Context context, String id, Resources requested) throws CommandException, SpecException, IOException {
        Resources changes = meant(requested);
        warnOfKernelMemory(context, changes);
        try (Container container = context.store().open(id)) {
            Status status = Statuses.of(context.store(), container.state());
            if (status == Status.STOPPED || status == Status.CREATING) {
                throw new CommandException("container not running");
            }
            ContainerCgroup cgroup = Statuses.cgroup(container.state()).orElseThrow(() -> new CommandException("cannot update container "
                    + id + ": it has no cgroup"));
            Spec spec = new SpecReader().read(Files.readAllBytes(container.config()));
            Resources before = spec.linux().resources() == null ? Resources.NONE : spec.linux().resources();
            cgroup.update(before, changes);
            container.saveConfig(new SpecWriter().write(spec.with(spec.linux().with(before.updatedBy(changes)))));
        }
        return 0;
    }

    /**
     * What clients mean. Some send a bare "deny all" with every change, which would take the container's own devices away; and all
     * send a limit of 0 processes for no change.
     */
    private static Resources meant(Resources requested) {
        boolean bare = true;
        for (DeviceCgroup rule : requested.devices()) {
            bare &= !rule.allow() && (rule.type() == null || rule.type().isEmpty() || rule.type().equals("a"));
        }
        boolean noPids = requested.pids() != null && Long.valueOf(0).equals(requested.pids().limit());
        return new Resources(bare ? List.of() : requested.devices(), requested.memory(), requested.cpu(), noPids ? null : requested.pids(),
                requested.blockIO(), requested.hugepageLimits(), requested.network(), requested.rdma(), requested.unified());
    }

    private static void warnOfKernelMemory(Context context, Resources changes) throws IOException {
        if (changes.memory() != null && (isSet(changes.memory().kernel()) || isSet(changes.memory().kernelTCP()))) {
            context.warn("limits of the kernel's own memory are ignored: kernels have none any more");
        }
    }

    private static boolean isSet(Long number) {
        return number != null && number != 0;
    }
}
