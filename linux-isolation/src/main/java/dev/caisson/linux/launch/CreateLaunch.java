package dev.caisson.linux.launch;

import dev.caisson.linux.mounts.MountOptions;
import dev.caisson.linux.mounts.MountSteps;
import dev.caisson.linux.plan.Kernel;
import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Hook;
import dev.caisson.spec.Hooks;
import dev.caisson.spec.Linux;
import dev.caisson.spec.Mount;
import dev.caisson.spec.NamespaceType;
import dev.caisson.spec.Process;
import dev.caisson.spec.Spec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The plans that make a container, in the order in which the front runs them:
 *
 * <ol>
 * <li>{@link #begin}: the child is made, in its namespaces, and starts on its root file system. The engine makes the cgroup
 *     at the same time.</li>
 * <li>{@link #complete}: the child joins the cgroup and goes on until it is ready to become the container's process; hooks
 *     run on the way. The container is <em>created</em>.</li>
 * <li>for {@code run}, {@link #start}: the child executes, and the front waits for it or leaves it. (For {@code create} it waits
 *     at the exec fifo.)</li>
 * </ol>
 *
 * <p>A function of the request and the host's facts: nothing is looked up or changed here. Good for one container.
 */
public final class CreateLaunch {

    private static final Hooks NO_HOOKS = new Hooks(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    private final CreateRequest request;
    private final HostFacts facts;
    private final Spec spec;
    private final Process process;
    private final Linux linux;
    private final Hooks hooks;
    private final long propagation;
    private Register pid;
    private Register pidfd;
    private Register master;

    /** A container to make on a host. */
    public CreateLaunch(CreateRequest request, HostFacts facts) {
        this.request = request;
        this.facts = facts;
        spec = request.spec();
        process = spec.process();
        linux = spec.linux();
        hooks = spec.hooks() == null ? NO_HOOKS : spec.hooks();
        propagation = propagation(linux.rootfsPropagation());
    }

    /** Where the front's report on {@link #begin} has the child's pid. */
    public Register pid() {
        return pid;
    }

    /** The first plan. */
    public LaunchPlan begin() {
        PlanBuilder plan = new PlanBuilder().sealed();
        ProcessSteps steps = new ProcessSteps(plan, process, linux, request.preservedFds(), request.filter());
        steps.expectPreserved();
        Register fifo = request.fifo() == null ? null : plan.open("open the exec fifo", request.fifo(), Sys.O_RDWR);
        Register socket = request.terminal() instanceof Terminal.Socket(String path)
                ? plan.connect("connect to the console socket " + path, path) : null;
        Register cgroup = request.cgroup().folder() == null ? null
                : plan.open("open the cgroup " + request.cgroup().folder(), request.cgroup().folder(), Sys.O_PATH | Sys.O_DIRECTORY);
        NamespaceSteps namespaces = new NamespaceSteps(plan);
        namespaces.open(linux.namespaces());
        pidfd = plan.register("pidfd");
        namespaces.inPidNamespace(() -> pid = plan.child("make the container's process", namespaces.created(), cgroup, pidfd,
                () -> child(plan, steps, namespaces, fifo, socket)));
        return plan.build();
    }

    /** The second plan, once the cgroup is there. */
    public LaunchPlan complete() {
        PlanBuilder plan = continued();
        plan.tellChild("the cgroup is ready");
        // The order of the child's messages: the terminal, then the halt for hooks, then that it is ready.
        if (request.terminal() instanceof Terminal.Foreground) {
            master = plan.receiveFd("receive the terminal", "master");
        }
        if (haltsForHooks()) {
            plan.awaitChild("wait for the root file system");
            HookState state = state("creating");
            HookSteps.run(plan, "prestart", hooks.prestart(), state, pid);
            HookSteps.run(plan, "createRuntime", hooks.createRuntime(), state, pid);
            plan.tellChild("the hooks have run");
        }
        if (request.filter() != null && request.filter().notifies()) {
            SeccompAgent.ofCreation(linux.seccomp(), state("creating")).introduce(plan, pid);
        }
        plan.awaitChild("wait until the container is ready to start");
        ProcessSteps.sendPidfd(plan, request.pidfdSocket(), pidfd);
        if (request.fifo() != null) {
            plan.detachChild("leave the container to itself");
        }
        return plan.build();
    }

    /**
     * The third plan, for a container that does not wait at a fifo.
     *
     * @param detached whether the command ends once the container runs
     */
    public LaunchPlan start(boolean detached) {
        PlanBuilder plan = continued();
        if (master != null) {
            plan.keep(master);
        }
        plan.tellChild("start");
        plan.awaitExec("wait for the exec");
        HookSteps.run(plan, "poststart", hooks.poststart(), state("running"), pid);
        if (detached) {
            plan.detachChild("leave the container to itself");
        } else {
            plan.await("wait for the container's end", pid, pidfd, master);
        }
        return plan.build();
    }

    /** Where the report on {@link #start} has the exit code. */
    public static Register exitCode(LaunchPlan start) {
        return start.operations().getLast().result();
    }

    /**
     * A plan that runs a hook in the runtime's namespaces, apart from a container's creation.
     *
     * @param kind  {@code "poststart"} or {@code "poststop"}
     * @param index which one of its kind
     * @param pid   0 when there is none any more
     */
    public static LaunchPlan lateHook(String kind, int index, Hook hook, String ociVersion, String id, String status, long pid,
            String bundle, Map<String, String> annotations) {
        PlanBuilder plan = new PlanBuilder();
        HookSteps.run(plan, kind, hook, index, HookState.of(ociVersion, id, status, pid, bundle, annotations));
        return plan.build();
    }

    private PlanBuilder continued() {
        PlanBuilder plan = new PlanBuilder().sealed();
        plan.keep(pid);
        plan.keep(pidfd);
        return plan;
    }

    private boolean haltsForHooks() {
        return !hooks.prestart().isEmpty() || !hooks.createRuntime().isEmpty();
    }

    private HookState state(String status) {
        return HookState.of(spec.ociVersion(), request.id(), status, 0, request.bundle(), spec.annotations());
    }

    private void child(PlanBuilder plan, ProcessSteps steps, NamespaceSteps namespaces, Register fifo, Register socket) {
        plan.setsid("start a session");
        plan.umask("make files with the modes that are asked for", 0);
        namespaces.join();
        RootfsSteps root = new RootfsSteps(plan);
        Register rootfs = root.prepare(request.rootfs(), propagation);
        MountSteps mounts = new MountSteps(plan, rootfs);
        boolean inCgroup = false;
        boolean ownDev = true;
        boolean readonlyDev = false;
        for (Mount mount : spec.mounts()) {
            MountOptions options = MountOptions.parse(mount.type(), mount.options());
            boolean cgroup = !options.bind() && !options.remount() && ("cgroup".equals(mount.type()) || "cgroup2".equals(mount.type()));
            // What is copied into a tmpfs is the container's own memory.
            if ((cgroup || options.copyUp()) && !inCgroup) {
                enterCgroup(plan, steps);
                inCgroup = true;
            }
            boolean dev = MountSteps.isEntry(mount.destination(), "dev");
            if (dev && options.bind() && !options.remount()) {
                ownDev = false;
            } else if (dev && options.readonly()) {
                readonlyDev = true;
                options = options.writable();
            }
            mount(mounts, mount, options, cgroup);
        }
        if (!inCgroup) {
            enterCgroup(plan, steps);
        }
        if (ownDev) {
            root.devices(linux.devices());
        }
        if (request.terminal() != Terminal.NONE) {
            steps.terminal(rootfs, socket, ownDev);
        }
        if (haltsForHooks()) {
            plan.tellParent("the root file system is made");
            plan.awaitParent("wait for the hooks");
        }
        if (!hooks.createContainer().isEmpty()) {
            plan.fchdir("run hooks.createContainer in the root file system", rootfs);
        }
        HookSteps.run(plan, "createContainer", hooks.createContainer(), state("creating"), null);
        if (!process.cwd().equals("/")) {
            root.workingDirectory(process.cwd());
        }
        names(plan);
        sysctls(plan, mounts);
        root.readonly(linux.readonlyPaths());
        root.mask(linux.maskedPaths());
        if (readonlyDev) {
            root.readonlyMount("/dev");
        }
        if (spec.root().readonly()) {
            root.readonlyRoot();
        }
        root.enter(request.noPivot(), propagation);
        if (request.newKeyring()) {
            steps.keyring("join a session keyring", request.id(), true);
        }
        Register found = steps.settle(facts, Annotations.keepsGroups(spec.annotations()), request.extraEnv());
        plan.tellParent("ready to start");
        if (fifo != null) {
            plan.awaitStart("wait for start", fifo);
        } else {
            plan.awaitParent("wait for start");
        }
        HookSteps.run(plan, "startContainer", hooks.startContainer(), state("created"), null);
        steps.exec(found);
    }

    private void enterCgroup(PlanBuilder plan, ProcessSteps steps) {
        plan.awaitParent("wait for the cgroup");
        steps.oomScore();
        steps.joinCgroups(request.cgroup());
        var namespace = linux.namespace(NamespaceType.CGROUP);
        if (namespace != null && (namespace.path() == null || namespace.path().isEmpty())) {
            plan.unshare("make a cgroup namespace with this cgroup as its root", Kernel.CLONE_NEWCGROUP);
        }
    }

    private void mount(MountSteps mounts, Mount mount, MountOptions options, boolean cgroup) {
        if (options.remount()) {
            mounts.remount(mount, options);
        } else if (options.bind()) {
            String source = CreateRequest.source(request.bundle(), mount.source());
            mounts.bind(mount, options, source, request.bindSources().getOrDefault(source, false));
        } else if (!cgroup || !facts.unifiedCgroups() && mount.type().equals("cgroup2")) {
            mounts.fileSystem(mount, options);
        } else if (!facts.unifiedCgroups()) {
            mounts.cgroupV1(mount, options, request.cgroup().hierarchies());
        } else if (linux.has(NamespaceType.CGROUP)) {
            mounts.fileSystem(new Mount(mount.destination(), "cgroup2", "cgroup", mount.options()), options);
        } else {
            mounts.cgroupV2Bind(mount, options, request.cgroup().folder() == null ? "/sys/fs/cgroup" : request.cgroup().folder());
        }
    }

    private void names(PlanBuilder plan) {
        if (spec.hostname() != null && !spec.hostname().isEmpty()) {
            plan.hostname("set hostname " + spec.hostname(), spec.hostname().getBytes(StandardCharsets.UTF_8));
        }
        if (spec.domainname() != null && !spec.domainname().isEmpty()) {
            plan.domainname("set domainname " + spec.domainname(), spec.domainname().getBytes(StandardCharsets.UTF_8));
        }
    }

    private void sysctls(PlanBuilder plan, MountSteps mounts) {
        for (Map.Entry<String, String> sysctl : linux.sysctl().entrySet()) {
            String words = "set linux.sysctl " + sysctl.getKey();
            Register file = mounts.openProc(words, "sys/" + sysctl.getKey().replace('.', '/'), Sys.O_WRONLY);
            plan.write(words + " to " + sysctl.getValue(), file, sysctl.getValue().getBytes(StandardCharsets.UTF_8));
            plan.close(file);
        }
    }

    /** The MS_… flags of linux.rootfsPropagation; 0 where it is absent. */
    private static long propagation(String name) {
        if (name == null || name.isEmpty()) {
            return 0;
        }
        boolean all = name.startsWith("r");
        long kind = switch (all ? name.substring(1) : name) {
            case "shared" -> Kernel.MS_SHARED;
            case "slave" -> Kernel.MS_SLAVE;
            case "private" -> Kernel.MS_PRIVATE;
            case "unbindable" -> Kernel.MS_UNBINDABLE;
            default -> throw new IllegalArgumentException("linux.rootfsPropagation: " + name);
        };
        return kind | (all ? Kernel.MS_REC : 0);
    }
}
