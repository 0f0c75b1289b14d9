package dev.caisson.virtio.device.console;

import dev.caisson.virtio.sys.Fd;

/**
 * Where a port's bytes go to and come from on the host: either two descriptors that are there all the time, or a listening unix stream socket
 * that takes one client after another.
 *
 * @param name of the port, which a driver shows its users; may be empty
 * @param isConsole whether the driver is to make it a console
 * @param listener takes clients; null if there are none to come
 * @param input what the driver receives; null if there is nothing yet
 * @param output what the driver sends; may be the same as {@code input}
 */
public record PortStream(String name, boolean isConsole, Fd listener, Fd input, Fd output) {

    /** A port for whoever connects to {@code listener}. */
    public static PortStream listening(String name, boolean isConsole, Fd listener) {
        return new PortStream(name, isConsole, listener, null, null);
    }

    /** A port on a connected socket, a terminal or the like. */
    public static PortStream of(String name, boolean isConsole, Fd both) {
        return new PortStream(name, isConsole, null, both, both);
    }
}
