package dev.caisson.cli.command;

import dev.caisson.cli.command.Globals.LogFormat;
import dev.caisson.cli.engine.Invocation;
import dev.caisson.cli.lifecycle.Host;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The options before the verb. */
final class GlobalOptions {

    private static final Option DEBUG = Option.flag("debug", "log more than errors");
    private static final Option LOG = Option.text("log", "file", "append errors to this file (default: standard error)");
    private static final Option LOG_FORMAT = Option.text("log-format", "format", "the log's format: text or json (default: text)");
    private static final Option ROOT = Option.text("root", "folder",
            "where the containers' state is kept, which should be a tmpfs (default: /run/caisson, or caisson in $XDG_RUNTIME_DIR)");
    private static final Option CRIU = Option.text("criu", "path", "accepted for compatibility");
    private static final Option SYSTEMD_CGROUP = Option.flag("systemd-cgroup", "have systemd make the cgroups");
    private static final Option ROOTLESS = Option.text("rootless", "when",
            "go on without rights on cgroups: true, false or auto (default: auto)");
    private static final Option CGROUP_MANAGER = Option.text("cgroup-manager", "manager",
            "how cgroups are made: cgroupfs, systemd or disabled (default: cgroupfs)");
    static final Option VERSION = Option.flag("version", 'v', "print the version");

    static final Syntax SYNTAX = new Syntax("caisson", "command [arguments]", "runs containers as the OCI runtime specification says",
            List.of(), List.of(DEBUG, LOG, LOG_FORMAT, ROOT, CRIU, SYSTEMD_CGROUP, ROOTLESS, CGROUP_MANAGER, VERSION), 0, Syntax.ANY,
            false);


    private GlobalOptions() {}

    /** @throws CommandException for a value that makes no sense */
    static Globals of(Arguments arguments, Invocation invocation) throws CommandException {
        String root = arguments.text(ROOT);
        String log = arguments.text(LOG);
        boolean systemd = arguments.flag(SYSTEMD_CGROUP);
        return new Globals(root == null ? defaultRoot(invocation) : invocation.resolve(root), root == null,
                log == null ? null : invocation.cwd().resolve(log), format(arguments.text(LOG_FORMAT)), arguments.flag(DEBUG), systemd,
                rootless(arguments.text(ROOTLESS)), manager(arguments.text(CGROUP_MANAGER), systemd));
    }

    private static LogFormat format(String name) throws CommandException {
        if (name == null || name.equals("text")) {
            return LogFormat.TEXT;
        }
        if (name.equals("json")) {
            return LogFormat.JSON;
        }
        throw new CommandException("invalid log-format: " + name);
    }

    private static Boolean rootless(String when) throws CommandException {
        if (when == null || when.equalsIgnoreCase("auto")) {
            return null;
        }
        Boolean value = Arguments.parseBoolean(when);
        if (value == null) {
            throw new CommandException("invalid value " + Text.quote(when) + " for flag -rootless: parse error");
        }
        return value;
    }

    private static String manager(String name, boolean systemd) throws CommandException {
        if (name == null) {
            return systemd ? "systemd" : "cgroupfs";
        }
        if (name.equals("cgroupfs") || name.equals("systemd") || name.equals("disabled")) {
            return name;
        }
        throw new CommandException("invalid value " + Text.quote(name) + " for flag -cgroup-manager: it is cgroupfs, systemd or disabled");
    }

    private static Path defaultRoot(Invocation invocation) {
        String runtime = invocation.env("XDG_RUNTIME_DIR").orElse(null);
        if (invocation.uid() == 0 && (runtime == null || !isUserAsRoot(invocation))) {
            return Path.of("/run/caisson");
        }
        return Path.of(runtime == null ? "/run/user/" + invocation.uid() : runtime, "caisson");
    }

    /** Whether this is a user who is root in a user namespace of their own only, and so can't write to /run. */
    private static boolean isUserAsRoot(Invocation invocation) {
        if (invocation.env("USER").orElse("").equals("root")) {
            return false;
        }
        try {
            return !Host.inInitialUsers();
        } catch (IOException e) {
            return false;
        }
    }
}
