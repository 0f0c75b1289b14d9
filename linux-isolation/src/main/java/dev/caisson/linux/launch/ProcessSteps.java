package dev.caisson.linux.launch;

import dev.caisson.linux.capabilities.Capability;
import dev.caisson.linux.capabilities.CapabilitySteps;
import dev.caisson.linux.lsm.LsmSteps;
import dev.caisson.linux.plan.Arg;
import dev.caisson.linux.plan.Kernel;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.seccomp.SeccompFilter;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.Linux;
import dev.caisson.spec.NamespaceType;
import dev.caisson.spec.Process;
import dev.caisson.spec.Rlimit;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a container's first process and one that joins later have in common: from the terminal to the exec. */
final class ProcessSteps {

    /** Room for "HOME=" and a path of PATH_MAX (linux/limits.h). */
    private static final int HOME_ROOM = 5 + 4096;

    private static final List<String> RLIMITS = List.of("RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE",
            "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING",
            "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME"); // asm-generic/resource.h, from 0 on

    private final PlanBuilder plan;
    private final Process process;
    private final Linux linux;
    private final List<Integer> preservedFds;
    private final SeccompFilter filter;
    private final LsmSteps modules;
    private final List<Arg> environment = new ArrayList<>();

    /**
     * @param linux  the container's configuration, of which what holds for all its processes is read
     * @param filter linux.seccomp, or null
     */
    ProcessSteps(PlanBuilder plan, Process process, Linux linux, List<Integer> preservedFds, SeccompFilter filter) {
        this.filter = filter;
        this.plan = plan;
        this.process = process;
        this.linux = linux;
        this.preservedFds = preservedFds;
        modules = new LsmSteps(plan, process.apparmorProfile(), process.selinuxLabel());
    }

    /** In the parent, before anything is opened: the descriptors to keep are there. */
    void expectPreserved() {
        for (int fd : preservedFds) {
            plan.expectOpen("find the preserved descriptor " + fd, fd);
        }
    }

    /** In the parent: hands the process's pidfd to whoever listens at {@code socket}, unless that is null. */
    static void sendPidfd(PlanBuilder plan, String socket, Register pidfd) {
        if (socket != null) {
            Register to = plan.connect("connect to the pidfd socket " + socket, socket);
            plan.sendFd("hand over the pidfd", to, pidfd, "pidfd".getBytes(StandardCharsets.US_ASCII));
            plan.close(to);
        }
    }

    /** Writes the process into each cgroup: its own single thread, which takes no lock that others wait for. */
    void joinCgroups(CgroupPlace place) {
        for (String tasks : place.taskFiles()) {
            // Callers look for "adding pid".
            Register file = plan.open("join the cgroup by adding pid to " + tasks, tasks, Sys.O_WRONLY);
            plan.write("join the cgroup by adding pid to " + tasks, file, new byte[] {'0'});
            plan.close(file);
        }
    }

    /** Sets oom_score_adj, where the configuration asks for it, through the caller's own verified procfs. */
    void oomScore() {
        if (process.oomScoreAdj() != null) {
            Register file = plan.open("open oom_score_adj", "/proc/self/oom_score_adj", Sys.O_WRONLY);
            plan.expectFileSystem("oom_score_adj is the kernel's", file, Kernel.PROC_SUPER_MAGIC);
            plan.write("set process.oomScoreAdj " + process.oomScoreAdj(), file,
                    Integer.toString(process.oomScoreAdj()).getBytes(StandardCharsets.US_ASCII));
            plan.close(file);
        }
    }

    /**
     * Opens a pty of the container, hands its master over and makes its slave the process's descriptors 0 to 2.
     *
     * @param root    the container's root
     * @param socket  where the master goes, or null for the parent
     * @param console whether the slave is shown as /dev/console
     */
    void terminal(Register root, Register socket, boolean console) {
        // Seen to be the kernel's before anything is opened for use, which alone would set off many a device.
        Register pts = plan.open("open the container's /dev/pts", root, "dev/pts", Sys.O_PATH | Sys.O_DIRECTORY,
                Kernel.RESOLVE_IN_ROOT | Kernel.RESOLVE_NO_SYMLINKS);
        plan.expectFileSystem("/dev/pts is a devpts", pts, Kernel.DEVPTS_SUPER_MAGIC);
        Register master = plan.open("open a pty of the container's /dev/pts", pts, "ptmx", Sys.O_RDWR | Sys.O_NOCTTY,
                Kernel.RESOLVE_NO_XDEV | Kernel.RESOLVE_NO_SYMLINKS);
        plan.close(pts);
        plan.unlockPty("unlock the pty", master);
        Register slave = plan.ptyPeer("open the pty's other end", master, Sys.O_RDWR | Sys.O_NOCTTY | Sys.O_CLOEXEC);
        if (process.consoleSize() != null) {
            plan.windowSize("set process.consoleSize", slave, process.consoleSize().height(), process.consoleSize().width());
        } else if (socket == null) {
            plan.windowSize("copy the terminal's size", slave, 0, 0);
            plan.tolerating(Errno.EINVAL, 25 /* ENOTTY */, Errno.EBADF);
        }
        plan.sendFd("hand over the terminal", socket, master, "/dev/ptmx".getBytes(StandardCharsets.US_ASCII));
        if (console) {
            plan.close(plan.makeInRoot("make /dev/console", root, "dev/console", true, 0620));
            Register target = plan.open("no symlink leads to /dev/console", root, "dev/console", Sys.O_PATH,
                    Kernel.RESOLVE_IN_ROOT | Kernel.RESOLVE_NO_SYMLINKS);
            Register tree = plan.cloneTree("show the pty as /dev/console", slave, false);
            plan.attach("show the pty as /dev/console", tree, target);
            plan.close(tree);
            plan.close(target);
        }
        for (int fd = 0; fd <= 2; fd++) {
            plan.dup("make the pty descriptor " + fd, slave, fd);
        }
        plan.close(slave);
        plan.close(master);
        plan.controllingTerminal("make the pty the controlling terminal");
    }

    /**
     * Joins the container's session keyring, so that neither the caller's keys nor another container's are at hand.
     *
     * @param found whether those who join later are to find it by its name, which takes a right to search that new keyrings lack
     */
    void keyring(String words, String id, boolean found) {
        long others = linux.has(NamespaceType.USER) ? Kernel.KEY_OTH_SEARCH : 0;
        modules.labelKeys();
        plan.joinKeyring(words, "_ses." + id, found ? Kernel.KEY_NEW_SESSION | Kernel.KEY_USR_SEARCH | others : 0);
        plan.tolerating(Errno.ENOSYS, Errno.EPERM, 122 /* EDQUOT, errno.h */);
        modules.labelNoMoreKeys();
    }

    /** The process's AppArmor profile and SELinux label. What they are written to must be opened before they are. */
    LsmSteps modules() {
        return modules;
    }

    /**
     * Limits, scheduling, identity, working directory, environment, filter: the container's side is all there.
     *
     * @param keepsGroups whether the supplementary groups are left as they are
     * @param extra       environment entries that the caller hands down
     * @return which candidate is the executable
     */
    Register settle(HostFacts facts, boolean keepsGroups, Map<String, String> extra) {
        boolean inUsers = linux.has(NamespaceType.USER);
        if (!inUsers) {
            limits(plan, process, null);
        }
        plan.ownStdio("give the standard streams to user " + process.user().uid(), process.user().uid());
        if (process.noNewPrivileges()) {
            plan.prctl("set process.noNewPrivileges", Kernel.PR_SET_NO_NEW_PRIVS, 1);
        }
        SchedulingSteps.add(plan, process, linux);
        modules.confine();
        String cwd = process.cwd();
        // Tried with the runtime's rights first: a folder that the user may not enter by itself is still a fit cwd.
        plan.chdir("change to process.cwd " + cwd, cwd);
        plan.tolerating(Errno.EACCES, Errno.EPERM);
        CapabilitySteps capabilities = new CapabilitySteps(plan, facts.lastCapability());
        // A filter that is loaded without no_new_privs takes this capability; all else happens before, with the filter not yet there.
        long kept = filter != null && !process.noNewPrivileges() ? 1L << Capability.number("CAP_SYS_ADMIN") : 0;
        capabilities.become(process.user(), keepsGroups, process.capabilities(), inUsers, kept);
        plan.chdir("change to process.cwd " + cwd, cwd);
        plan.tolerating(Errno.EACCES, Errno.EPERM);
        plan.expectCwd("process.cwd " + cwd + " lies in the container");
        plan.umask("set process.user.umask", process.user().umask() == null ? 0022 : process.user().umask());
        plan.closeRange("close what isn't the container's", 3, 0xffffffffL, Kernel.CLOSE_RANGE_CLOEXEC);
        for (int fd : preservedFds) {
            plan.inherit("keep the preserved descriptor " + fd, fd);
        }
        Register found = plan.findExecutable("find the executable " + process.args().getFirst(), candidates());
        environment(extra);
        if (kept != 0) {
            loadFilter();
        }
        capabilities.confine(process.capabilities(), kept);
        if (kept == 0 && filter != null && filter.notifies()) {
            loadFilter(); // while the parent still listens, to which the listener goes
        }
        return found;
    }

    /** Sets the limits of the process {@code pid}, or of this one; a limit can be raised only by who has rights outside of user namespaces. */
    static void limits(PlanBuilder plan, Process process, Register pid) {
        for (Rlimit limit : process.rlimits()) {
            plan.setRlimit("set process.rlimits " + limit.type(), pid, RLIMITS.indexOf(limit.type()), limit.soft(), limit.hard());
        }
    }

    private void environment(Map<String, String> extra) {
        // Of entries with the same name the last one counts; what the caller hands down counts most.
        Map<String, String> entries = new LinkedHashMap<>();
        for (String entry : process.env()) {
            entries.put(entry.substring(0, entry.indexOf('=')), entry);
        }
        entries.putAll(extra);
        boolean home = entries.containsKey("HOME") && !entries.get("HOME").equals("HOME=");
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            if (home || !entry.getKey().equals("HOME")) {
                environment.add(new Arg.Text(entry.getValue()));
            }
        }
        if (!home) {
            byte[] entry = new byte[HOME_ROOM];
            System.arraycopy("HOME=/".getBytes(StandardCharsets.US_ASCII), 0, entry, 0, 6);
            plan.fillHome("look up the home folder of user " + process.user().uid(), entry, process.user().uid());
            environment.add(new Arg.Bytes(entry));
        }
    }

    private void loadFilter() {
        if (!filter.notifies()) {
            plan.seccomp("load linux.seccomp", filter.flags(), filter.program());
            return;
        }
        Register listener = plan.seccompListener("load linux.seccomp", filter.flags(), filter.program());
        plan.tellFd("tell which descriptor the listener is", listener);
        plan.awaitParent("wait until the listener is taken");
        plan.close(listener);
    }

    /** Loads a filter that takes no privilege, as the last thing but the hooks in the container, which it holds for, and the exec. */
    void filter() {
        if (filter != null && process.noNewPrivileges() && !filter.notifies()) {
            loadFilter();
            plan.labelled();
        }
    }

    /** Becomes the container's process. */
    void exec(Register found) {
        plan.exec("exec " + process.args().getFirst(), candidates(), found, process.args(), environment);
        plan.labelled();
    }

    /** Where the executable may lie: itself if it names a folder, else in each folder of the container's PATH. */
    private List<String> candidates() {
        String name = process.args().getFirst();
        if (name.indexOf('/') >= 0) {
            return List.of(name);
        }
        List<String> candidates = new ArrayList<>();
        for (String entry : process.env()) {
            if (entry.startsWith("PATH=")) {
                candidates.clear();
                int start = 5;
                while (start <= entry.length()) {
                    int end = entry.indexOf(':', start);
                    end = end < 0 ? entry.length() : end;
                    if (entry.startsWith("/", start)) {
                        candidates.add(entry.substring(start, end) + "/" + name);
                    }
                    start = end + 1;
                }
            }
        }
        return candidates;
    }
}
