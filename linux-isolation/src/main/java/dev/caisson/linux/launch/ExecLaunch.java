package dev.caisson.linux.launch;

import dev.caisson.linux.plan.Kernel;
import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.CPUAffinity;
import dev.caisson.spec.NamespaceType;

/**
 * The plans that start a further process in a container: {@link #begin} until it executes, and {@link #await} for its end. With
 * the first comes one descriptor, the pidfd of the container's init. A function of its input, good for one process.
 */
public final class ExecLaunch {

    private final ExecRequest request;
    private final HostFacts facts;
    private Register pid;
    private Register pidfd;
    private Register master;
    private Register proc;

    /** A process to start on a host. */
    public ExecLaunch(ExecRequest request, HostFacts facts) {
        this.request = request;
        this.facts = facts;
    }

    /** Where the report on {@link #begin} has the process's pid. */
    public Register pid() {
        return pid;
    }

    /** The first plan. */
    public LaunchPlan begin() {
        PlanBuilder plan = new PlanBuilder().sealed();
        Register init = plan.passed("init");
        ProcessSteps steps = new ProcessSteps(plan, request.process(), request.linux(), request.preservedFds(), request.filter());
        steps.expectPreserved();
        Register socket = request.terminal() instanceof Terminal.Socket(String path)
                ? plan.connect("connect to the console socket " + path, path) : null;
        Register cgroup = request.cgroup().folder() == null ? null
                : plan.open("open the cgroup " + request.cgroup().folder(), request.cgroup().folder(), Sys.O_PATH | Sys.O_DIRECTORY);
        CPUAffinity cpus = request.process().execCPUAffinity();
        if (cpus != null) {
            // The child inherits it: on cgroup v2 it is born in the cgroup.
            SchedulingSteps.cpus(plan, "initial", cpus.initial());
        }
        pidfd = plan.register("pidfd");
        boolean inUsers = request.linux().has(NamespaceType.USER);
        Runnable clone = () -> pid = plan.child("make the process", 0, cgroup, pidfd, () -> {
            enter(plan, steps, init);
            child(plan, steps, socket);
        });
        if (inUsers) {
            twoHalves(plan, steps, init, cgroup, socket);
        } else if (request.linux().has(NamespaceType.PID)) {
            NamespaceSteps.within(plan, init, "enter the container's pid namespace", clone);
        } else {
            clone.run();
        }
        if (request.terminal() instanceof Terminal.Foreground) {
            master = plan.receiveFd("receive the terminal", "master");
        }
        if (inUsers) {
            plan.awaitChild("wait until the process has joined");
            ProcessSteps.limits(plan, request.process(), pid);
            plan.tellChild("the limits are set");
        }
        if (request.filter() != null && request.filter().notifies()) {
            request.agent().introduce(plan, pid);
        }
        plan.awaitExec("wait for the exec");
        ProcessSteps.sendPidfd(plan, request.pidfdSocket(), pidfd);
        if (request.detached()) {
            plan.detachChild("leave the process to the container");
        }
        return plan.build();
    }

    /** The second plan, for a command in the foreground. */
    public LaunchPlan await() {
        PlanBuilder plan = new PlanBuilder().sealed();
        plan.keep(pid);
        plan.keep(pidfd);
        if (master != null) {
            plan.keep(master);
        }
        plan.await("wait for the process's end", pid, pidfd, master);
        return plan.build();
    }

    /** Who enters a user namespace has no rights outside any more, and is born in a pid namespace only by another's hand: see CreateLaunch. */
    private void twoHalves(PlanBuilder plan, ProcessSteps steps, Register init, Register cgroup, Register socket) {
        pid = plan.register("pid");
        plan.release(plan.child("make a process with the caller's rights", 0, cgroup, null, () -> {
            enter(plan, steps, init);
            plan.reclone("go on in the container's pid namespace", 0);
            IdMapSteps.becomeRoot(plan, request.keepsGroups());
            child(plan, steps, socket);
        }));
        plan.adoptChild("go on with the process", pid, pidfd);
        plan.tellChild("the process is to go on");
    }

    private void enter(PlanBuilder plan, ProcessSteps steps, Register init) {
        steps.oomScore();
        steps.joinCgroups(request.cgroup());
        if (request.process().execCPUAffinity() != null) {
            SchedulingSteps.cpus(plan, "final", request.process().execCPUAffinity().finalCpus());
        }
        if (steps.modules().areAny()) {
            proc = plan.open("keep the caller's own /proc at hand", "/proc", Sys.O_PATH | Sys.O_DIRECTORY);
        }
        long namespaces = Namespaces.flags(request.linux().namespaces());
        if (namespaces != 0) {
            plan.setns("join the container's namespaces", init, namespaces);
        }
    }

    private void child(PlanBuilder plan, ProcessSteps steps, Register socket) {
        plan.setsid("start a session");
        if (proc != null) {
            steps.modules().open((words, path) -> plan.open(words, proc, path, Sys.O_WRONLY,
                    Kernel.RESOLVE_NO_XDEV | Kernel.RESOLVE_BENEATH | Kernel.RESOLVE_NO_MAGICLINKS), request.newKeyring());
            plan.close(proc);
        }
        if (request.newKeyring()) {
            steps.keyring("join the container's session keyring", request.id(), false);
        }
        if (request.terminal() != Terminal.NONE) {
            Register root = plan.open("open the container's root", "/", Sys.O_PATH | Sys.O_DIRECTORY);
            steps.terminal(root, socket, false);
            plan.close(root);
        }
        if (request.linux().has(NamespaceType.USER)) {
            plan.tellParent("joined");
            plan.awaitParent("wait for the limits");
        }
        Register found = steps.settle(facts, request.keepsGroups(), request.extraEnv());
        steps.filter();
        steps.exec(found);
    }
}
