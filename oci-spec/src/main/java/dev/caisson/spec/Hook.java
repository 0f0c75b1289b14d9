package dev.caisson.spec;

import java.util.List;

/**
 * One program of {@link Hooks}; it gets the container's state on its standard input.
 *
 * @param path    absolute path of the program
 * @param args    whole argument vector including {@code argv[0]}; empty when absent: then the vector is the path alone
 * @param env     whole environment as {@code KEY=VALUE}; empty when absent: then the runtime chooses one
 * @param timeout seconds after which the hook counts as failed, more than 0; null for no limit
 */
public record Hook(String path, List<String> args, List<String> env, Long timeout) {

    /** Copies the lists. */
    public Hook {
        args = Copies.list(args);
        env = Copies.list(env);
    }

    /** The same with another environment. */
    public Hook withEnv(List<String> other) {
        return new Hook(path, args, other, timeout);
    }
}
