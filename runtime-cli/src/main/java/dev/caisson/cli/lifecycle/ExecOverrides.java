package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.spec.Capabilities;
import dev.caisson.spec.Process;
import dev.caisson.spec.User;
import java.util.ArrayList;
import java.util.List;

/** What the options of {@code exec} change of the container's own process, and what a process of its own takes over from that. */
final class ExecOverrides {

    private static final long LARGEST_ID = 0xfffffffeL; // 0xffffffff means "leave it" to setresuid(2)

    private ExecOverrides() {}

    /** A process from a file, with the container's own settings where it says nothing: those that make a container what it is. */
    static Process inherit(Process given, Process own) {
        return new Process(given.terminal(), given.consoleSize(), umask(given.user(), own.user()), given.args(), given.env(),
                given.cwd(), given.capabilities() == null ? own.capabilities() : given.capabilities(),
                given.rlimits().isEmpty() ? own.rlimits() : given.rlimits(), given.noNewPrivileges(),
                isEmpty(given.apparmorProfile()) ? own.apparmorProfile() : given.apparmorProfile(),
                isEmpty(given.selinuxLabel()) ? own.selinuxLabel() : given.selinuxLabel(),
                given.oomScoreAdj() == null ? own.oomScoreAdj() : given.oomScoreAdj(),
                given.scheduler() == null ? own.scheduler() : given.scheduler(),
                given.ioPriority() == null ? own.ioPriority() : given.ioPriority(),
                given.execCPUAffinity() == null ? own.execCPUAffinity() : given.execCPUAffinity());
    }

    private static boolean isEmpty(String text) {
        return text == null || text.isEmpty();
    }

    private static User umask(User given, User own) {
        return given.umask() == null ? new User(given.uid(), given.gid(), own.umask(), given.additionalGids()) : given;
    }

    /** @param text {@code UID[:GID]}, or null */
    static User user(User own, String text, List<Long> additionalGids) throws CommandException {
        List<Long> gids = new ArrayList<>(own.additionalGids());
        gids.addAll(additionalGids);
        if (text == null) {
            return new User(own.uid(), own.gid(), own.umask(), gids);
        }
        int colon = text.indexOf(':');
        long uid = id(text, colon < 0 ? text : text.substring(0, colon));
        long gid = colon < 0 ? own.gid() : id(text, text.substring(colon + 1));
        return new User(uid, gid, own.umask(), gids);
    }

    private static long id(String option, String digits) throws CommandException {
        try {
            long id = Long.parseLong(digits);
            if (id >= 0 && id <= LARGEST_ID) {
                return id;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new CommandException("exec --user " + option + ": " + digits + " is no user or group id");
    }

    /** Adds names to the sets that matter to a program without capabilities of its own; ambient ones would need inheritable ones. */
    static Capabilities capabilities(Capabilities own, List<String> more) {
        if (more.isEmpty()) {
            return own;
        }
        Capabilities sets = own != null ? own : new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of());
        return new Capabilities(with(sets.bounding(), more), with(sets.effective(), more), sets.inheritable(),
                with(sets.permitted(), more), sets.ambient());
    }

    private static List<String> with(List<String> set, List<String> more) {
        List<String> all = new ArrayList<>(set);
        for (String name : more) {
            String upper = name.toUpperCase(java.util.Locale.ROOT);
            all.add(upper.startsWith("CAP_") ? upper : "CAP_" + upper);
        }
        return all;
    }
}
