package dev.caisson.linux.launch;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.seccomp.SeccompFilter;
import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Spec;
import java.nio.charset.StandardCharsets;

/**
 * Who answers the system calls that a filter asks a listener about, and what it is told of the process (config-linux.md, "Seccomp" and
 * "The Container Process State").
 *
 * @param path      linux.seccomp.listenerPath: the unix socket where it waits
 * @param state     the container process state, with room for pids, which are known only when the plan runs
 * @param pidFrom   where the process's pid goes
 * @param statePid  where the container's pid goes; negative: it is there already
 */
public record SeccompAgent(String path, byte[] state, int pidFrom, int statePid) {

    /** The version of the specification that the container process state complies with. */
    private static final String VERSION = "1.3.0";

    /** Of a container that is being made: its process is the one that the filter is for. */
    static SeccompAgent ofCreation(Seccomp profile, HookState state) {
        return of(profile, state, true);
    }

    /**
     * Of a process that is added to a container that runs.
     *
     * @param filter the container's, or null
     * @param pid    the container's
     * @return null where the filter asks nobody
     */
    public static SeccompAgent ofExec(SeccompFilter filter, Spec spec, String id, long pid, String bundle) {
        return filter == null || !filter.notifies() ? null : of(spec.linux().seccomp(),
                HookState.of(spec.ociVersion(), id, "running", pid, bundle, spec.annotations()), false);
    }

    private static SeccompAgent of(Seccomp profile, HookState state, boolean pidIsLater) {
        StringBuilder out = new StringBuilder(512);
        out.append("{\"ociVersion\":\"" + VERSION + "\",\"fds\":[\"seccompFd\"],\"pid\":");
        int pidFrom = out.length();
        out.repeat(' ', HookState.PID_WIDTH - 1).append('0');
        if (profile.listenerMetadata() != null) {
            out.append(",\"metadata\":\"").append(JsonStringEncoder.getInstance().quoteAsString(profile.listenerMetadata())).append('"');
        }
        byte[] head = out.append(",\"state\":").toString().getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[head.length + state.json().length + 1];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(state.json(), 0, all, head.length, state.json().length);
        all[all.length - 1] = '}';
        return new SeccompAgent(profile.listenerPath(), all, pidFrom, pidIsLater ? head.length + state.pidFrom() : -1);
    }

    /**
     * In the parent: takes the listener from the child, which may then go on, and sends it to the agent. In between
     * the child waits in the kernel with each call that the agent is to be asked about.
     */
    void introduce(PlanBuilder plan, Register pid) {
        Register listener = plan.takeFd("take over the listener of linux.seccomp", "listener");
        plan.tellChild("the listener is taken");
        plan.patchPid("put the pid into the container process state", state, pidFrom, HookState.PID_WIDTH, pid);
        if (statePid >= 0) {
            plan.patchPid("put the pid into the container's state", state, statePid, HookState.PID_WIDTH, pid);
        }
        Register socket = plan.connect("connect with seccomp agent at linux.seccomp.listenerPath " + path, path);
        plan.sendFd("send the listener to the seccomp agent", socket, listener, state);
        plan.close(socket);
        plan.close(listener);
    }
}
