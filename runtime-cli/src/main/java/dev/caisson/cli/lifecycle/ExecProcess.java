package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.cli.engine.FrontLostException;
import dev.caisson.cli.engine.Report;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.cli.state.Life;
import dev.caisson.linux.cgroups.CgroupException;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.cgroups.SubCgroups;
import dev.caisson.linux.launch.Annotations;
import dev.caisson.linux.launch.CgroupPlace;
import dev.caisson.linux.launch.ExecLaunch;
import dev.caisson.linux.launch.ExecRequest;
import dev.caisson.linux.launch.SeccompAgent;
import dev.caisson.linux.lsm.SecurityModules;
import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.resctrl.ResctrlGroup;
import dev.caisson.linux.seccomp.SeccompFilter;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Process;
import dev.caisson.spec.Spec;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.SpecReader;
import dev.caisson.spec.SpecValidator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a further process in a container. */
public final class ExecProcess {

    /** What other runtimes end with when the process could not be started, as against a code of its own. */
    private static final int NOT_STARTED = 255;

    private ExecProcess() {}

    /** @return the exit code: the process's in the foreground */
    public static int run(Context context, ExecOptions options) throws CommandException, SpecException, IOException {
        ContainerState state = context.store().read(options.id());
        check(context, options, state);
        Spec spec = new SpecReader().read(Files.readAllBytes(context.store().folder(options.id()).resolve("config.json")));
        Process process = process(context, options, spec);
        for (String warning : SpecValidator.validate(process)) {
            context.warn(warning);
        }
        if (SecurityModules.areAskedFor(process, null)) {
            String refusal = SecurityModules.read(Path.of("/sys")).refusal(process, null, "");
            if (refusal != null) {
                throw new CommandException(refusal);
            }
        }
        try (Descriptor pidfd = Sys.pidfdOpen(state.init().pid())) {
            if (!state.init().isAlive()) {
                throw stopped();
            }
            SeccompFilter filter = context.host().filter(spec.linux().seccomp());
            return launch(context, options, new ExecLaunch(new ExecRequest(options.id(), process,
                    spec.linux(),
                    Creation.terminal(options.consoleSocket(), process.terminal(), !options.detach()), text(options.pidfdSocket()),
                    PreservedFds.of(context.invocation(), options.preserveFds()), true, place(context, options, state), options.detach(),
                    filter, SeccompAgent.ofExec(filter, spec, options.id(), state.init().pid(), state.bundle()),
                    Annotations.keepsGroups(spec.annotations()), Map.of()),
                    context.host().facts()),
                    pidfd);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ESRCH) {
                throw stopped();
            }
            throw e;
        }
    }

    private static int launch(Context context, ExecOptions options, ExecLaunch launch, Descriptor pidfd)
            throws CommandException, IOException {
        LaunchPlan plan = launch.begin();
        context.debug("nsexec container setup");
        Report report = context.front().execute(plan, pidfd);
        if (!report.done()) {
            throw new CommandException(LaunchFailure.describe(report, plan, plan), NOT_STARTED);
        }
        context.debug("child process in init()");
        context.debug("setns_init: about to exec, and has done so");
        if (options.pidFile() != null) {
            Creation.writePid(options.pidFile(), (int) report.value(launch.pid()));
        }
        if (options.detach()) {
            return 0;
        }
        return await(context, launch);
    }

    private static int await(Context context, ExecLaunch launch) throws CommandException, FrontLostException {
        LaunchPlan plan = launch.await();
        Report report = context.front().execute(plan);
        if (!report.done()) {
            throw new CommandException(LaunchFailure.describe(report, plan, plan), NOT_STARTED);
        }
        return (int) report.value(plan.operations().getLast().result());
    }

    private static void check(Context context, ExecOptions options, ContainerState state) throws CommandException, IOException {
        Life life = context.store().life(state);
        if (life == Life.STOPPED) {
            throw stopped();
        }
        if (life == Life.CREATING) {
            throw new CommandException("cannot exec in a container that is being created");
        }
        if (!options.ignorePaused() && !state.cgroups().isEmpty() && ContainerCgroup.fromPaths(state.cgroups()).frozen()) {
            throw new CommandException("cannot exec in a paused container (use --ignore-paused to override)", NOT_STARTED);
        }
    }

    private static CgroupPlace place(Context context, ExecOptions options, ContainerState state) throws CgroupException {
        CgroupPlace place = options.cgroup().isEmpty() ? Cgroups.joining(context.host().cgroups(), state)
                : Cgroups.place(SubCgroups.beneath(state.cgroups(), options.cgroup()));
        ResctrlGroup resctrl = ResctrlGroup.fromState(state.resctrl());
        return resctrl == null ? place : place.with(resctrl.tasks());
    }

    private static CommandException stopped() {
        return new CommandException("cannot exec in a stopped container", NOT_STARTED);
    }

    /** The process to run: from the file, or the container's own with what the options change. */
    private static Process process(Context context, ExecOptions options, Spec spec)
            throws CommandException, SpecException, IOException {
        if (options.process() != null) {
            return ExecOverrides.inherit(new SpecReader().readProcess(CallerFile.read(context, "read --process", options.process())), spec.process());
        }
        Process own = spec.process();
        if (options.arguments().isEmpty()) {
            throw new CommandException("exec: what to run is missing: give a command or --process FILE");
        }
        List<String> environment = new ArrayList<>(own.env());
        environment.addAll(options.environment());
        return new Process(options.terminal(), null, ExecOverrides.user(own.user(), options.user(), options.additionalGids()),
                options.arguments(), environment, options.cwd() == null ? own.cwd() : options.cwd(),
                ExecOverrides.capabilities(own.capabilities(), options.capabilities()), own.rlimits(),
                options.noNewPrivileges() == null ? own.noNewPrivileges() : options.noNewPrivileges(),
                options.apparmor() == null ? own.apparmorProfile() : options.apparmor(),
                options.processLabel() == null ? own.selinuxLabel() : options.processLabel(), own.oomScoreAdj(), own.scheduler(),
                own.ioPriority(), own.execCPUAffinity());
    }

    private static String text(Path path) {
        return path == null ? null : path.toString();
    }
}
