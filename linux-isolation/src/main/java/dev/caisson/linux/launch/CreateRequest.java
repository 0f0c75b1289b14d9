package dev.caisson.linux.launch;

import dev.caisson.linux.seccomp.SeccompFilter;
import dev.caisson.spec.Spec;
import java.util.List;
import java.util.Map;

/**
 * A container to make.
 *
 * @param id           its id
 * @param spec         its configuration, validated
 * @param bundle       the bundle, an absolute path
 * @param rootfs       the root file system's folder, absolute and without symlinks
 * @param fifo         the exec fifo that the process waits at until {@code start}, or null: it starts at once
 * @param terminal     who holds its terminal
 * @param pidfdSocket  a unix socket that is sent the process's pidfd, or null
 * @param preservedFds the descriptors that the process keeps besides the standard ones, each open in the front
 * @param noPivot      whether the root is moved and chrooted to instead of pivoted to ({@code --no-pivot})
 * @param newKeyring   whether the process gets a session keyring of its own
 * @param cgroup       where it goes
 * @param bindSources  for each bind mount's source (as resolved by {@link #source}): whether it is anything but a directory
 * @param idMapWriter  who maps the ids of a new user namespace; null without one
 * @param filter       linux.seccomp, compiled, or null
 * @param extraEnv     environment entries that the caller hands down (LISTEN_FDS …), {@code KEY=VALUE} by key
 */
public record CreateRequest(String id, Spec spec, String bundle, String rootfs, String fifo, Terminal terminal, String pidfdSocket,
                            List<Integer> preservedFds, boolean noPivot, boolean newKeyring, CgroupPlace cgroup,
                            Map<String, Boolean> bindSources, IdMapWriter idMapWriter, SeccompFilter filter,
                            Map<String, String> extraEnv) {

    /** Copies the list and the maps. */
    public CreateRequest {
        preservedFds = List.copyOf(preservedFds);
        bindSources = Map.copyOf(bindSources);
        extraEnv = Map.copyOf(extraEnv);
    }

    /** A bind mount's source as an absolute path: relative ones are beneath the bundle. */
    public static String source(String bundle, String source) {
        return source.startsWith("/") ? source : bundle + "/" + source;
    }
}
