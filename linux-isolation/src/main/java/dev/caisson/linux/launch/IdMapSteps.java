package dev.caisson.linux.launch;

import dev.caisson.linux.plan.Arg;
import dev.caisson.linux.plan.Kernel;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.IdMapping;
import dev.caisson.spec.Linux;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The mappings of user namespaces, and becoming somebody in one. */
final class IdMapSteps {

    /** newuidmap and newgidmap look two files up; more than this is a hang. */
    private static final long PROGRAM_TIMEOUT_MS = 10_000;

    private IdMapSteps() {}

    /** In the parent: maps the ids of the new user namespace that the process {@code pid} is in. */
    static void write(PlanBuilder plan, Linux linux, IdMapWriter writer, Register pid) {
        if (writer instanceof IdMapWriter.Programs programs) {
            run(plan, "map linux.uidMappings", programs.newuidmap(), linux.uidMappings(), pid);
            run(plan, "map linux.gidMappings", programs.newgidmap(), linux.gidMappings(), pid);
            return;
        }
        write(plan, "map linux.uidMappings", pid, "uid_map", lines(linux.uidMappings()));
        if (((IdMapWriter.Direct) writer).denySetgroups()) {
            write(plan, "forbid setgroups, as a user's own mapping must", pid, "setgroups", bytes("deny"));
        }
        write(plan, "map linux.gidMappings", pid, "gid_map", lines(linux.gidMappings()));
    }

    /** In the child: root of the user namespace it is in, and, if they are not kept, in none of the caller's groups where that can be helped. */
    static void becomeRoot(PlanBuilder plan, boolean keepsGroups) {
        if (!keepsGroups) {
            plan.setGroups("leave the caller's groups", new byte[0]);
            plan.tolerating(Errno.EPERM); // setgroups is forbidden to who has mapped no more than its own group
        }
        plan.setGids("become group 0 of the user namespace", 0);
        plan.setUids("become user 0 of the user namespace", 0);
    }

    /** A user namespace for a mount whose ids are to be mapped. */
    static Register namespace(PlanBuilder plan, String words, List<IdMapping> uids, List<IdMapping> gids) {
        return plan.makeUserNamespace(words, lines(uids), lines(gids));
    }

    private static void write(PlanBuilder plan, String words, Register pid, String name, byte[] bytes) {
        Register file = plan.openProc(words, pid, name, Sys.O_WRONLY);
        plan.write(words, file, bytes);
        plan.close(file);
    }

    private static void run(PlanBuilder plan, String words, String program, List<IdMapping> mappings, Register pid) {
        byte[] digits = new byte[HookState.PID_WIDTH + 1];
        plan.patchPid(words, digits, 0, HookState.PID_WIDTH, pid);
        List<Arg> arguments = new ArrayList<>();
        arguments.add(new Arg.Text(program));
        arguments.add(new Arg.Bytes(digits));
        for (IdMapping mapping : mappings) {
            arguments.add(new Arg.Text(Long.toString(mapping.containerID())));
            arguments.add(new Arg.Text(Long.toString(mapping.hostID())));
            arguments.add(new Arg.Text(Long.toString(mapping.size())));
        }
        plan.program(words + " with " + program, program, arguments, PROGRAM_TIMEOUT_MS);
    }

    private static byte[] lines(List<IdMapping> mappings) {
        StringBuilder lines = new StringBuilder();
        for (IdMapping mapping : mappings) {
            lines.append(mapping.containerID()).append(' ').append(mapping.hostID()).append(' ').append(mapping.size()).append('\n');
        }
        return bytes(lines.toString());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
