package dev.caisson.cli.lifecycle;

import dev.caisson.cli.state.ContainerState;
import dev.caisson.cli.state.ContainerStore;
import dev.caisson.cli.state.Life;
import dev.caisson.linux.cgroups.CgroupException;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.spec.State.Status;
import java.util.Optional;

/** Where in its life a container is, as callers see it: with {@code paused}, which its cgroup knows. */
public final class Statuses {

    private Statuses() {}

    /** A container's status now. */
    public static Status of(ContainerStore store, ContainerState state) throws CgroupException {
        Life life = store.life(state);
        return switch (life) {
            case CREATING -> Status.CREATING;
            case STOPPED -> Status.STOPPED;
            case CREATED, RUNNING -> {
                Optional<ContainerCgroup> cgroup = cgroup(state);
                if (cgroup.isPresent() && cgroup.get().frozen()) {
                    yield Status.PAUSED;
                }
                yield life == Life.CREATED ? Status.CREATED : Status.RUNNING;
            }
        };
    }

    /** The container's cgroup; none where cgroups are disabled, or none was made yet. */
    public static Optional<ContainerCgroup> cgroup(ContainerState state) throws CgroupException {
        return state.cgroups().isEmpty() ? Optional.empty() : Optional.of(ContainerCgroup.fromPaths(state.cgroups()));
    }
}
