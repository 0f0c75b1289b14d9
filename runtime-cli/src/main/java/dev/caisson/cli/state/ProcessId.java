package dev.caisson.cli.state;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.nio.charset.StandardCharsets;

/**
 * A process that can't be mistaken for a later one of the same number.
 *
 * @param pid       the number; 0 for no process
 * @param startTime when it started, in clock ticks since boot: field 22 of /proc/PID/stat
 */
public record ProcessId(int pid, long startTime) {

    /** No process. */
    public static final ProcessId NONE = new ProcessId(0, 0);

    /** The process that has this number now, or {@link #NONE}. A zombie counts as none. */
    public static ProcessId of(int pid) {
        if (pid <= 0) {
            return NONE;
        }
        byte[] stat = new byte[1024];
        int length;
        try (Descriptor file = Sys.open("/proc/" + pid + "/stat", Sys.O_RDONLY, 0)) {
            length = Sys.read(file.fd(), stat, "read /proc/" + pid + "/stat");
        } catch (LinuxException e) {
            return NONE;
        }
        return parse(pid, new String(stat, 0, length, StandardCharsets.ISO_8859_1));
    }

    /** Whether it is still there: neither gone, nor a zombie, nor another process of the same number. */
    public boolean isAlive() {
        ProcessId now = of(pid);
        return now.pid != 0 && now.startTime == startTime;
    }

    // PID (COMM) STATE PPID … : the command's name may hold blanks and brackets, so fields count from the last bracket.
    static ProcessId parse(int pid, String stat) {
        int at = stat.lastIndexOf(')') + 2;
        if (at < 2 || at >= stat.length()) {
            return NONE;
        }
        char state = stat.charAt(at);
        if (state == 'Z' || state == 'X' || state == 'x') {
            return NONE;
        }
        for (int field = 3; field < 22; field++) {
            at = stat.indexOf(' ', at) + 1;
            if (at == 0) {
                return NONE;
            }
        }
        int end = stat.indexOf(' ', at);
        try {
            return new ProcessId(pid, Long.parseLong(stat, at, end < 0 ? stat.length() : end, 10));
        } catch (NumberFormatException e) {
            return NONE;
        }
    }
}
