package dev.caisson.linux.launch;

import dev.caisson.linux.mounts.MountOptions;
import dev.caisson.linux.mounts.MountSteps;
import dev.caisson.linux.mounts.MountTargets;
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
import java.util.HashMap;
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

    /** So many mounts' sources are opened with the caller's rights, as there are registers for; more must be open to all. */
    private static final int SOURCES_AT_ONCE = Register.COUNT / 2;

    private static final Hooks NO_HOOKS = new Hooks(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    private final CreateRequest request;
    private final HostFacts facts;
    private final Spec spec;
    private final Process process;
    private final Linux linux;
    private final Hooks hooks;
    private final long propagation;
    private final boolean inUsers;
    private final Map<Integer, Register> sources = new HashMap<>();
    private Register pid;
    private Register pidfd;
    private Register master;
    private Register hostNetwork;
    private Register containerNetwork;

    /** A container to make on a host. */
    public CreateLaunch(CreateRequest request, HostFacts facts) {
        this.request = request;
        this.facts = facts;
        spec = request.spec();
        process = spec.process();
        linux = spec.linux();
        hooks = spec.hooks() == null ? NO_HOOKS : spec.hooks();
        propagation = propagation(linux.rootfsPropagation());
        inUsers = linux.has(NamespaceType.USER);
    }

    /** Whether the cgroup has to be there before {@link #begin}. */
    public boolean startsInCgroup() {
        return facts.unifiedCgroups() || inUsers;
    }

    /** Where the front's report on {@link #begin} has the child's pid. */
    public Register pid() {
        return pid;
    }

    /** Where the report on {@link #begin} has a netlink socket of the runtime's network namespace; null without linux.netDevices. */
    public Register hostNetwork() {
        return hostNetwork;
    }

    /** Likewise, of the container's. */
    public Register containerNetwork() {
        return containerNetwork;
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
        if (!linux.netDevices().isEmpty()) {
            hostNetwork = plan.netlink("open a netlink socket where linux.netDevices come from", Kernel.NETLINK_ROUTE);
        }
        NamespaceSteps namespaces = new NamespaceSteps(plan);
        namespaces.open(linux.namespaces(), linux.timeOffsets());
        Map<Integer, Register> mappings = idMappings(plan, namespaces);
        pidfd = plan.register("pidfd");
        if (inUsers) {
            pid = plan.register("pid");
            namespaces.inPidNamespace(() -> plan.release(plan.child("make a process with the caller's rights", 0, cgroup, null, () -> {
                Register rootfs = firstHalf(plan, steps, namespaces, mappings);
                child(plan, steps, rootfs, mappings, fifo, socket);
            })));
            plan.adoptChild("go on with the container's process", pid, pidfd);
            if (request.idMapWriter() != null) {
                IdMapSteps.write(plan, linux, request.idMapWriter(), pid);
            }
            plan.tellChild("the container's process is to go on");
        } else {
            namespaces.inPidNamespace(() -> pid = namespaces.child(cgroup, pidfd, () -> {
                namespaces.join();
                child(plan, steps, null, mappings, fifo, socket);
            }));
        }
        if (hostNetwork != null) {
            containerNetwork = plan.receiveFd("receive a netlink socket of where linux.netDevices go", "inside");
        }
        return plan.build();
    }

    /** In the parent: a user namespace for each mount whose files' owners are to be mapped, by the mount's number. */
    private Map<Integer, Register> idMappings(PlanBuilder plan, NamespaceSteps namespaces) {
        Map<Integer, Register> mappings = new HashMap<>();
        for (int i = 0; i < spec.mounts().size(); i++) {
            Mount mount = spec.mounts().get(i);
            if (!mount.idMapped()) {
                continue;
            }
            boolean own = !mount.uidMappings().isEmpty();
            if (!own && namespaces.users() != null) {
                mappings.put(i, namespaces.users());
            } else {
                mappings.put(i, IdMapSteps.namespace(plan, "make a user namespace with the id mappings of mounts[" + i + "]",
                        own ? mount.uidMappings() : linux.uidMappings(), own ? mount.gidMappings() : linux.gidMappings()));
            }
        }
        return mappings;
    }

    /**
     * What takes the rights that the caller has outside of the container's user namespace.
     *
     * @return the rootfs, detached; or null where the caller has no right to detach it, and needs none to reach it
     */
    private Register firstHalf(PlanBuilder plan, ProcessSteps steps, NamespaceSteps namespaces, Map<Integer, Register> mappings) {
        boolean writable = !facts.root() && request.idMapWriter() != null;
        if (writable) {
            // Else the files of the process in /proc are root's, and the id maps can't be written by anybody else.
            plan.prctl("own the files in /proc", Kernel.PR_SET_DUMPABLE, 1);
        }
        steps.oomScore();
        steps.joinCgroups(request.cgroup());
        Register rootfs = null;
        if (facts.root()) {
            rootfs = RootfsSteps.detached(plan, request.rootfs());
            detachSources(plan, mappings);
        }
        namespaces.passOn();
        if (writable) {
            plan.prctl("own the files in /proc no longer", Kernel.PR_SET_DUMPABLE, 0);
        }
        IdMapSteps.becomeRoot(plan, Annotations.keepsGroups(spec.annotations()));
        namespaces.createAsRoot();
        return rootfs;
    }

    private void detachSources(PlanBuilder plan, Map<Integer, Register> mappings) {
        for (int i = 0; i < spec.mounts().size() && sources.size() < SOURCES_AT_ONCE; i++) {
            Mount mount = spec.mounts().get(i);
            MountOptions options = MountOptions.parse(mount.type(), mount.options());
            if (options.showsSource()) {
                Register source = MountSteps.source(plan, mount, options, source(mount), mappings.get(i));
                plan.setAttributes("keep mounts from the host", source, true, 0, 0, Kernel.MS_SLAVE);
                sources.put(i, source);
            }
        }
    }

    /** The second plan, once the cgroup is there. */
    public LaunchPlan complete() {
        PlanBuilder plan = continued();
        if (hostNetwork != null) {
            plan.keep(hostNetwork);
            plan.keep(containerNetwork);
            plan.close(hostNetwork);
            plan.close(containerNetwork);
        }
        if (!inUsers) {
            plan.tellChild("the cgroup is ready");
        }
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
        if (inUsers) {
            ProcessSteps.limits(plan, process, pid);
        }
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

    private void child(PlanBuilder plan, ProcessSteps steps, Register detached, Map<Integer, Register> mappings, Register fifo,
            Register socket) {
        plan.setsid("start a session");
        plan.umask("make files with the modes that are asked for", 0);
        if (hostNetwork != null) {
            Register inside = plan.netlink("open a netlink socket where linux.netDevices go", Kernel.NETLINK_ROUTE);
            plan.sendFd("hand over the netlink socket", null, inside, new byte[0]);
            plan.close(inside);
        }
        RootfsSteps root = new RootfsSteps(plan, inUsers || !facts.initialUsers());
        Register rootfs = detached;
        if (detached != null) {
            root.prepare(detached);
        } else {
            rootfs = root.prepare(request.rootfs(), propagation);
        }
        MountSteps mounts = new MountSteps(plan, rootfs, linux.mountLabel());
        boolean inCgroup = false;
        boolean ownDev = true;
        boolean readonlyDev = false;
        for (int i = 0; i < spec.mounts().size(); i++) {
            Mount mount = spec.mounts().get(i);
            MountOptions options = MountOptions.parse(mount.type(), mount.options());
            boolean cgroup = !options.bind() && !options.remount() && ("cgroup".equals(mount.type()) || "cgroup2".equals(mount.type()));
            // What is copied into a tmpfs is the container's own memory.
            if ((cgroup || options.copyUp()) && !inCgroup) {
                enterCgroup(plan, steps);
                inCgroup = true;
            }
            boolean dev = MountTargets.plain(mount.destination()).equals("/dev");
            if (dev && options.showsSource()) {
                ownDev = false;
            } else if (dev && options.readonly()) {
                readonlyDev = true;
                options = options.writable();
            }
            if (options.showsSource()) {
                bind(plan, mounts, i, options, mappings.get(i));
            } else {
                mount(mounts, mount, options, cgroup);
            }
        }
        if (!inCgroup) {
            enterCgroup(plan, steps);
        }
        if (ownDev) {
            root.devices(linux.devices(), mounts);
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
        if (steps.modules().areAny()) {
            steps.modules().open((words, path) -> mounts.openSelf(words, path, Sys.O_WRONLY), request.newKeyring());
        }
        root.readonly(linux.readonlyPaths(), mounts);
        root.mask(linux.maskedPaths(), linux.mountLabel(), mounts);
        if (readonlyDev) {
            Register dev = mounts.at("/dev");
            root.readonlyMount("/dev", dev == null ? mounts.find("find the mount /dev", "/dev") : dev);
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
        steps.filter();
        HookSteps.run(plan, "startContainer", hooks.startContainer(), state("created"), null);
        steps.exec(found);
    }

    private void enterCgroup(PlanBuilder plan, ProcessSteps steps) {
        if (!inUsers) {
            plan.awaitParent("wait for the cgroup");
            steps.oomScore();
            steps.joinCgroups(request.cgroup());
        }
        var namespace = linux.namespace(NamespaceType.CGROUP);
        if (namespace != null && (namespace.path() == null || namespace.path().isEmpty())) {
            plan.unshare("make a cgroup namespace with this cgroup as its root", Kernel.CLONE_NEWCGROUP);
        }
    }

    private void bind(PlanBuilder plan, MountSteps mounts, int index, MountOptions options, Register mapping) {
        Mount mount = spec.mounts().get(index);
        String source = source(mount);
        Register tree = sources.get(index);
        if (tree == null) {
            tree = MountSteps.source(plan, mount, options, source, mapping);
        }
        mounts.bind(mount, options, tree, source, request.bindSources().getOrDefault(source, false));
    }

    private String source(Mount mount) {
        return CreateRequest.source(request.bundle(), mount.source());
    }

    private void mount(MountSteps mounts, Mount mount, MountOptions options, boolean cgroup) {
        if (options.remount()) {
            mounts.remount(mount, options);
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
