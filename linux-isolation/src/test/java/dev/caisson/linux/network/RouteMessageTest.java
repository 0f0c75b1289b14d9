package dev.caisson.linux.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouteMessageTest {

    private static byte[] link() {
        return new RouteMessage.Writer(RouteMessage.NEW_LINK, RouteMessage.ACK).u8(0).u8(0).u16(0).u32(7).u32(1).u32(1)
                .attribute(3, "eth0").attribute(28, 5).done();
    }

    @Test
    void aMessageIsLaidOutAsDrawn() {
        ByteBuffer bytes = ByteBuffer.wrap(link()).order(ByteOrder.nativeOrder());
        assertEquals(16 + 16 + 4 + 8 + 8, bytes.capacity());
        assertEquals(bytes.capacity(), bytes.getInt(0));
        assertEquals(16, bytes.getShort(4));
        assertEquals(5, bytes.getShort(6));
        assertEquals(7, bytes.getInt(20));
        assertEquals(9, bytes.getShort(32), "the string's NUL counts, what pads it does not");
        assertEquals(3, bytes.getShort(34));
        assertEquals('e', bytes.get(36));
        assertEquals(0, bytes.get(40));
        assertEquals(8, bytes.getShort(44));
        assertEquals(28, bytes.getShort(46));
        assertEquals(5, bytes.getInt(48));
    }

    @Test
    void whatWasWrittenIsRead() {
        byte[] one = link();
        byte[] two = Arrays.copyOf(one, 2 * one.length);
        System.arraycopy(one, 0, two, one.length, one.length);
        List<RouteMessage> messages = RouteMessage.read(two, two.length);
        assertEquals(2, messages.size());
        assertEquals(RouteMessage.NEW_LINK, messages.get(1).type());
        assertEquals(5, messages.get(1).number(16, 28, -1));
        assertEquals(-1, messages.get(1).number(16, 29, -1));
        assertArrayEquals(new byte[] {'e', 't', 'h', '0', 0}, messages.get(1).attribute(16, 3).array());
        assertNull(messages.get(1).attribute(16, 4));
    }

    @Test
    void aLongMessageHasRoom() {
        byte[] value = new byte[1000];
        value[999] = 9;
        assertEquals(9, RouteMessage.read(new RouteMessage.Writer(1, 0).attribute(1, value).done(), 1020).getFirst().attribute(0, 1).get(999));
    }

    @Test
    void whatIsCutOffEndsTheMessages() {
        byte[] one = link();
        for (int length = 0; length < one.length; length++) {
            assertTrue(RouteMessage.read(one, length).isEmpty());
        }
    }

    /** Whatever arrives: messages or none, attributes or none. */
    @Test
    void anythingIsRead() {
        Random random = new Random(20260105);
        for (int round = 0; round < 20000; round++) {
            byte[] bytes = round % 2 == 0 ? link() : new byte[random.nextInt(80)];
            for (int i = random.nextInt(8); i >= 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            for (RouteMessage message : RouteMessage.read(bytes, bytes.length)) {
                message.attribute(16, 3);
                message.attribute(8, random.nextInt(4));
                message.number(16, 28, 0);
                message.flags();
            }
        }
    }
}
