package dev.caisson.cli.command;

import dev.caisson.cli.engine.Invocation;
import dev.caisson.cli.lifecycle.CreateOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The options that {@code create}, {@code run} and {@code plan} have in common. */
final class CreateArguments {

    private static final Option BUNDLE = Option.text("bundle", 'b', "folder", "the bundle's folder (default: the current one)");
    private static final Option CONFIG = Option.text("config", 'f', "file",
            "read this file, seen from the bundle, instead of its config.json");
    private static final Option CONSOLE_SOCKET = Option.text("console-socket", "socket",
            "send the master end of the container's terminal to this unix socket");
    private static final Option PIDFD_SOCKET = Option.text("pidfd-socket", "socket",
            "send a pidfd of the container's process to this unix socket");
    private static final Option PID_FILE = Option.text("pid-file", "file", "write the pid of the container's process to this file");
    private static final Option NO_PIVOT = Option.flag("no-pivot", "change the root without pivot_root, where the host's is a ramdisk");
    private static final Option NO_NEW_KEYRING = Option.flag("no-new-keyring", "keep the caller's session keyring");
    private static final Option NO_SUBREAPER = Option.flag("no-subreaper", "accepted for compatibility");
    private static final Option PRESERVE_FDS = Option.number("preserve-fds", "n",
            "hand down this many descriptors after the standard ones");

    private static final List<Option> COMMON = List.of(BUNDLE, CONFIG, CONSOLE_SOCKET, PIDFD_SOCKET, PID_FILE, NO_PIVOT, NO_NEW_KEYRING,
            NO_SUBREAPER, PRESERVE_FDS);

    private CreateArguments() {}

    /** These options and a command's own. */
    static List<Option> with(Option... own) {
        List<Option> all = new ArrayList<>(COMMON);
        all.addAll(List.of(own));
        return List.copyOf(all);
    }

    static CreateOptions of(Context context, Arguments arguments, String id) throws CommandException {
        Invocation invocation = context.invocation();
        String config = arguments.text(CONFIG);
        Path bundle = arguments.text(BUNDLE) == null ? invocation.cwd() : invocation.resolve(arguments.text(BUNDLE));
        return new CreateOptions(id, bundle, bundle.resolve(config == null ? "config.json" : config), path(invocation, arguments.text(PID_FILE)),
                path(invocation, arguments.text(CONSOLE_SOCKET)), path(invocation, arguments.text(PIDFD_SOCKET)),
                preserveFds(arguments.number(PRESERVE_FDS)), arguments.flag(NO_PIVOT), arguments.flag(NO_NEW_KEYRING),
                arguments.flag(NO_SUBREAPER));
    }

    /** A path that the caller named, absolute; null for none. */
    static Path path(Invocation invocation, String path) {
        return path == null ? null : invocation.resolve(path);
    }

    /** @throws CommandException for a number that is none of descriptors */
    static int preserveFds(int count) throws CommandException {
        if (count < 0 || count > 1 << 20) {
            throw new CommandException("invalid value \"" + count + "\" for flag -preserve-fds: out of range");
        }
        return count;
    }
}
