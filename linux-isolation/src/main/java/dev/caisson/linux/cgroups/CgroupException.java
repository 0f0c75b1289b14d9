package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.LinuxException;
import java.io.IOException;

/** Something about a cgroup that can't be done: one line of what was being done, to which field or path, and the answer to it. */
public class CgroupException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Something that was refused before the kernel was asked. */
    public CgroupException(String message) {
        super(message);
    }

    /** Something that the kernel refused: {@code message} already says its answer. */
    public CgroupException(String message, LinuxException cause) {
        super(message, cause);
    }

    /** The kernel's answer, one of errno.h's numbers; 0 when it was not the kernel who refused. */
    public int errno() {
        return getCause() instanceof LinuxException e ? e.errno() : 0;
    }
}
