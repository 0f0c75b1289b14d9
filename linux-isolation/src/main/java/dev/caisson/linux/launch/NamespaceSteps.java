package dev.caisson.linux.launch;

import dev.caisson.linux.plan.Kernel;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Namespace;
import dev.caisson.spec.NamespaceType;
import dev.caisson.spec.TimeOffset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The namespaces of a container: new ones by clone, others joined.
 *
 * <p>A container with a user namespace is made in two halves: a first process does what takes the caller's own rights, and ends when
 * a second one takes its place, which is born in the new namespaces. For who enters a user namespace, or is born in it, has no
 * rights outside any more.
 */
final class NamespaceSteps {

    private record Joined(Register file, long flag, String words) {}

    private final PlanBuilder plan;
    private final List<Joined> joined = new ArrayList<>();
    private long created;
    private Joined pid;
    private Joined users;
    private Map<String, TimeOffset> timeOffsets = Map.of();

    NamespaceSteps(PlanBuilder plan) {
        this.plan = plan;
    }

    static long flag(NamespaceType type) {
        return switch (type) {
            case PID -> Kernel.CLONE_NEWPID;
            case NETWORK -> Kernel.CLONE_NEWNET;
            case MOUNT -> Kernel.CLONE_NEWNS;
            case IPC -> Kernel.CLONE_NEWIPC;
            case UTS -> Kernel.CLONE_NEWUTS;
            case USER -> Kernel.CLONE_NEWUSER;
            case CGROUP -> Kernel.CLONE_NEWCGROUP;
            case TIME -> Kernel.CLONE_NEWTIME;
        };
    }

    /**
     * In the parent: opens the namespaces to join while their paths are the host's.
     *
     * @param timeOffsets linux.timeOffsets, for a new time namespace
     */
    void open(List<Namespace> namespaces, Map<String, TimeOffset> timeOffsets) {
        this.timeOffsets = timeOffsets;
        for (int i = 0; i < namespaces.size(); i++) {
            Namespace namespace = namespaces.get(i);
            long flag = flag(namespace.type());
            if (namespace.path() == null || namespace.path().isEmpty()) {
                // A cgroup namespace's root is the cgroup its maker is in: it is unshared later, once the process is in its own.
                // A time namespace with offsets must have them before anybody is in it.
                boolean later = namespace.type() == NamespaceType.CGROUP
                        || namespace.type() == NamespaceType.TIME && !timeOffsets.isEmpty();
                created |= later ? 0 : flag;
                continue;
            }
            String words = "join linux.namespaces[" + i + "] " + namespace.type().json() + " " + namespace.path();
            Register file = plan.open(words, namespace.path(), Sys.O_RDONLY);
            plan.expectFileSystem(namespace.path() + " is a namespace", file, Kernel.NSFS_MAGIC);
            Joined entry = new Joined(file, flag, words);
            if (namespace.type() == NamespaceType.PID) {
                pid = entry;
            } else if (namespace.type() == NamespaceType.USER) {
                users = entry;
            } else {
                joined.add(entry);
            }
        }
    }

    /**
     * In the parent: makes the child in its namespaces.
     *
     * @param cgroup a cgroup v2 folder's descriptor that it starts in, or null
     * @param pidfd  where its pidfd is kept
     * @return where its pid is kept
     */
    Register child(Register cgroup, Register pidfd, Runnable body) {
        String words = "make the container's process";
        if (timeOffsets.isEmpty()) {
            return plan.child(words, created, cgroup, pidfd, body);
        }
        // Who makes a time namespace is not in it, but what it makes from then on.
        Register first = plan.register("first");
        Register made = plan.child("make the process that makes the container's", 0, cgroup, first, () -> {
            timeNamespace();
            plan.reclone(words, created);
            body.run();
        });
        plan.adoptChild("take on the container's process", made, pidfd);
        plan.tellChild("it goes on");
        plan.close(first);
        return made;
    }

    /** time_namespaces(7). */
    private void timeNamespace() {
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<String, TimeOffset> offset : timeOffsets.entrySet()) {
            lines.append(offset.getKey()).append(' ').append(offset.getValue().secs()).append(' ').append(offset.getValue().nanosecs())
                    .append('\n');
        }
        plan.unshare("make a time namespace", Kernel.CLONE_NEWTIME);
        Register file = plan.open("open the time namespace's offsets", "/proc/self/timens_offsets", Sys.O_WRONLY);
        plan.expectFileSystem("the offsets are the kernel's", file, Kernel.PROC_SUPER_MAGIC);
        plan.write("set linux.timeOffsets " + String.join(", ", lines.toString().split("\n")), file,
                lines.toString().getBytes(StandardCharsets.US_ASCII));
        plan.close(file);
    }

    /** The user namespace to be joined, or null. */
    Register users() {
        return users == null ? null : users.file();
    }

    /** In the parent, around the clone: a pid namespace is entered by being born in it. Hooks that run later stay outside. */
    void inPidNamespace(Runnable clone) {
        if (pid == null) {
            clone.run();
        } else {
            within(plan, pid.file(), pid.words(), clone);
        }
    }

    /** Makes children in the pid namespace that {@code file} (or pidfd) stands for, while {@code clone} adds its operations. */
    static void within(PlanBuilder plan, Register file, String words, Runnable clone) {
        Register own = plan.open("remember the own pid namespace", "/proc/self/ns/pid", Sys.O_RDONLY);
        plan.setns(words, file, Kernel.CLONE_NEWPID);
        clone.run();
        plan.setns("return to the own pid namespace", own, Kernel.CLONE_NEWPID);
        plan.close(own);
    }

    /** At the end of the first half: joins what is there, and gives the place to a process in the new namespaces. */
    void passOn() {
        if (!timeOffsets.isEmpty()) {
            timeNamespace();
        }
        if (users == null) {
            join();
        } else {
            // Those that belong to the host can be joined now only, those of the user namespace afterwards only.
            for (Joined namespace : joined) {
                plan.setns(namespace.words(), namespace.file(), namespace.flag());
                plan.skippingOn(List.of(Errno.EPERM), () -> plan.closeAhead(namespace.file()));
            }
            plan.setns(users.words(), users.file(), users.flag());
            plan.close(users.file());
            for (Joined namespace : joined) {
                plan.setns(namespace.words(), namespace.file(), namespace.flag());
                plan.tolerating(Errno.EBADF);
                plan.close(namespace.file());
                plan.tolerating(Errno.EBADF);
            }
        }
        plan.reclone("go on in the container's own namespaces", created & ~Kernel.CLONE_NEWIPC);
    }

    /** At the beginning of the second half: the namespace whose files belong to who makes it, by the user namespace's root. */
    void createAsRoot() {
        if ((created & Kernel.CLONE_NEWIPC) != 0) {
            plan.unshare("make an ipc namespace, whose message queues are root's", Kernel.CLONE_NEWIPC);
        }
    }

    /** In the child that is not made in two halves. */
    void join() {
        for (Joined namespace : joined) {
            plan.setns(namespace.words(), namespace.file(), namespace.flag());
            plan.close(namespace.file());
        }
    }
}
