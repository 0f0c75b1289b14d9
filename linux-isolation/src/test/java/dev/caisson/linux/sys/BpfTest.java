package dev.caisson.linux.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import org.junit.jupiter.api.Test;

/** The union's members are where linux/bpf.h has them, seen through pointers and numbers that tell themselves apart. */
class BpfTest {

    @Test
    void laysOutTheLoadCommand() {
        try (Memory code = new Memory(5 * 8); Memory license = new Memory(4); Memory log = new Memory(100);
                Memory attr = Bpf.loadAttr(15, code, license)) {
            Bpf.addLog(attr, log);
            assertEquals(15, attr.getInt(0));
            assertEquals(5, attr.getInt(4));
            assertEquals(Pointer.nativeValue(code), attr.getLong(8));
            assertEquals(Pointer.nativeValue(license), attr.getLong(16));
            assertEquals(1, attr.getInt(24));
            assertEquals(100, attr.getInt(28));
            assertEquals(Pointer.nativeValue(log), attr.getLong(32));
            assertZeroFrom(attr, 40);
            assertEquals(48, Bpf.LOAD_SIZE);
        }
    }

    @Test
    void laysOutTheAttachCommand() {
        try (Memory attr = Bpf.attachAttr(11, 22, 6, 33, 44)) {
            assertEquals(11, attr.getInt(0));
            assertEquals(22, attr.getInt(4));
            assertEquals(6, attr.getInt(8));
            assertEquals(33, attr.getInt(12));
            assertEquals(44, attr.getInt(16));
            assertZeroFrom(attr, 20);
            assertEquals(20, Bpf.ATTACH_SIZE);
        }
    }

    @Test
    void laysOutTheQueryCommand() {
        try (Memory ids = new Memory(64 * 4); Memory attr = Bpf.queryAttr(11, 6, ids)) {
            assertEquals(11, attr.getInt(0));
            assertEquals(6, attr.getInt(4));
            assertEquals(0, attr.getLong(8));
            assertEquals(Pointer.nativeValue(ids), attr.getLong(16));
            assertEquals(64, attr.getInt(24));
            assertZeroFrom(attr, 28);
            assertEquals(28, Bpf.QUERY_SIZE);
        }
    }

    @Test
    void hasRoomForWhatTheKernelWritesBeyondTheSizeItWasTold() {
        assertTrue(Bpf.ATTR_SIZE >= 64);
    }

    private static void assertZeroFrom(Memory attr, int from) {
        for (int i = from; i < attr.size(); i++) {
            assertEquals(0, attr.getByte(i), "byte " + i);
        }
    }
}
