package dev.caisson.spec;

import java.util.List;

/**
 * Programs to run at points of the container's life, each list in its order (config.md, "POSIX-platform Hooks").
 *
 * @param prestart        deprecated: in the runtime's namespaces, after the environment is made and before pivot_root
 * @param createRuntime   in the runtime's namespaces, after the environment is made and before pivot_root
 * @param createContainer in the container's namespaces, before pivot_root; paths are the runtime's
 * @param startContainer  in the container's namespaces, at {@code start}, before the user's program; paths are the container's
 * @param poststart       in the runtime's namespaces, after the user's program was started; failures are logged
 * @param poststop        in the runtime's namespaces, after {@code delete}; failures are logged
 */
public record Hooks(List<Hook> prestart, List<Hook> createRuntime, List<Hook> createContainer, List<Hook> startContainer,
                    List<Hook> poststart, List<Hook> poststop) {

    /** Copies the lists. */
    public Hooks {
        prestart = Copies.list(prestart);
        createRuntime = Copies.list(createRuntime);
        createContainer = Copies.list(createContainer);
        startContainer = Copies.list(startContainer);
        poststart = Copies.list(poststart);
        poststop = Copies.list(poststop);
    }
}
