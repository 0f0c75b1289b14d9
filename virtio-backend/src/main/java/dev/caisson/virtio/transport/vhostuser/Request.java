package dev.caisson.virtio.transport.vhostuser;

import static dev.caisson.virtio.transport.vhostuser.MessageDescriptor.*;

/** What a front-end may ask, with the sizes that its payload may have and the number of descriptors that may come with it. */
enum Request {
    GET_FEATURES(1, 0),
    SET_FEATURES(2, U64_BYTES),
    SET_OWNER(3, 0),
    RESET_OWNER(4, 0),
    SET_MEM_TABLE(5, REGIONS_HEADER_BYTES, REGIONS_HEADER_BYTES + MOST_REGIONS * REGION_BYTES, MOST_REGIONS),
    SET_LOG_BASE(6, U64_BYTES, LOG_BYTES, 1),
    SET_LOG_FD(7, 0, U64_BYTES, 1),
    SET_VRING_NUM(8, STATE_BYTES),
    SET_VRING_ADDR(9, ADDRESS_BYTES),
    SET_VRING_BASE(10, STATE_BYTES),
    GET_VRING_BASE(11, STATE_BYTES),
    SET_VRING_KICK(12, U64_BYTES, U64_BYTES, 1),
    SET_VRING_CALL(13, U64_BYTES, U64_BYTES, 1),
    SET_VRING_ERR(14, U64_BYTES, U64_BYTES, 1),
    GET_PROTOCOL_FEATURES(15, 0),
    SET_PROTOCOL_FEATURES(16, U64_BYTES),
    GET_QUEUE_NUM(17, 0),
    SET_VRING_ENABLE(18, STATE_BYTES),
    SET_BACKEND_REQ_FD(21, 0, U64_BYTES, 1),
    GET_CONFIG(24, CONFIG_HEADER_BYTES, CONFIG_HEADER_BYTES + MOST_CONFIG_BYTES, 0),
    SET_CONFIG(25, CONFIG_HEADER_BYTES, CONFIG_HEADER_BYTES + MOST_CONFIG_BYTES, 0),
    GET_INFLIGHT_FD(31, INFLIGHT_BYTES, INFLIGHT_BYTES + 4, 0),
    SET_INFLIGHT_FD(32, INFLIGHT_BYTES, INFLIGHT_BYTES + 4, 1),
    RESET_DEVICE(34, 0),
    GET_MAX_MEM_SLOTS(36, 0),
    ADD_MEM_REG(37, SINGLE_REGION_BYTES, SINGLE_REGION_BYTES, 1),
    REM_MEM_REG(38, SINGLE_REGION_BYTES, SINGLE_REGION_BYTES, 1),
    SET_STATUS(39, U64_BYTES),
    GET_STATUS(40, 0);

    private static final Request[] BY_ID = new Request[41];

    static {
        for (Request request : values()) {
            BY_ID[request.id] = request;
        }
    }

    private final int id;
    private final int least;
    private final int most;
    private final int mostDescriptors;

    Request(int id, int size) {
        this(id, size, size, 0);
    }

    Request(int id, int least, int most, int mostDescriptors) {
        this.id = id;
        this.least = least;
        this.most = most;
        this.mostDescriptors = mostDescriptors;
    }

    int id() {
        return id;
    }

    /**
     * The request with the number {@code id}, if a payload of {@code size} and so many descriptors can be its.
     *
     * @throws ProtocolException if not
     */
    static Request of(int id, long size, int descriptors) throws ProtocolException {
        Request request = id > 0 && id < BY_ID.length ? BY_ID[id] : null;
        if (request == null) {
            throw new ProtocolException("request %d is not served".formatted(id));
        }
        if (size < request.least || size > request.most) {
            throw new ProtocolException("%s has a payload of %d bytes".formatted(request, size));
        }
        if (descriptors > request.mostDescriptors) {
            throw new ProtocolException("%s came with %d descriptors".formatted(request, descriptors));
        }
        return request;
    }
}
