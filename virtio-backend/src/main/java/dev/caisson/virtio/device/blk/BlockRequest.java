package dev.caisson.virtio.device.blk;

import static dev.caisson.virtio.device.blk.BlockDescriptor.*;

import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;

/**
 * A request as it was parsed: a private copy of its header, with nothing done about it yet. Filled anew by every {@link #parse}; not
 * thread-safe.
 */
final class BlockRequest {

    /** What is asked for. */
    enum Kind { READ, WRITE, FLUSH, GET_ID, DISCARD, WRITE_ZEROES, UNKNOWN }

    private Kind kind = Kind.UNKNOWN;
    private long sector;
    private long dataBytes;

    /**
     * Reads the header; the cursors then stand where the data begins.
     *
     * @throws QueueException if there is no room for a header or for a status
     */
    void parse(DescriptorChain chain) throws QueueException {
        if (chain.writable().size() < STATUS_BYTES) {
            throw new QueueException("a block request has no room for its status");
        }
        int type = chain.readable().getInt();
        chain.readable().skip(4);
        sector = chain.readable().getLong();
        kind = switch (type) {
            case T_IN -> Kind.READ;
            case T_OUT -> Kind.WRITE;
            case T_FLUSH -> Kind.FLUSH;
            case T_GET_ID -> Kind.GET_ID;
            case T_DISCARD -> Kind.DISCARD;
            case T_WRITE_ZEROES -> Kind.WRITE_ZEROES;
            default -> Kind.UNKNOWN;
        };
        dataBytes = switch (kind) {
            case READ, GET_ID -> chain.writable().size() - STATUS_BYTES;
            default -> chain.readable().remaining();
        };
    }

    Kind kind() {
        return kind;
    }

    /** The first sector; any number. */
    long sector() {
        return sector;
    }

    /** How many bytes of data there are, in the direction that the kind has. */
    long dataBytes() {
        return dataBytes;
    }
}
