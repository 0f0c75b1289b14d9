package dev.caisson.virtio.device.i2c;

import dev.caisson.virtio.sys.SysException;
import java.lang.foreign.MemorySegment;

/** A bus with chips on it. Used by one thread. */
public interface I2cBus extends AutoCloseable {

    /** As many bytes as a message has at most. */
    int MOST_BYTES = 8192;

    /** One message of a transfer; filled anew for every transfer. */
    final class Message {

        private final MemorySegment data;
        private int address;
        private boolean isRead;
        private int length;

        Message(MemorySegment data) {
            this.data = data;
        }

        void set(int itsAddress, boolean read, int bytes) {
            address = itsAddress;
            isRead = read;
            length = bytes;
        }

        /** The chip's, 7 bits. */
        public int address() {
            return address;
        }

        /** Whether the chip sends. */
        public boolean isRead() {
            return isRead;
        }

        /** How many bytes, 0 to {@link #MOST_BYTES}. */
        public int length() {
            return length;
        }

        /** The bytes, the first {@link #length} of the segment: to be sent, or to be filled. */
        public MemorySegment data() {
            return data;
        }
    }

    /**
     * Carries out the first {@code count} messages as one transfer, with repeated starts between them.
     *
     * @return how many of them, from the first, went well
     */
    int transfer(Message[] messages, int count);

    @Override
    void close() throws SysException;
}
