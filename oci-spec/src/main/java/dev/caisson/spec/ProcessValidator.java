package dev.caisson.spec;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** {@link SpecValidator}'s part for {@link Process}. */
final class ProcessValidator {

    private static final Set<String> RLIMITS = Set.of("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE",
        "RLIMIT_LOCKS", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS",
        "RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK");

    private static final Set<String> CAPABILITIES = Set.of("CAP_AUDIT_CONTROL", "CAP_AUDIT_READ", "CAP_AUDIT_WRITE",
        "CAP_BLOCK_SUSPEND", "CAP_BPF", "CAP_CHECKPOINT_RESTORE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH",
        "CAP_FOWNER", "CAP_FSETID", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_KILL", "CAP_LEASE", "CAP_LINUX_IMMUTABLE",
        "CAP_MAC_ADMIN", "CAP_MAC_OVERRIDE", "CAP_MKNOD", "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_RAW", "CAP_PERFMON", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYSLOG", "CAP_SYS_ADMIN",
        "CAP_SYS_BOOT", "CAP_SYS_CHROOT", "CAP_SYS_MODULE", "CAP_SYS_NICE", "CAP_SYS_PACCT", "CAP_SYS_PTRACE", "CAP_SYS_RAWIO",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_WAKE_ALARM");

    private static final Set<String> POLICIES = Set.of("SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO",
        "SCHED_IDLE", "SCHED_DEADLINE");

    private static final Set<String> SCHEDULER_FLAGS = Set.of("SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM",
        "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN",
        "SCHED_FLAG_UTIL_CLAMP_MAX");

    private static final Set<String> IO_CLASSES = Set.of("IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE");

    /** The greatest id; the one above it, -1, means "leave as it is" to the kernel and would keep the runtime's own. */
    private static final long MAX_ID = 0xffff_fffeL;

    private ProcessValidator() {
    }

    static void process(Check check, Path at, Process process) throws SpecException {
        if (process.cwd() == null || process.cwd().isEmpty()) {
            throw check.error(at.field("cwd"), "Cwd property must not be empty");
        }
        if (!process.cwd().startsWith("/")) {
            throw check.error(at.field("cwd"), "Cwd must be an absolute path, found " + Texts.quote(process.cwd()));
        }
        check.noNul(at.field("cwd"), process.cwd());
        if (process.args().isEmpty()) {
            throw check.error(at.field("args"), "args must not be empty");
        }
        check.noNul(at.field("args"), process.args());
        env(check, at.field("env"), process.env());
        user(check, at.field("user"), process.user());
        if (process.capabilities() != null) {
            capabilities(check, at.field("capabilities"), process.capabilities());
        }
        rlimits(check, at.field("rlimits"), process.rlimits());
        check.noNul(at.field("apparmorProfile"), process.apparmorProfile());
        check.noNul(at.field("selinuxLabel"), process.selinuxLabel());
        if (process.oomScoreAdj() != null) {
            check.range(at.field("oomScoreAdj"), process.oomScoreAdj(), -1000, 1000);
        }
        if (process.scheduler() != null) {
            scheduler(check, at.field("scheduler"), process.scheduler());
        }
        if (process.ioPriority() != null) {
            check.known(at.field("ioPriority").field("class"), "ioPriority.Class", process.ioPriority().priorityClass(), IO_CLASSES);
            check.range(at.field("ioPriority").field("priority"), process.ioPriority().priority(), 0, 7);
        }
        if (process.execCPUAffinity() != null) {
            cpuList(check, at.field("execCPUAffinity").field("initial"), process.execCPUAffinity().initial());
            cpuList(check, at.field("execCPUAffinity").field("final"), process.execCPUAffinity().finalCpus());
        }
    }

    /** Refuses entries that are not KEY=VALUE. Messages have no values, which may be secret. */
    static void env(Check check, Path at, List<String> env) throws SpecException {
        for (int i = 0; i < env.size(); i++) {
            String entry = env.get(i);
            int equals = entry.indexOf('=');
            if (equals < 0) {
                throw check.error(at.item(i), "invalid environment variable: missing '='");
            }
            if (equals == 0) {
                throw check.error(at.item(i), "invalid environment variable: name cannot be empty");
            }
            if (entry.indexOf('\0') >= 0) {
                throw check.error(at.item(i), "invalid environment variable " + Texts.quote(entry.substring(0, equals))
                    + ": contains nul byte (\\x00)");
            }
        }
    }

    private static void user(Check check, Path at, User user) throws SpecException {
        check.range(at.field("uid"), user.uid(), 0, MAX_ID);
        check.range(at.field("gid"), user.gid(), 0, MAX_ID);
        if (user.umask() != null) {
            check.range(at.field("umask"), user.umask(), 0, Cursor.UINT32);
        }
        for (int i = 0; i < user.additionalGids().size(); i++) {
            check.range(at.field("additionalGids").item(i), user.additionalGids().get(i), 0, MAX_ID);
        }
    }

    private static void capabilities(Check check, Path at, Capabilities capabilities) {
        capabilities(check, at.field("bounding"), capabilities.bounding());
        capabilities(check, at.field("effective"), capabilities.effective());
        capabilities(check, at.field("inheritable"), capabilities.inheritable());
        capabilities(check, at.field("permitted"), capabilities.permitted());
        capabilities(check, at.field("ambient"), capabilities.ambient());
    }

    // The specification wants a warning for a name that does not map to something of the kernel's, and no error.
    private static void capabilities(Check check, Path at, List<String> names) {
        for (int i = 0; i < names.size(); i++) {
            if (!CAPABILITIES.contains(names.get(i))) {
                check.warn(at.item(i), "ignoring unknown capability " + Texts.quote(names.get(i)));
            }
        }
    }

    private static void rlimits(Check check, Path list, List<Rlimit> rlimits) throws SpecException {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < rlimits.size(); i++) {
            Path at = list.item(i);
            Rlimit rlimit = rlimits.get(i);
            check.known(at.field("type"), "rlimit type", rlimit.type(), RLIMITS);
            if (!seen.add(rlimit.type())) {
                throw check.error(at.field("type"), "duplicated rlimit type " + Texts.quote(rlimit.type()));
            }
            if (Long.compareUnsigned(rlimit.soft(), rlimit.hard()) > 0) {
                throw check.error(at.field("soft"), "the soft limit " + Long.toUnsignedString(rlimit.soft())
                    + " exceeds the hard limit " + Long.toUnsignedString(rlimit.hard()) + " of " + rlimit.type());
            }
        }
    }

    private static void scheduler(Check check, Path at, Scheduler scheduler) throws SpecException {
        String policy = scheduler.policy();
        check.known(at.field("policy"), "scheduler policy", policy, POLICIES);
        for (int i = 0; i < scheduler.flags().size(); i++) {
            check.known(at.field("flags").item(i), "scheduler flag", scheduler.flags().get(i), SCHEDULER_FLAGS);
        }
        if (policy.equals("SCHED_OTHER") || policy.equals("SCHED_BATCH")) {
            check.range(at.field("nice"), scheduler.nice(), -20, 19);
        }
        if (policy.equals("SCHED_FIFO") || policy.equals("SCHED_RR")) {
            check.range(at.field("priority"), scheduler.priority(), 1, 99);
        } else if (scheduler.priority() != 0) {
            throw check.error(at.field("priority"), "scheduler.priority can only be specified for SchedFIFO or SchedRR policy, found "
                + scheduler.priority() + " with " + policy);
        }
        boolean deadline = scheduler.runtime() != 0 || scheduler.deadline() != 0 || scheduler.period() != 0;
        if (deadline && !policy.equals("SCHED_DEADLINE")) {
            throw check.error(at, "scheduler runtime/deadline/period can only be specified for SchedDeadline policy, found " + policy);
        }
    }

    private static void cpuList(Check check, Path at, String cpus) throws SpecException {
        // An empty list is none, as in other runtimes; one of separators alone is a mistake.
        if (cpus != null && !cpus.isEmpty() && check.numbers(at, "list of CPUs", cpus).isEmpty()) {
            throw check.error(at, "has no CPU in it: " + Texts.quote(cpus));
        }
    }
}
