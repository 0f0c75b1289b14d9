package dev.caisson.virtio.device.console;

/**
 * What a console's driver and device exchange (VIRTIO 1.3, 5.3).
 *
 * <pre>
 *   configuration (5.3.4)
 *    0         2         4                   8                   12
 *   +---------+---------+-------------------+-------------------+
 *   | columns | rows    | most ports        | emergency write   |
 *   +---------+---------+-------------------+-------------------+
 *
 *   control message (5.3.6.2), followed by a name where the event is one
 *    0                   4         6         8
 *   +-------------------+---------+---------+-- … --+
 *   | port              | event   | value   | name  |
 *   +-------------------+---------+---------+-- … --+
 * </pre>
 *
 * Queues: 0 and 1 are port 0's receiving and transmitting, 2 and 3 the control's, 4 and 5 port 1's, and so on.
 */
final class ConsoleDescriptor {

    static final long F_SIZE = 1;
    static final long F_MULTIPORT = 1L << 1;

    static final int CONFIG_COLUMNS = 0;
    static final int CONFIG_ROWS = 2;
    static final int CONFIG_MOST_PORTS = 4;
    static final int CONFIG_BYTES = 12;

    static final int CONTROL_BYTES = 8;

    static final int EVENT_DEVICE_READY = 0;
    static final int EVENT_PORT_ADD = 1;
    static final int EVENT_PORT_READY = 3;
    static final int EVENT_CONSOLE_PORT = 4;
    static final int EVENT_RESIZE = 5;
    static final int EVENT_PORT_OPEN = 6;
    static final int EVENT_PORT_NAME = 7;

    static final int CONTROL_RECEIVE = 2;
    static final int CONTROL_TRANSMIT = 3;

    private ConsoleDescriptor() {}

    static int receiveQueue(int port) {
        return port == 0 ? 0 : 2 + 2 * port;
    }

    static int transmitQueue(int port) {
        return receiveQueue(port) + 1;
    }

    /** The port whose queue it is; -1 for the control's. */
    static int portOf(int queue) {
        return queue < 2 ? 0 : queue < 4 ? -1 : (queue - 2) / 2;
    }
}
