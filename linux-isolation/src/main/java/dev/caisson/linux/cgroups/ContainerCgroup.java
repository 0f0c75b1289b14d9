package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import java.util.Map;

/**
 * One container's cgroup: on v1 a directory in every mounted hierarchy, on v2 a single one. Building one of these touches nothing.
 *
 * <p>The operations keep no state but the paths, so several threads can use one at once, as far as the operations themselves make
 * sense together. All of them throw {@link CgroupException} with the field or the path, and the kernel's answer.
 */
public sealed interface ContainerCgroup permits V1Cgroup, V2Cgroup {

    /** signal.h. */
    int SIGKILL = 9;

    /**
     * The cgroup that a container is to have on this host.
     *
     * @param cgroupsPath {@code linux.cgroupsPath}: below the mount of each hierarchy, whether it starts with a slash or not; when null
     *                    or empty, the cgroup is {@code /ID}
     * @param id          the container's
     * @throws CgroupException when the path has a {@code ..} component or names the root cgroup, or the host mounts no cgroups; a
     *                         {@link SystemdCgroupException} when the path is of the form {@code slice:prefix:name}
     */
    static ContainerCgroup of(CgroupHost host, String cgroupsPath, String id) throws CgroupException {
        CgroupPath path = CgroupPath.of(cgroupsPath, id);
        return host.unified() ? new V2Cgroup(host.v2(), path) : V1Cgroup.of(host, path);
    }

    /**
     * The cgroup of a container made earlier, from what {@link #paths} gave then. It can't be {@linkplain #create created} again.
     *
     * @throws CgroupException when the paths are not such as {@link #paths} gives
     */
    static ContainerCgroup fromPaths(Map<String, String> paths) throws CgroupException {
        if (paths.isEmpty()) {
            throw new CgroupException("reopen a cgroup: there are no paths");
        }
        for (String path : paths.values()) {
            CgroupPath.checkAbsolute(path);
        }
        String unified = paths.get("");
        return unified != null && paths.size() == 1 ? new V2Cgroup(unified) : new V1Cgroup(paths);
    }

    /**
     * How many processes are in it already, before it is created for another. A frozen one is refused; {@link #create} does so too, this is for
     * before the container is written down, since whoever finds it half-made will end all processes of its cgroup.
     */
    int occupants() throws CgroupException;

    /**
     * Makes the cgroup, with the parents it lacks, and sets its limits. A cgroup that exists already is taken over unless it is
     * frozen. When anything fails, all directories made here are removed again.
     *
     * @param resources {@code linux.resources}; null for no limits. Zeros stand for "not set" wherever clients send them so
     */
    void create(Resources resources) throws CgroupException;

    /** How a process gets into the cgroup. */
    Placement placement();

    /**
     * How a further process gets in. On v2 that is beside the first one, where the container has taken the cgroup's government into its own
     * hands: a cgroup that hands down controllers takes in no process itself (cgroup-v2.rst, "No Internal Process Constraint").
     *
     * @param init the container's first process
     */
    Placement joining(CgroupHost host, int init) throws CgroupException;

    /**
     * Changes limits of the cgroup, leaving alone those that {@code changes} does not have. When one of them is refused, those that were
     * changed before it are put back.
     *
     * @param before  what the cgroup's limits have been
     * @param changes what is to be different, as {@link Resources#updatedBy} takes it
     */
    void update(Resources before, Resources changes) throws CgroupException;

    /** What the processes of the cgroup have used. */
    Statistics statistics() throws CgroupException;

    /** Watches for processes of the cgroup being killed since they came to the limit of memory. */
    OomWatch watchOom() throws CgroupException;

    /** The processes in the cgroup and all cgroups below it, in this process' pid namespace; none when it is gone. */
    int[] pids() throws CgroupException;

    /** Stops all processes of the cgroup where they are, and waits until they are stopped. On failure it is thawed again. */
    void freeze() throws CgroupException;

    /** Lets the processes of the cgroup run again; does nothing when they do. */
    void thaw() throws CgroupException;

    /** Whether the cgroup itself (not only a parent) has been frozen; false when it is gone. */
    boolean frozen() throws CgroupException;

    /**
     * Sends a signal to all processes of the cgroup and the cgroups below it, also to those that are forked meanwhile. It does not
     * wait for them to die. A frozen v1 cgroup is thawed after SIGKILL, which could not reach its processes otherwise.
     *
     * @param signal its number, 1 to 64
     */
    void killAll(int signal) throws CgroupException;

    /**
     * Removes the cgroup and all cgroups below it, waiting for up to 5 seconds for processes that are about to be gone. What is not
     * there is fine.
     *
     * @throws CgroupException when anything stays, with the processes that keep it
     */
    void remove() throws CgroupException;

    /**
     * The cgroup's directories by controller, to be kept and given to {@link #fromPaths} later: on v1 {@code "memory"},
     * {@code "name=systemd"} and so on, on v2 a single one with an empty name. It is the form of runc's state files.
     */
    Map<String, String> paths();
}
