package dev.caisson.virtio.transport.vhostuser;

/** Feature bits of the protocol itself, and those among a device's that it took for its own ends. */
final class ProtocolFeatures {

    static final long MQ = 1;
    static final long LOG_SHMFD = 1 << 1;
    static final long REPLY_ACK = 1 << 3;
    static final long BACKEND_REQ = 1 << 5;
    static final long CONFIG = 1 << 9;
    static final long INFLIGHT_SHMFD = 1 << 12;
    static final long RESET_DEVICE = 1 << 13;
    static final long CONFIGURE_MEM_SLOTS = 1 << 15;
    static final long STATUS = 1 << 16;

    static final long OFFERED =
            MQ | LOG_SHMFD | REPLY_ACK | BACKEND_REQ | CONFIG | INFLIGHT_SHMFD | RESET_DEVICE | CONFIGURE_MEM_SLOTS | STATUS;

    /** VHOST_F_LOG_ALL, among the device's: mark what is written. */
    static final long LOG_ALL = 1L << 26;

    /** VHOST_USER_F_PROTOCOL_FEATURES, among the device's: there are protocol features, and queues start out disabled. */
    static final long PROTOCOL_FEATURES = 1L << 30;

    private ProtocolFeatures() {}
}
