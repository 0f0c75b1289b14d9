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

    /** A builder that starts with this process, e.g. to make {@code exec}'s process from the container's. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Changes some of a process's components. For one thread. */
    public static final class Builder {

        private boolean terminal;
        private Box consoleSize;
        private User user;
        private List<String> args;
        private List<String> env;
        private String cwd;
        private Capabilities capabilities;
        private List<Rlimit> rlimits;
        private boolean noNewPrivileges;
        private String apparmorProfile;
        private String selinuxLabel;
        private Integer oomScoreAdj;
        private Scheduler scheduler;
        private IOPriority ioPriority;
        private CPUAffinity execCPUAffinity;

        private Builder(Process from) {
            terminal = from.terminal;
            consoleSize = from.consoleSize;
            user = from.user;
            args = from.args;
            env = from.env;
            cwd = from.cwd;
            capabilities = from.capabilities;
            rlimits = from.rlimits;
            noNewPrivileges = from.noNewPrivileges;
            apparmorProfile = from.apparmorProfile;
            selinuxLabel = from.selinuxLabel;
            oomScoreAdj = from.oomScoreAdj;
            scheduler = from.scheduler;
            ioPriority = from.ioPriority;
            execCPUAffinity = from.execCPUAffinity;
        }

        /** Sets {@link Process#terminal()}. */
        public Builder terminal(boolean value) {
            terminal = value;
            return this;
        }

        /** Sets {@link Process#consoleSize()}. */
        public Builder consoleSize(Box value) {
            consoleSize = value;
            return this;
        }

        /** Sets {@link Process#user()}. */
        public Builder user(User value) {
            user = value;
            return this;
        }

        /** Sets {@link Process#args()}. */
        public Builder args(List<String> value) {
            args = value;
            return this;
        }

        /** Sets {@link Process#env()}. */
        public Builder env(List<String> value) {
            env = value;
            return this;
        }

        /** Sets {@link Process#cwd()}. */
        public Builder cwd(String value) {
            cwd = value;
            return this;
        }

        /** Sets {@link Process#capabilities()}. */
        public Builder capabilities(Capabilities value) {
            capabilities = value;
            return this;
        }

        /** Sets {@link Process#rlimits()}. */
        public Builder rlimits(List<Rlimit> value) {
            rlimits = value;
            return this;
        }

        /** Sets {@link Process#noNewPrivileges()}. */
        public Builder noNewPrivileges(boolean value) {
            noNewPrivileges = value;
            return this;
        }

        /** Sets {@link Process#apparmorProfile()}. */
        public Builder apparmorProfile(String value) {
            apparmorProfile = value;
            return this;
        }

        /** Sets {@link Process#selinuxLabel()}. */
        public Builder selinuxLabel(String value) {
            selinuxLabel = value;
            return this;
        }

        /** Sets {@link Process#oomScoreAdj()}. */
        public Builder oomScoreAdj(Integer value) {
            oomScoreAdj = value;
            return this;
        }

        /** The process. */
        public Process build() {
            return new Process(terminal, consoleSize, user, args, env, cwd, capabilities, rlimits, noNewPrivileges, apparmorProfile,
                selinuxLabel, oomScoreAdj, scheduler, ioPriority, execCPUAffinity);
        }
    }
}
