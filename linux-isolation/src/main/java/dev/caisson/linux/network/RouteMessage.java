package dev.caisson.linux.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A message of rtnetlink(7), with numbers in the machine's byte order.
 *
 * <pre>
 *   struct nlmsghdr (linux/netlink.h), 16 bytes
 *   | 0 u32 length of all | 4 u16 type | 6 u16 flags | 8 u32 sequence number | 12 u32 port |
 *   a structure of the type's own, then attributes, each at a multiple of 4
 *   struct rtattr (linux/rtnetlink.h)
 *   | 0 u16 length of header and value | 2 u16 type | 4 value |
 * </pre>
 */
final class RouteMessage {

    // linux/netlink.h
    static final int ERROR = 2;
    static final int DONE = 3;
    static final int REQUEST = 0x1;
    static final int ACK = 0x4;
    static final int DUMP_INTERRUPTED = 0x10;
    static final int EXCLUSIVE = 0x200;
    static final int DUMP = 0x300;
    static final int CREATE = 0x400;

    // linux/rtnetlink.h
    static final int NEW_LINK = 16;
    static final int GET_LINK = 18;
    static final int NEW_ADDRESS = 20;
    static final int GET_ADDRESS = 22;

    static final int HEADER = 16;
    private static final int ATTRIBUTE = 4;

    private final int type;
    private final int flags;
    private final byte[] body;

    private RouteMessage(int type, int flags, byte[] body) {
        this.type = type;
        this.flags = flags;
        this.body = body;
    }

    int type() {
        return type;
    }

    int flags() {
        return flags;
    }

    /** What comes after the header. */
    ByteBuffer body() {
        return ByteBuffer.wrap(body).order(ByteOrder.nativeOrder());
    }

    /** The value of the first attribute of a type, or null; {@code from} is the size of the structure before the attributes. */
    ByteBuffer attribute(int from, int wanted) {
        ByteBuffer in = body();
        int at = from;
        while (at + ATTRIBUTE <= body.length) {
            int length = Short.toUnsignedInt(in.getShort(at));
            if (length < ATTRIBUTE || length > body.length - at) {
                return null;
            }
            if (Short.toUnsignedInt(in.getShort(at + 2)) == wanted) {
                return ByteBuffer.wrap(Arrays.copyOfRange(body, at + ATTRIBUTE, at + length)).order(ByteOrder.nativeOrder());
            }
            at += aligned(length);
        }
        return null;
    }

    /** An attribute that is a 32-bit number, or {@code otherwise}. */
    int number(int from, int wanted, int otherwise) {
        ByteBuffer value = attribute(from, wanted);
        return value == null || value.capacity() < Integer.BYTES ? otherwise : value.getInt(0);
    }

    /** The messages in what one read of a socket gave; whatever is not a whole message ends them. */
    static List<RouteMessage> read(byte[] bytes, int length) {
        List<RouteMessage> messages = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        int at = 0;
        while (length - at >= HEADER) {
            int size = in.getInt(at);
            if (size < HEADER || size > length - at) {
                break;
            }
            messages.add(new RouteMessage(Short.toUnsignedInt(in.getShort(at + 4)), Short.toUnsignedInt(in.getShort(at + 6)),
                    Arrays.copyOfRange(bytes, at + HEADER, at + size)));
            at += aligned(size);
        }
        return messages;
    }

    private static int aligned(int length) {
        return length + 3 & ~3;
    }

    /** Writes a message: its structure first, then attribute by attribute. */
    static final class Writer {

        private ByteBuffer out = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

        Writer(int type, int flags) {
            out.putInt(0).putShort((short) type).putShort((short) (REQUEST | flags)).putInt(0).putInt(0);
        }

        Writer u8(int value) {
            room(1).put((byte) value);
            return this;
        }

        Writer u16(int value) {
            room(2).putShort((short) value);
            return this;
        }

        Writer u32(int value) {
            room(4).putInt(value);
            return this;
        }

        Writer attribute(int type, byte[] value) {
            ByteBuffer to = room(ATTRIBUTE + aligned(value.length));
            to.putShort((short) (ATTRIBUTE + value.length)).putShort((short) type).put(value);
            to.position(aligned(to.position()));
            return this;
        }

        Writer attribute(int type, int value) {
            return attribute(type, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array());
        }

        /** A string, with the NUL that the kernel expects. */
        Writer attribute(int type, String value) {
            byte[] text = value.getBytes(StandardCharsets.UTF_8);
            return attribute(type, Arrays.copyOf(text, text.length + 1));
        }

        byte[] done() {
            out.putInt(0, out.position());
            return Arrays.copyOf(out.array(), out.position());
        }

        private ByteBuffer room(int more) {
            if (out.remaining() < more) {
                out = ByteBuffer.allocate(2 * (out.position() + more)).order(ByteOrder.nativeOrder()).put(out.flip());
            }
            return out;
        }
    }
}
