package dev.caisson.cli.lifecycle;

import dev.caisson.cli.engine.Report;
import dev.caisson.linux.plan.Arg;
import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.plan.Op;
import dev.caisson.linux.plan.Operation;
import dev.caisson.linux.sys.Errno;

/** Puts a launch plan's failure into the one line that the caller reads. Clients look for parts of these words. */
final class LaunchFailure {

    private LaunchFailure() {}

    /** @param begun the plan in which the child was made: a child's failure is reported by the operation's number in that one */
    static String describe(Report report, LaunchPlan plan, LaunchPlan begun) {
        LaunchPlan failed = report.inChild() ? begun : plan;
        if (report.operation() < 0 || report.operation() >= failed.operations().size()) {
            return "run the launch plan: " + Errno.text(report.errno());
        }
        Operation operation = failed.operations().get(report.operation());
        return switch (operation.op()) {
            case FIND_EXECUTABLE -> executable(operation, begun, report.errno());
            case HOOK -> hook(operation, report);
            case CONNECT -> "failed to " + operation.words() + ": " + Errno.text(report.errno());
            case ADOPT_CHILD, AWAIT_CHILD, AWAIT_EXEC, RECEIVE_FD, TELL_CHILD -> operation.words() + ": the process " + ended(report.detail());
            default -> operation.words() + ": " + Errno.text(report.errno());
        };
    }

    /** As Go's exec.LookPath says it. */
    private static String executable(Operation find, LaunchPlan begun, int errno) {
        String name = program(begun);
        if (name.indexOf('/') < 0) {
            return "exec: \"" + name + "\": "
                    + (errno == Errno.EACCES ? "permission denied" : "executable file not found in $PATH");
        }
        return "exec: \"" + name + "\": " + (errno == Errno.EACCES ? "permission denied" : "stat " + name + ": " + Errno.text(errno));
    }

    private static String program(LaunchPlan begun) {
        for (Operation operation : begun.operations()) {
            if (operation.op() == Op.EXEC && operation.arguments().get(2) instanceof Arg.Texts argv) {
                return ((Arg.Text) argv.items().getFirst()).text();
            }
        }
        return "";
    }

    /** The operation runs other programs too. */
    private static String hook(Operation operation, Report report) {
        boolean hook = operation.words().startsWith("run hooks.");
        String words = (hook ? "error running hook: " : "") + operation.words() + ": ";
        if (report.errno() == Errno.ETIMEDOUT) {
            return words + "it did not end within its timeout";
        }
        return words + (report.errno() != 0 ? Errno.text(report.errno()) : (hook ? "the hook " : "it ") + ended(report.detail()));
    }

    /** A wait status in words (wait(2)): the low seven bits are a signal, the next byte an exit code. */
    private static String ended(int status) {
        int signal = status & 0x7f;
        return signal != 0 ? "was killed by signal " + signal + name(signal) : "ended with exit status " + (status >> 8 & 0xff);
    }

    /** What strsignal(3) calls those that say why. */
    private static String name(int signal) {
        return switch (signal) {
            case 6 -> " (aborted)";
            case 7 -> " (bus error)";
            case 9 -> " (killed)";
            case 11 -> " (segmentation fault)";
            case 15 -> " (terminated)";
            case 31 -> " (bad system call)";
            default -> "";
        };
    }
}
