package dev.caisson.cli.state;

import dev.caisson.spec.State;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is written down of a container, in {@code state.json} of its folder. Immutable.
 *
 * @param ociVersion    version of the specification that its config.json names
 * @param id            its id
 * @param creating      whether {@code create} has not come to its end yet
 * @param creator       the front that creates it: while {@code creating}, a creator that is gone makes the container a stopped one
 * @param init          the container's process, or {@link ProcessId#NONE} while there is none
 * @param bundle        the bundle's folder, absolute
 * @param rootfs        the root file system's folder, absolute
 * @param created       when it was created, RFC 3339 in UTC
 * @param annotations   config.json's annotations
 * @param cgroupManager how its cgroups are managed: "cgroupfs", "systemd", "disabled" or {@link #SHARED}
 * @param cgroups       its cgroup folders, absolute, by controller; the key is empty for cgroup v2. Written down before they are made
 * @param sharesPids    whether it has no pid namespace of its own, so that its processes outlive its first one
 * @param lateHooks     whether config.json has poststart or poststop hooks, for which it is read again
 * @param resctrl       its resctrl group, as {@code ResctrlGroup} writes it down, before it is made; empty without linux.intelRdt
 */
public record ContainerState(String ociVersion, String id, boolean creating, ProcessId creator, ProcessId init, String bundle,
                             String rootfs, String created, Map<String, String> annotations, String cgroupManager,
                             Map<String, String> cgroups, boolean sharesPids, boolean lateHooks, Map<String, String> resctrl) {

    /** A cgroup that other processes were in before: it is theirs as well, and outlives the container. */
    public static final String SHARED = "shared";

    /** Copies the maps, in their order. */
    public ContainerState {
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
        cgroups = Collections.unmodifiableMap(new LinkedHashMap<>(cgroups));
        resctrl = Map.copyOf(resctrl);
    }

    /** One without a resctrl group. */
    public ContainerState(String ociVersion, String id, boolean creating, ProcessId creator, ProcessId init, String bundle, String rootfs,
                          String created, Map<String, String> annotations, String cgroupManager, Map<String, String> cgroups,
                          boolean sharesPids, boolean lateHooks) {
        this(ociVersion, id, creating, creator, init, bundle, rootfs, created, annotations, cgroupManager, cgroups, sharesPids,
                lateHooks, Map.of());
    }

    /** The same, with a resctrl group. */
    public ContainerState withResctrl(Map<String, String> group) {
        return new ContainerState(ociVersion, id, creating, creator, init, bundle, rootfs, created, annotations, cgroupManager, cgroups,
                sharesPids, lateHooks, group);
    }

    /** Whether its cgroup is not its own. */
    public boolean sharesCgroup() {
        return cgroupManager.equals(SHARED);
    }

    /** The same, with its process known. */
    public ContainerState withInit(ProcessId process) {
        return new ContainerState(ociVersion, id, creating, creator, process, bundle, rootfs, created, annotations, cgroupManager,
                cgroups, sharesPids, lateHooks, resctrl);
    }

    /** The same, with its cgroups known. */
    public ContainerState withCgroups(Map<String, String> folders) {
        return new ContainerState(ociVersion, id, creating, creator, init, bundle, rootfs, created, annotations, cgroupManager,
                folders, sharesPids, lateHooks, resctrl);
    }

    /** The same, with {@code create} at its end. */
    public ContainerState whole() {
        return new ContainerState(ociVersion, id, false, creator, init, bundle, rootfs, created, annotations, cgroupManager, cgroups,
                sharesPids, lateHooks, resctrl);
    }

    /** What hooks and the {@code state} command get to see. A stopped container has the pid 0. */
    public State toState(State.Status status) {
        int pid = status == State.Status.STOPPED ? 0 : init.pid();
        return new State(ociVersion, id, status, pid, bundle, annotations, rootfs, created, "");
    }
}
