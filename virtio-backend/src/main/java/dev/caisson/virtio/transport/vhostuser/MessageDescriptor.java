package dev.caisson.virtio.transport.vhostuser;

/**
 * A vhost-user message (Vhost-user Protocol, "Message Specification"), in the machine's byte order.
 *
 * <pre>
 *    0           4           8           12
 *   +-----------+-----------+-----------+-- … --+
 *   | request   | flags     | size      | payload, size bytes
 *   +-----------+-----------+-----------+-- … --+
 *
 *   vring state            0 index u32, 4 number u32
 *   vring address          0 index u32, 4 flags u32, 8 descriptors u64, 16 used u64, 24 available u64, 32 log u64
 *   memory regions         0 count u32, 4 (padding), 8 regions of 32 bytes
 *   memory region, single  0 (padding) u64, 8 a region
 *     a region             0 guest address u64, 8 size u64, 16 user address u64, 24 offset in the file u64
 *   log                    0 size u64, 8 offset u64
 *   configuration          0 offset u32, 4 size u32, 8 flags u32, 12 bytes
 *   in-flight              0 size u64, 8 offset u64, 16 queues u16, 18 queue size u16, 20 (padding)
 * </pre>
 */
final class MessageDescriptor {

    static final int REQUEST = 0;
    static final int FLAGS = 4;
    static final int SIZE = 8;
    static final int HEADER_BYTES = 12;

    static final int VERSION_MASK = 3;
    static final int VERSION = 1;
    static final int F_REPLY = 1 << 2;
    static final int F_NEED_REPLY = 1 << 3;

    static final int U64_BYTES = 8;
    static final int STATE_BYTES = 8;
    static final int ADDRESS_BYTES = 40;
    static final int REGION_BYTES = 32;
    static final int REGIONS_HEADER_BYTES = 8;
    static final int SINGLE_REGION_BYTES = 40;
    static final int LOG_BYTES = 16;
    static final int CONFIG_HEADER_BYTES = 12;
    static final int MOST_CONFIG_BYTES = 256;
    static final int INFLIGHT_BYTES = 20;
    static final int MOST_REGIONS = 8;

    /** In the payload of kick, call and error: the queue, and that no descriptor comes with it. */
    static final int QUEUE_MASK = 0xff;
    static final int NO_DESCRIPTOR = 1 << 8;

    /** In a vring address's flags: the used ring's pages are marked in the log. */
    static final int ADDRESS_F_LOG = 1;

    static final int MOST_PAYLOAD_BYTES = 1024;

    private MessageDescriptor() {}
}
