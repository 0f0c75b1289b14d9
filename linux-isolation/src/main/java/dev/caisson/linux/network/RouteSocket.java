package dev.caisson.linux.network;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Requests to the kernel and its answers over one rtnetlink socket: about the network namespace in which it was opened. */
final class RouteSocket implements AutoCloseable {

    /** What the kernel puts into one answer at most (NLMSG_GOODSIZE, and what dumps grow to). */
    private static final int ANSWER = 64 * 1024;
    private static final int ATTEMPTS = 10;

    private final Descriptor socket;

    RouteSocket(Descriptor socket) {
        this.socket = socket;
    }

    /** Has something done. */
    void change(byte[] message, String doing) throws LinuxException {
        exchange(message, doing);
    }

    /** Asks for one thing, or for all there are; again where a change came in between (NLM_F_DUMP_INTR). */
    List<RouteMessage> ask(byte[] message, String doing) throws LinuxException {
        List<RouteMessage> answers = exchange(message, doing);
        for (int i = 1; i < ATTEMPTS && interrupted(answers); i++) {
            answers = exchange(message, doing);
        }
        return answers;
    }

    private static boolean interrupted(List<RouteMessage> answers) {
        for (RouteMessage answer : answers) {
            if ((answer.flags() & RouteMessage.DUMP_INTERRUPTED) != 0) {
                return true;
            }
        }
        return false;
    }

    /** The answers that came before the kernel said that it is done, or what went wrong. */
    private List<RouteMessage> exchange(byte[] message, String doing) throws LinuxException {
        Sys.write(socket.fd(), message, doing);
        List<RouteMessage> answers = new ArrayList<>();
        byte[] buffer = new byte[ANSWER];
        while (true) {
            List<RouteMessage> arrived = RouteMessage.read(buffer, Sys.read(socket.fd(), buffer, doing));
            if (arrived.isEmpty()) {
                throw new LinuxException(doing, Errno.EMSGSIZE);
            }
            for (RouteMessage answer : arrived) {
                if (answer.type() == RouteMessage.DONE || answer.type() == RouteMessage.ERROR) {
                    // struct nlmsgerr, or what ends a dump: a negative errno first, 0 for an acknowledgement.
                    int errno = answer.body().capacity() < Integer.BYTES ? 0 : -answer.body().getInt(0);
                    if (errno != 0) {
                        throw new LinuxException(doing, errno);
                    }
                    return answers;
                }
                answers.add(answer);
            }
        }
    }

    /** The network namespace it belongs to. */
    Descriptor namespace(String doing) throws LinuxException {
        return Sys.networkNamespace(socket.fd(), doing);
    }

    /** Which namespace that is, as in {@code net:[4026531840]}. */
    static String identity(Descriptor namespace) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(namespace.fd()))).toString();
    }

    @Override
    public void close() {
        socket.close();
    }
}
