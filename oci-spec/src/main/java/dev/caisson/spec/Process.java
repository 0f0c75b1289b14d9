package dev.caisson.spec;

import java.util.List;

/**
 * The process of a container, or the one that {@code exec} adds (config.md, "Process"). {@code commandLine} is for Windows and not kept.
 *
 * @param terminal        whether the process gets a pseudo-terminal as its standard streams
 * @param consoleSize     size of that terminal, used only with {@code terminal}; null when absent
 * @param user            who runs it; never null, uid 0 and gid 0 when the file says nothing
 * @param args            argument vector, {@code args[0]} is looked up on the PATH of {@code env}; empty when absent
 * @param env             environment as {@code KEY=VALUE}
 * @param cwd             working directory inside the container, an absolute path
 * @param capabilities    capability sets; null when absent: the process then has no capabilities (as with runc)
 * @param rlimits         resource limits, at most one per type
 * @param noNewPrivileges whether the process and its children are barred from gaining privileges by exec
 * @param apparmorProfile AppArmor profile to exec under; null when absent
 * @param selinuxLabel    SELinux label to exec under; null when absent
 * @param oomScoreAdj     value for {@code /proc/[pid]/oom_score_adj}, -1000 to 1000; null leaves it as inherited
 * @param scheduler       scheduling policy; null leaves it as inherited
 * @param ioPriority      I/O priority; null leaves it as inherited
 * @param execCPUAffinity CPUs for processes that {@code exec} adds; null when absent
 */
public record Process(boolean terminal, Box consoleSize, User user, List<String> args, List<String> env, String cwd,
                      Capabilities capabilities, List<Rlimit> rlimits, boolean noNewPrivileges, String apparmorProfile,
                      String selinuxLabel, Integer oomScoreAdj, Scheduler scheduler, IOPriority ioPriority,
                      CPUAffinity execCPUAffinity) {

    /** Copies the lists; a null user becomes {@link User#ROOT}. */
    public Process {
        user = user == null ? User.ROOT : user;
        args = Copies.list(args);
        env = Copies.list(env);
        rlimits = Copies.list(rlimits);
    }
}
