package dev.caisson.virtio.device.net;

/**
 * What a network device's driver and device exchange (VIRTIO 1.3, 5.1).
 *
 * <pre>
 *   header of every packet (5.1.6), followed by the frame
 *    0       1       2         4         6         8         10        12
 *   +-------+-------+---------+---------+---------+---------+---------+-- … --+
 *   | flags | gso   | hdr len | gso size| csum at | csum off| buffers | frame |
 *   +-------+-------+---------+---------+---------+---------+---------+-- … --+
 *
 *   configuration (5.1.4)
 *    0                 6         8         10        12
 *   +-----------------+---------+---------+---------+
 *   | MAC address     | status  | pairs   | MTU     |
 *   +-----------------+---------+---------+---------+
 *
 *   control command (5.1.6.5): read, then the answer to write
 *    0       1       2                       last
 *   +-------+-------+-- … -----------------+-----+
 *   | class | cmd   | its data             | ack |
 *   +-------+-------+-- … -----------------+-----+
 * </pre>
 *
 * Queues: 0 and 1 are the first pair's receiving and transmitting, and so on; the control queue comes after the last pair.
 */
final class NetDescriptor {

    static final int HEADER_BYTES = 12;
    static final int HEADER_BUFFERS = 10;

    static final long F_CSUM = 1;
    static final long F_GUEST_CSUM = 1 << 1;
    static final long F_MTU = 1 << 3;
    static final long F_MAC = 1 << 5;
    static final long F_GUEST_TSO4 = 1 << 7;
    static final long F_GUEST_TSO6 = 1 << 8;
    static final long F_GUEST_ECN = 1 << 9;
    static final long F_HOST_TSO4 = 1 << 11;
    static final long F_HOST_TSO6 = 1 << 12;
    static final long F_HOST_ECN = 1 << 13;
    static final long F_MRG_RXBUF = 1 << 15;
    static final long F_STATUS = 1 << 16;
    static final long F_CTRL_VQ = 1 << 17;
    static final long F_CTRL_RX = 1 << 18;
    static final long F_MQ = 1 << 22;
    static final long F_CTRL_MAC_ADDR = 1 << 23;

    static final int CONFIG_MAC = 0;
    static final int CONFIG_STATUS = 6;
    static final int CONFIG_PAIRS = 8;
    static final int CONFIG_MTU = 10;
    static final int CONFIG_BYTES = 12;
    static final int MAC_BYTES = 6;
    static final int STATUS_LINK_UP = 1;

    static final int CLASS_RX = 0;
    static final int CLASS_MAC = 1;
    static final int MAC_TABLE_SET = 0;
    static final int MAC_ADDR_SET = 1;
    static final int CLASS_MQ = 4;
    static final int MQ_PAIRS_SET = 0;
    static final int ACK_OK = 0;
    static final int ACK_ERROR = 1;

    /** The largest frame there is: 64 KiB of segments to be cut up later, and an Ethernet header with a VLAN tag. */
    static final int MOST_FRAME_BYTES = 65_535 + 18;

    private NetDescriptor() {}
}
