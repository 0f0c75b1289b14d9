package dev.caisson.cli.engine;

import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.LinuxException;
import java.util.List;

/**
 * The native process that the caller started, as a command sees it: it does in the caller's place what the engine tells it.
 * Belongs to the one thread that runs the command.
 */
public interface Front {

    /**
     * Has the front carry out a plan, and waits for the end of it: that of a foreground container may be days away.
     *
     * @param plan        what to do
     * @param descriptors what {@link LaunchPlan#passed} names the registers for, in that order; they stay the caller's to close
     * @return what became of it; a plan that failed is a report, not an exception
     * @throws FrontLostException if the front is gone
     */
    Report execute(LaunchPlan plan, Descriptor... descriptors) throws FrontLostException;

    /**
     * Says what is to be invoked if this engine is lost from now on.
     *
     * @param arguments a command line without the program's name; empty: nothing is left to undo
     * @throws FrontLostException if the front is gone
     */
    void undoWith(List<String> arguments) throws FrontLostException;

    /**
     * A copy of one of the front's own descriptors.
     *
     * @return the descriptor, the caller's to close
     * @throws LinuxException     with EBADF if the front has none of this number
     * @throws FrontLostException if the front is gone
     */
    Descriptor give(int fd) throws LinuxException, FrontLostException;

    /**
     * Writes all of {@code bytes} to the caller's descriptor 1 or 2. What the caller can't take is lost without a word.
     *
     * @throws FrontLostException if the front is gone
     */
    void write(int fd, byte[] bytes) throws FrontLostException;
}
