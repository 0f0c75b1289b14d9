package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.cli.engine.FrontLostException;
import dev.caisson.cli.engine.Report;
import dev.caisson.cli.state.Container;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.cli.state.ProcessId;
import dev.caisson.cli.state.Rfc3339;
import dev.caisson.linux.cgroups.CgroupException;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.launch.CreateLaunch;
import dev.caisson.linux.launch.CreateRequest;
import dev.caisson.linux.launch.Terminal;
import dev.caisson.linux.network.NetDevices;
import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.resctrl.ResctrlGroup;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.spec.Hooks;
import dev.caisson.spec.NamespaceType;
import dev.caisson.spec.SpecException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container on its way from a bundle to <em>created</em>. Whatever fails on the way, all that was made is taken down again before
 * the command ends; and should the engine die, the front has been told what to invoke.
 */
final class Creation implements AutoCloseable {

    private final Context context;
    private final CreateOptions options;
    private final CreateLaunch launch;
    private final LaunchPlan begun;
    private final Container container;
    private final ResctrlGroup resctrl;
    private ProcessId init = ProcessId.NONE;
    /** The cgroup, once it is this container's own: until then whatever is in it is somebody else's. */
    private ContainerCgroup own;
    private NetDevices netDevices;

    private Creation(Context context, CreateOptions options, CreateLaunch launch, LaunchPlan begun, Container container,
            ResctrlGroup resctrl) {
        this.context = context;
        this.options = options;
        this.launch = launch;
        this.begun = begun;
        this.container = container;
        this.resctrl = resctrl;
    }

    /**
     * Makes a container up to the point where its process waits to be started. Its lock is held until {@link #close}.
     *
     * @param waitsAtFifo whether the process waits for {@code start}; else for {@link #start}
     * @param foreground  whether a terminal is relayed by the command
     */
    static Creation create(Context context, CreateOptions options, boolean waitsAtFifo, boolean foreground)
            throws CommandException, SpecException, IOException {
        Bundle bundle = Bundle.read(context, options.bundle(), options.config());
        Terminal terminal = terminal(options.consoleSocket(), bundle.spec().process().terminal(), foreground);
        Path fifo = context.store().folder(options.id()).resolve("exec.fifo");
        ContainerCgroup cgroup = Cgroups.of(context, bundle.spec(), options.id());
        ResctrlGroup resctrl = bundle.resctrl(options.id());
        CreateRequest request = bundle.request(context, options, waitsAtFifo ? fifo.toString() : null, terminal, cgroup, resctrl);
        CreateLaunch launch = new CreateLaunch(request, context.host().facts());
        LaunchPlan begun = launch.begin();

        int occupants = cgroup == null ? 0 : cgroup.occupants();
        if (occupants > 0) {
            context.warn("container's cgroup is not empty: " + occupants + " process(es) found");
        }
        Map<String, String> cgroups = cgroup == null ? Map.of() : cgroup.paths();
        ContainerState state = new ContainerState(bundle.spec().ociVersion(), options.id(), true,
                ProcessId.of(context.invocation().pid()), ProcessId.NONE, bundle.folder().toString(), request.rootfs(), now(),
                bundle.spec().annotations(), cgroup == null ? "disabled" : occupants > 0 ? ContainerState.SHARED : "cgroupfs", cgroups,
                !bundle.spec().linux().has(NamespaceType.PID), hasLateHooks(bundle.spec().hooks()));
        Container container = context.store().create(options.id(), resctrl == null ? state : state.withResctrl(resctrl.toState()));
        Creation creation = new Creation(context, options, launch, begun, container, resctrl);
        try {
            context.front().undoWith(undo(context, options.id()));
            creation.make(bundle, waitsAtFifo, cgroup);
            return creation;
        } catch (CommandException | IOException | RuntimeException e) {
            creation.abandon(e);
            throw e;
        }
    }

    private void make(Bundle bundle, boolean waitsAtFifo, ContainerCgroup cgroup) throws CommandException, IOException {
        container.saveConfig(bundle.json());
        if (waitsAtFifo) {
            container.makeFifo();
        }
        if (launch.startsInCgroup()) {
            makeGroups(bundle, cgroup);
        }
        context.debug("nsexec container setup");
        Report report = execute(begun);
        int pid = (int) report.value(launch.pid());
        init = ProcessId.of(pid);
        context.debug("child process in init()");
        if (!launch.startsInCgroup()) {
            // The child mounts its file systems meanwhile: making a cgroup of v1 takes as long.
            makeGroups(bundle, cgroup);
        }
        if (launch.hostNetwork() != null) {
            netDevices = NetDevices.between(give(report, launch.hostNetwork()), give(report, launch.containerNetwork()));
            netDevices.move(bundle.spec().linux().netDevices());
        }
        execute(launch.complete());
        context.debug("init: closing the pipe to signal completion");
        if (options.pidFile() != null) {
            writePid(options.pidFile(), pid);
        }
        container.save(container.state().withInit(init).whole());
        letDevicesBe();
    }

    private void letDevicesBe() {
        if (netDevices != null) {
            netDevices.close();
        }
    }

    /** A copy of the descriptor that the front has in a register. */
    private Descriptor give(Report report, Register register) throws IOException {
        return context.front().give((int) report.value(register));
    }

    private void makeGroups(Bundle bundle, ContainerCgroup cgroup) throws IOException {
        if (cgroup != null) {
            cgroup.create(bundle.spec().linux().resources());
            if (!container.state().sharesCgroup()) {
                own = cgroup;
            }
        }
        if (resctrl != null) {
            resctrl.create(bundle.spec().linux().intelRdt());
        }
    }

    /** Starts a container whose process does not wait at a fifo. */
    int start(boolean detached) throws CommandException, IOException {
        LaunchPlan plan = launch.start(detached);
        container.close();
        Report report = execute(plan);
        return detached ? 0 : (int) report.value(CreateLaunch.exitCode(plan));
    }

    private Report execute(LaunchPlan plan) throws CommandException, FrontLostException {
        Report report = context.front().execute(plan);
        if (!report.done()) {
            throw new CommandException(LaunchFailure.describe(report, plan, begun));
        }
        return report;
    }

    /** Takes down what was made. What goes wrong on the way is added to the failure, which is what the caller is told. */
    private void abandon(Exception failure) {
        if (netDevices != null) {
            netDevices.giveBack(failure);
        }
        letDevicesBe();
        try {
            Teardown.end(init, Optional.ofNullable(own), true);
            if (resctrl != null) {
                resctrl.remove();
            }
            container.remove();
        } catch (CommandException | IOException e) {
            failure.addSuppressed(e);
        } finally {
            container.close();
        }
    }

    private static boolean hasLateHooks(Hooks hooks) {
        return hooks != null && !(hooks.poststart().isEmpty() && hooks.poststop().isEmpty());
    }

    private static String now() {
        Instant now = Instant.now();
        return Rfc3339.format(now.getEpochSecond(), now.getNano());
    }

    private static List<String> undo(Context context, String id) {
        return List.of("--root", context.store().root().toString(), "delete", "--force", id);
    }

    /** Writes a pid file as a whole, so that who waits for it reads all of it. */
    static void writePid(Path file, int pid) throws IOException {
        Path draft = file.resolveSibling("." + file.getFileName() + ".tmp");
        try {
            Files.write(draft, Integer.toString(pid).getBytes(StandardCharsets.US_ASCII));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(draft);
            throw new IOException("write --pid-file " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Who holds a process's terminal.
     *
     * @param socket     {@code --console-socket}, or null
     * @param wanted     whether the process has a terminal
     * @param foreground whether the command stays to relay it
     */
    static Terminal terminal(Path socket, boolean wanted, boolean foreground) throws CommandException {
        if (!wanted) {
            if (socket != null) {
                throw new CommandException("cannot use console socket if caisson will not detach or allocate tty");
            }
            return Terminal.NONE;
        }
        if (socket != null) {
            return new Terminal.Socket(socket.toString());
        }
        if (!foreground) {
            throw new CommandException("cannot allocate tty if caisson will detach without setting console socket: use --console-socket");
        }
        return Terminal.FOREGROUND;
    }

    @Override
    public void close() {
        container.close();
    }
}
