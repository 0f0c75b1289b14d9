package dev.caisson.virtio.device.vsock;

/**
 * What a socket device's driver and device exchange (VIRTIO 1.3, 5.10.6).
 *
 * <pre>
 *   header of every packet, followed by the data
 *    0                   8                   16        20        24        28    30    32
 *   +-------------------+-------------------+---------+---------+---------+-----+-----+
 *   | from: cid         | to: cid           | from:   | to:     | data    | type| op  |
 *   |                   |                   | port    | port    | bytes   |     |     |
 *   +-------------------+---------+---------+---------+---------+---------+-----+-----+
 *   | flags   | buffer  | forwarded         44
 *   +---------+---------+---------+
 *    32        36        40
 *
 *   configuration (5.10.4): 0 the guest's cid, 64 bits
 * </pre>
 *
 * Queues: 0 receiving, 1 transmitting, 2 events.
 */
final class VsockDescriptor {

    static final int HEADER_BYTES = 44;
    static final int SOURCE_CID = 0;
    static final int DESTINATION_CID = 8;
    static final int SOURCE_PORT = 16;
    static final int DESTINATION_PORT = 20;
    static final int LENGTH = 24;
    static final int TYPE = 28;
    static final int OPERATION = 30;
    static final int FLAGS = 32;
    static final int BUFFER = 36;
    static final int FORWARDED = 40;

    static final int TYPE_STREAM = 1;

    static final int OP_REQUEST = 1;
    static final int OP_RESPONSE = 2;
    static final int OP_RESET = 3;
    static final int OP_SHUTDOWN = 4;
    static final int OP_DATA = 5;
    static final int OP_CREDIT_UPDATE = 6;
    static final int OP_CREDIT_REQUEST = 7;

    /** The sender will receive no more. */
    static final int SHUTDOWN_RECEIVE = 1;
    /** The sender will send no more. */
    static final int SHUTDOWN_SEND = 2;

    static final int RECEIVE_QUEUE = 0;
    static final int TRANSMIT_QUEUE = 1;
    static final int EVENT_QUEUE = 2;

    /** The host's. */
    static final long HOST_CID = 2;

    private VsockDescriptor() {}
}
