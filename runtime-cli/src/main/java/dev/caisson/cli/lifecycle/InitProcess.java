package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.state.ProcessId;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;

/** A container's process, held by a pidfd: neither signals nor waiting can meet another process that got the same pid. */
public final class InitProcess implements AutoCloseable {

    private final Descriptor pidfd;
    private final int pid;

    private InitProcess(Descriptor pidfd, int pid) {
        this.pidfd = pidfd;
        this.pid = pid;
    }

    /** The process, or null if it is gone. */
    public static InitProcess open(ProcessId process) throws LinuxException {
        if (process.pid() <= 0) {
            return null;
        }
        Descriptor pidfd;
        try {
            pidfd = Sys.pidfdOpen(process.pid());
        } catch (LinuxException e) {
            if (e.errno() == Errno.ESRCH) {
                return null;
            }
            throw e;
        }
        // The start time is compared after the pidfd was opened: whatever has the pid now, the pidfd has.
        if (!process.isAlive()) {
            pidfd.close();
            return null;
        }
        return new InitProcess(pidfd, process.pid());
    }

    /** Its pidfd, which can be read when it has ended. */
    Descriptor descriptor() {
        return pidfd;
    }

    /** @throws CommandException in the words that callers know, also for a process that ended just now */
    public void signal(int signal) throws CommandException {
        try {
            Sys.pidfdSendSignal(pidfd.fd(), signal, "signal process " + pid);
        } catch (LinuxException e) {
            String why = e.errno() == Errno.ESRCH ? "process already finished" : Errno.text(e.errno());
            throw new CommandException("unable to signal init: " + why, e);
        }
    }

    /** Kills it, if it is there still, and waits for its end; false if that does not come in time. */
    public boolean kill(int timeoutMillis) throws LinuxException {
        try {
            Sys.pidfdSendSignal(pidfd.fd(), ContainerCgroup.SIGKILL, "kill process " + pid);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ESRCH) {
                throw e;
            }
        }
        return Sys.awaitReadable(pidfd.fd(), timeoutMillis);
    }

    @Override
    public void close() {
        pidfd.close();
    }
}
