package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.cgroups.OomWatch;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.State.Status;
import java.io.IOException;

/** Tells of what a container uses, and of its lack of memory. */
public final class WatchContainer {

    /** A front that is gone has to be noticed, and one that is there must not take its engine for hung. */
    private static final long LOOK_MILLIS = 1000;
    private static final long NANOS_A_MILLI = 1_000_000;

    private WatchContainer() {}

    /** Prints what the container uses now. */
    public static int once(Context context, String id) throws CommandException, IOException {
        context.print(EventJson.stats(id, cgroup(id, running(context, id)).statistics()));
        return 0;
    }

    /**
     * Prints what the container uses again and again, and each time that it lacks memory, until its process ends.
     *
     * @param interval between two looks, in nanoseconds
     */
    public static int run(Context context, String id, long interval) throws CommandException, IOException {
        ContainerState state = running(context, id);
        ContainerCgroup cgroup = cgroup(id, state);
        try (OomWatch oom = cgroup.watchOom(); InitProcess init = InitProcess.open(state.init())) {
            int[] descriptors = init == null ? null : new int[] {init.descriptor().fd(), oom.descriptor().fd()};
            long next = System.nanoTime() + interval;
            while (descriptors != null && !Sys.awaitReadable(descriptors[0], 0)) {
                long left = next - System.nanoTime();
                if (left <= 0) {
                    context.print(EventJson.stats(id, cgroup.statistics()));
                    next += interval;
                    continue;
                }
                Sys.awaitReadable(descriptors, (int) Math.min(LOOK_MILLIS, left / NANOS_A_MILLI + 1));
                context.stillHere();
                report(context, id, oom);
            }
            report(context, id, oom);
        }
        return 0;
    }

    private static void report(Context context, String id, OomWatch oom) throws IOException {
        if (oom.happened()) {
            context.print(EventJson.oom(id));
        }
    }

    private static ContainerState running(Context context, String id) throws CommandException, IOException {
        ContainerState state = context.store().read(id);
        Status status = Statuses.of(context.store(), state);
        if (status == Status.STOPPED || status == Status.CREATING) {
            throw new CommandException("container with id " + id + " is not running");
        }
        return state;
    }

    private static ContainerCgroup cgroup(String id, ContainerState state) throws CommandException, IOException {
        return Statuses.cgroup(state).orElseThrow(() -> new CommandException("cannot watch container " + id + ": it has no cgroup"));
    }
}
