package dev.caisson.virtio.device.net;

import dev.caisson.virtio.sys.IoVector;

/**
 * The other end of a network device's cable, for one pair of queues. Never waits: what can't be taken now is refused. Used on the pair's thread
 * alone.
 */
public interface NetPeer extends AutoCloseable {

    /** What becomes readable when a frame has come. */
    int descriptor();

    /** Whether frames carry VirtIO's header, so that checksums and segmentation can be left to whoever gets them. */
    boolean carriesHeaders();

    /** The features that the driver accepted, before the first frame. */
    void negotiated(long features);

    /**
     * Takes one frame, with its header if it {@link #carriesHeaders}.
     *
     * @param into has room for the largest
     * @return its length in bytes, 0 if the other end is gone, negative for an errno
     */
    long receive(IoVector into);

    /**
     * Sends one frame, with its header if it {@link #carriesHeaders}.
     *
     * @return its length in bytes, negative for an errno
     */
    long send(IoVector frame);

    @Override
    void close();
}
