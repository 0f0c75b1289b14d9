package dev.caisson.cli.command;

import dev.caisson.cli.engine.FrontLostException;
import dev.caisson.cli.engine.Invocation;
import dev.caisson.cli.lifecycle.ExecOptions;
import dev.caisson.cli.lifecycle.ExecProcess;
import dev.caisson.spec.SpecException;
import java.io.IOException;
import java.util.List;

/** {@code exec}: runs a further process in a running container. */
final class Exec implements Verb {

    /** What tells an exec that failed from a process that ended with a code of its own. */
    private static final int FAILED = 255;

    private static final Option CONSOLE_SOCKET = Option.text("console-socket", "socket",
            "send the master end of the process's terminal to this unix socket");
    private static final Option PIDFD_SOCKET = Option.text("pidfd-socket", "socket", "send a pidfd of the process to this unix socket");
    private static final Option CWD = Option.text("cwd", "folder", "the working directory in the container");
    private static final Option ENV = Option.texts("env", 'e', "name=value", "set an environment variable");
    private static final Option TTY = Option.flag("tty", 't', "give the process a terminal");
    private static final Option USER = Option.text("user", 'u', "uid[:gid]", "the user in the container");
    private static final Option ADDITIONAL_GIDS = Option.numbers("additional-gids", 'g', "gid", "add a supplementary group");
    private static final Option PROCESS = Option.text("process", 'p', "file", "run the process that this JSON file holds");
    private static final Option DETACH = Option.flag("detach", 'd', "return as soon as the process runs");
    private static final Option PID_FILE = Option.text("pid-file", "file", "write the pid of the process to this file");
    private static final Option PROCESS_LABEL = Option.text("process-label", "label", "the SELinux label of the process");
    private static final Option APPARMOR = Option.text("apparmor", "profile", "the AppArmor profile of the process");
    private static final Option NO_NEW_PRIVS = Option.flag("no-new-privs", "let the process gain no privileges");
    private static final Option CAP = Option.texts("cap", 'c', "capability", "add a capability");
    private static final Option PRESERVE_FDS = Option.number("preserve-fds", "n",
            "hand down this many descriptors after the standard ones");
    private static final Option CGROUP = new Option("cgroup", Option.NO_LETTER, Option.Kind.TEXTS, "[controller:]path",
            "run the process in a cgroup beneath the container's");
    private static final Option IGNORE_PAUSED = Option.flag("ignore-paused", "go on although the container is paused");

    private static final Syntax SYNTAX = new Syntax("exec", "<container-id> <command> [arguments]",
            "runs a process in a running container",
            List.of("Options stand before the id: all that follows it is the process's own."),
            List.of(CONSOLE_SOCKET, PIDFD_SOCKET, CWD, ENV, TTY, USER, ADDITIONAL_GIDS, PROCESS, DETACH, PID_FILE, PROCESS_LABEL, APPARMOR,
                    NO_NEW_PRIVS, CAP, PRESERVE_FDS, CGROUP, IGNORE_PAUSED), 1, Syntax.ANY, false);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        try {
            return ExecProcess.run(context, options(context.invocation(), arguments));
        } catch (FrontLostException e) {
            throw e;
        } catch (CommandException | SpecException e) {
            throw new CommandException("exec failed: " + e.getMessage(), FAILED);
        } catch (IOException e) {
            throw new CommandException("exec failed: " + Failures.words(e), FAILED);
        }
    }

    private static ExecOptions options(Invocation invocation, Arguments arguments) throws CommandException {
        List<String> operands = arguments.operands();
        return new ExecOptions(operands.getFirst(), operands.subList(1, operands.size()),
                CreateArguments.path(invocation, arguments.text(PROCESS)), arguments.text(CWD), arguments.texts(ENV), arguments.flag(TTY),
                arguments.text(USER), arguments.numbers(ADDITIONAL_GIDS), arguments.texts(CAP), arguments.flagOrNull(NO_NEW_PRIVS),
                arguments.text(PROCESS_LABEL), arguments.text(APPARMOR), arguments.texts(CGROUP), arguments.flag(DETACH),
                CreateArguments.path(invocation, arguments.text(PID_FILE)), CreateArguments.path(invocation, arguments.text(CONSOLE_SOCKET)),
                CreateArguments.path(invocation, arguments.text(PIDFD_SOCKET)),
                CreateArguments.preserveFds(arguments.number(PRESERVE_FDS)), arguments.flag(IGNORE_PAUSED));
    }
}
