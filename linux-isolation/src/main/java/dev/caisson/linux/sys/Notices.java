package dev.caisson.linux.sys;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Descriptors by which the kernel gives notice of something: they can be read when there is some, and say EAGAIN when there is none. */
public final class Notices {

    // sys/eventfd.h and sys/inotify.h: EFD_CLOEXEC and IN_CLOEXEC are O_CLOEXEC, and so on.
    private static final int FLAGS = Sys.O_CLOEXEC | Sys.O_NONBLOCK;
    private static final int IN_MODIFY = 2;

    private Notices() {}

    /** eventfd(2): a counter, which reading resets. */
    public static Descriptor eventFd() throws LinuxException {
        int fd = function("eventfd").invokeInt(new Object[] {0, FLAGS});
        return new Descriptor(Sys.checked(fd, "make an eventfd"));
    }

    /** inotify(7): notices of every change to a file. */
    public static Descriptor ofChanges(String file) throws LinuxException {
        int fd = function("inotify_init1").invokeInt(new Object[] {FLAGS});
        Descriptor changes = new Descriptor(Sys.checked(fd, "make an inotify descriptor"));
        byte[] name = file.getBytes(StandardCharsets.UTF_8);
        int watch = function("inotify_add_watch").invokeInt(new Object[] {fd, Arrays.copyOf(name, name.length + 1), IN_MODIFY});
        if (watch < 0) {
            LinuxException failure = new LinuxException("watch " + file, com.sun.jna.Native.getLastError());
            changes.close();
            throw failure;
        }
        return changes;
    }

    /** Not among {@link Libc}'s, since few commands need these. */
    private static Function function(String name) {
        return NativeLibrary.getProcess().getFunction(name);
    }
}
