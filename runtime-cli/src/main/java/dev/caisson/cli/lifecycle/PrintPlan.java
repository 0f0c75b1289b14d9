package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.launch.Annotations;
import dev.caisson.linux.launch.CgroupPlace;
import dev.caisson.linux.launch.CreateLaunch;
import dev.caisson.linux.launch.ExecLaunch;
import dev.caisson.linux.launch.ExecRequest;
import dev.caisson.linux.launch.SeccompAgent;
import dev.caisson.linux.launch.Terminal;
import dev.caisson.linux.plan.PlanPrinter;
import dev.caisson.linux.seccomp.SeccompFilter;
import dev.caisson.spec.Process;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.SpecReader;
import dev.caisson.spec.SpecValidator;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;

/** Prints launch plans in words: what create, or exec with a process, would have the front do. Nothing is run or changed. */
public final class PrintPlan {

    private PrintPlan() {}

    /** @return the exit code */
    public static int run(Context context, PlanOptions options) throws CommandException, SpecException, IOException {
        CreateOptions create = options.create();
        Bundle bundle = Bundle.read(context, create.bundle(), create.config());
        ContainerCgroup cgroup = Cgroups.of(context, bundle.spec(), create.id());
        if (options.process() != null) {
            Process process = new SpecReader().readProcess(Files.readAllBytes(options.process()));
            SpecValidator.validate(process);
            CgroupPlace place = cgroup == null ? CgroupPlace.NONE : Cgroups.place(cgroup.paths());
            SeccompFilter filter = context.host().filter(bundle.spec().linux().seccomp());
            ExecLaunch launch = new ExecLaunch(new ExecRequest(create.id(), process,
                    bundle.spec().linux(), terminal(create, process.terminal()), null,
                    PreservedFds.of(context.invocation(), create.preserveFds()), true, place, true,
                    filter, SeccompAgent.ofExec(filter, bundle.spec(), create.id(), 0, bundle.folder().toString()),
                    Annotations.keepsGroups(bundle.spec().annotations()), Map.of()), context.host().facts());
            context.print(PlanPrinter.print(launch.begin()));
            return 0;
        }
        String fifo = context.store().folder(create.id()).resolve("exec.fifo").toString();
        CreateLaunch launch = new CreateLaunch(bundle.request(context, create, fifo,
                terminal(create, bundle.spec().process().terminal()), cgroup, bundle.resctrl(create.id())), context.host().facts());
        context.print(PlanPrinter.print(launch.begin()));
        context.print("The engine makes the cgroup meanwhile. Then:\n");
        context.print(PlanPrinter.print(launch.complete()));
        return 0;
    }

    private static Terminal terminal(CreateOptions options, boolean wanted) {
        if (!wanted) {
            return Terminal.NONE;
        }
        return options.consoleSocket() == null ? Terminal.FOREGROUND : new Terminal.Socket(options.consoleSocket().toString());
    }
}
