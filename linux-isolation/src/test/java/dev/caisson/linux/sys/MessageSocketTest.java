package dev.caisson.linux.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MessageSocketTest {

    /** struct msghdr, laid out by JNA from the C declaration. */
    @FieldOrder({"name", "nameLength", "iov", "iovLength", "control", "controlLength", "flags"})
    public static class MsgHdr extends Structure {
        public Pointer name;
        public int nameLength;
        public Pointer iov;
        public long iovLength;
        public Pointer control;
        public long controlLength;
        public int flags;

        int offset(String field) {
            return fieldOffset(field);
        }
    }

    /** struct iovec. */
    @FieldOrder({"base", "length"})
    public static class IoVec extends Structure {
        public Pointer base;
        public long length;

        int offset(String field) {
            return fieldOffset(field);
        }
    }

    /** struct cmsghdr with its first datum. */
    @FieldOrder({"length", "level", "type", "data"})
    public static class CMsgHdr extends Structure {
        public long length;
        public int level;
        public int type;
        public int data;

        int offset(String field) {
            return fieldOffset(field);
        }
    }

    private MessageSocket a;
    private MessageSocket b;

    @BeforeEach
    void connect() throws LinuxException {
        MessageSocket[] pair = MessageSocket.pair();
        a = pair[0];
        b = pair[1];
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    @Test
    void layoutsAreTheKernels() {
        MsgHdr message = new MsgHdr();
        assertEquals(MessageSocket.MSG_SIZE, message.size());
        assertEquals(MessageSocket.MSG_IOV, message.offset("iov"));
        assertEquals(MessageSocket.MSG_IOVLEN, message.offset("iovLength"));
        assertEquals(MessageSocket.MSG_CONTROL, message.offset("control"));
        assertEquals(MessageSocket.MSG_CONTROLLEN, message.offset("controlLength"));
        assertEquals(MessageSocket.MSG_FLAGS, message.offset("flags"));
        IoVec vector = new IoVec();
        assertEquals(MessageSocket.IOV_SIZE, vector.size());
        assertEquals(MessageSocket.IOV_BASE, vector.offset("base"));
        assertEquals(MessageSocket.IOV_LEN, vector.offset("length"));
        CMsgHdr control = new CMsgHdr();
        assertEquals(MessageSocket.CMSG_LEN, control.offset("length"));
        assertEquals(MessageSocket.CMSG_LEVEL, control.offset("level"));
        assertEquals(MessageSocket.CMSG_TYPE, control.offset("type"));
        assertEquals(MessageSocket.CMSG_DATA, control.offset("data"));
    }

    @Test
    void bytesArriveAsTheyWereSent() throws Exception {
        byte[] sent = new byte[300_000];
        new Random(1).nextBytes(sent);
        Thread sender = Thread.ofPlatform().start(() -> {
            try {
                a.send(sent, 0, sent.length);
            } catch (LinuxException e) {
                throw new AssertionError(e);
            }
        });
        assertArrayEquals(sent, receive(sent.length, new ArrayList<>()));
        sender.join();
    }

    @Test
    void descriptorsComeWithTheFirstByteAndAreTheSameFile() throws Exception {
        Path file = Files.createTempFile("caisson", ".txt");
        Files.writeString(file, "hello");
        List<Descriptor> sent = new ArrayList<>();
        for (int i = 0; i < MessageSocket.MAX_DESCRIPTORS; i++) {
            sent.add(Sys.open(file.toString(), Sys.O_RDONLY, 0));
        }
        a.send(new byte[] {1, 2, 3}, 0, 3, sent.toArray(Descriptor[]::new));
        List<Descriptor> received = new ArrayList<>();
        assertEquals(1, b.receive(new byte[1], 0, 1, received));
        assertEquals(MessageSocket.MAX_DESCRIPTORS, received.size());
        byte[] text = new byte[5];
        assertEquals(5, Sys.read(received.get(17).fd(), text, "read"));
        assertEquals("hello", new String(text, java.nio.charset.StandardCharsets.US_ASCII));
        assertEquals(2, b.receive(new byte[8], 0, 8, new ArrayList<>()));
        sent.forEach(Descriptor::close);
        received.forEach(Descriptor::close);
        Files.delete(file);
    }

    @Test
    void tooManyDescriptorsAreRefusedBeforeTheyAreSent() {
        Descriptor[] many = new Descriptor[MessageSocket.MAX_DESCRIPTORS + 1];
        assertThrows(IllegalArgumentException.class, () -> a.send(new byte[1], 0, 1, many));
    }

    @Test
    void anEndThatIsClosedIsTold() throws Exception {
        a.close();
        assertEquals(0, b.receive(new byte[1], 0, 1, new ArrayList<>()));
        LinuxException e = assertThrows(LinuxException.class, () -> b.send(new byte[1], 0, 1));
        assertEquals(Errno.EPIPE, e.errno());
    }

    @Test
    void awaitingEndsInTime() throws Exception {
        assertFalse(b.awaitReadable(10));
        a.send(new byte[1], 0, 1);
        assertTrue(b.awaitReadable(1000));
    }

    @Test
    void aThreadThatWaitsCanBeInterrupted() throws Exception {
        Thread waiting = Thread.ofPlatform().start(() -> {
            try {
                assertEquals(0, b.receive(new byte[1], 0, 1, new ArrayList<>()));
            } catch (LinuxException e) {
                throw new AssertionError(e);
            }
        });
        Thread.sleep(20);
        b.interrupt();
        assertTrue(waiting.join(java.time.Duration.ofSeconds(5)));
    }

    private byte[] receive(int length, List<Descriptor> descriptors) throws LinuxException {
        byte[] bytes = new byte[length];
        int have = 0;
        while (have < length) {
            int n = b.receive(bytes, have, length - have, descriptors);
            assertTrue(n > 0);
            have += n;
        }
        return bytes;
    }
}
