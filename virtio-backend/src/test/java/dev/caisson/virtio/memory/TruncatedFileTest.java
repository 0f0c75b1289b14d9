package dev.caisson.virtio.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.virtio.sys.Errno;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.IoVector;
import dev.caisson.virtio.sys.Sys;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/** A driver that truncates its memory file hurts itself alone. */
class TruncatedFileTest {

    private static final int PAGES = 16;
    private static final long BYTES = PAGES * 4096L;

    /** Where what was read goes: the compiler leaves out a read that nobody uses. */
    private volatile long sink;

    @Test
    void everyKindOfAccessToALostPageIsAnError() throws Exception {
        try (Fd file = Sys.memfd("test", BYTES); MemoryRegion region = MemoryRegion.map(file, 0, 0, 0, BYTES);
                Arena arena = Arena.ofConfined()) {
            MemorySegment shared = region.segment();
            MemorySegment mine = arena.allocate(8192);
            assertFalse(region.isSealed());
            everyWay(shared, mine, false);
            Sys.truncate(file.number(), 4096);
            everyWay(shared, mine, true);
            LittleEndian.putLong(shared, 8, 5);
            assertEquals(5, LittleEndian.getLong(shared, 8));
        }
    }

    /** Often enough for the compiler to have had its way with each of them. */
    private void everyWay(MemorySegment shared, MemorySegment mine, boolean lost) {
        each(lost, at -> sink = LittleEndian.getLong(shared, at));
        each(lost, at -> LittleEndian.putLong(shared, at, 1));
        each(lost, at -> sink = LittleEndian.getShortAcquire(shared, at));
        each(lost, at -> LittleEndian.putShortRelease(shared, at, 1));
        each(lost, at -> LittleEndian.orInt(shared, at, 1));
        each(lost, at -> {
            MemorySegment.copy(shared, at, mine, 0, 4);
            sink = mine.get(ValueLayout.JAVA_BYTE, 4 - 1);
        });
        each(lost, at -> {
            MemorySegment.copy(shared, at, mine, 0, 300);
            sink = mine.get(ValueLayout.JAVA_BYTE, 300 - 1);
        });
        each(lost, at -> {
            MemorySegment.copy(shared, at, mine, 0, 5000);
            sink = mine.get(ValueLayout.JAVA_BYTE, 5000 - 1);
        });
        each(lost, at -> MemorySegment.copy(mine, 0, shared, at, 300));
        each(lost, at -> MemorySegment.copy(mine, 0, shared, at, 5000));
    }

    private static void each(boolean lost, LongConsumer access) {
        int errors = 0;
        int rounds = lost ? 300 : 30_000;
        for (int i = 0; i < rounds; i++) {
            try {
                access.accept(4096 + i % 8 * 4096L);
            } catch (InternalError e) {
                errors++;
            }
        }
        assertTrue(lost ? errors > rounds / 2 : errors == 0, errors + " errors");
    }

    @Test
    void theKernelSaysEfaultOfALostPage() throws Exception {
        try (Fd file = Sys.memfd("test", BYTES); MemoryRegion region = MemoryRegion.map(file, 0, 0, 0, BYTES);
                Fd zero = Sys.open("/dev/zero", Sys.O_RDONLY); IoVector vector = new IoVector()) {
            Sys.truncate(file.number(), 4096);
            vector.add(region.segment(), 8192, 4096);
            assertEquals(-Errno.EFAULT, vector.read(zero.number()));
        }
    }

    @Test
    void aFileThatIsTooShortIsRefusedAndASealedOneIsKnown() throws Exception {
        try (Fd file = Sys.memfd("test", BYTES)) {
            IOException e = assertThrows(IOException.class, () -> MemoryRegion.map(file, 4096, 0, 0, BYTES));
            assertEquals("map memory: the file has 65536 bytes, not the 69632 that the region needs", e.getMessage());
            Sys.seal(file.number(), Sys.F_SEAL_SHRINK);
            try (MemoryRegion region = MemoryRegion.map(file, 4096, 0, 0, 4096)) {
                assertTrue(region.isSealed());
            }
            assertThrows(IOException.class, () -> Sys.truncate(file.number(), 0));
        }
    }

    @Test
    void aClosedRegionIsGone() throws Exception {
        try (Fd file = Sys.memfd("test", BYTES)) {
            MemoryRegion region = MemoryRegion.map(file, 0, 0, 0, BYTES);
            MemorySegment segment = region.segment();
            region.close();
            region.close();
            assertThrows(IllegalStateException.class, () -> LittleEndian.getLong(segment, 0));
        }
    }
}
