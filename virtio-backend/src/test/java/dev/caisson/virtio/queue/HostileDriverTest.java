package dev.caisson.virtio.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.memory.TestMemory;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever a driver writes into its rings, the queue answers with one line and stays whole. */
class HostileDriverTest {

    private static final int SIZE = 8;
    private static final QueueFeatures SPLIT = QueueFeatures.of(QueueFeatures.INDIRECT_DESC);
    private static final QueueFeatures PACKED = QueueFeatures.of(QueueFeatures.INDIRECT_DESC | QueueFeatures.RING_PACKED);

    private TestMemory memory;
    private MemorySegment table;
    private MemorySegment available;
    private long data;

    @BeforeEach
    void lay() throws Exception {
        memory = new TestMemory(2, 1 << 16);
    }

    @AfterEach
    void clear() {
        memory.close();
    }

    @Test
    void splitRings() throws Exception {
        assertEquals("the available index is 9 ahead with 0 buffers out in a queue of 8",
                split(q -> LittleEndian.putShort(available, 2, 9)));
        assertEquals("the available ring names descriptor 8 of 8", split(q -> offer(8)));
        assertEquals("the chain from descriptor 3 has a loop", split(q -> {
            descriptor(3, data, 1, 1, 4);
            descriptor(4, data, 1, 1, 3);
            offer(3);
        }));
        assertEquals("descriptor 0 goes on at 8 of 8", split(q -> {
            descriptor(0, data, 1, 1, 8);
            offer(0);
        }));
        assertEquals("a readable descriptor comes after a writable one", split(q -> {
            descriptor(0, data, 1, 3, 1);
            descriptor(1, data, 1, 0, 0);
            offer(0);
        }));
        assertEquals("32 bytes at guest address 0x1000 are not in the driver's memory", split(q -> one(0x1000, 32, 0)));
        assertEquals("16 bytes at guest address 0xfffffffffffffff8 are not in the driver's memory", split(q -> one(-8, 16, 0)));
        assertEquals("65537 bytes at guest address 0x40010000 are not in the driver's memory",
                split(q -> one(TestMemory.BASE + (1 << 16), 65_537, 0)));
        assertEquals("4294967295 bytes at guest address 0x40000000 are not in the driver's memory",
                split(q -> one(TestMemory.BASE, -1, 0)));
        assertEquals("descriptor 0 must not be indirect", split(q -> {
            descriptor(0, data, 16, 4 | 1, 1);
            offer(0);
        }));
        assertEquals("an indirect table has 24 bytes", split(q -> one(data, 24, 4)));
        assertEquals("an indirect table has 0 bytes", split(q -> one(data, 0, 4)));
        assertEquals("an indirect table, 32 bytes at guest address 0x4000fff0, is not within one memory region",
                split(q -> one(TestMemory.BASE + (1 << 16) - 16, 32, 4)));
        assertEquals("the chain from descriptor 0 has a loop", split(q -> {
            MemorySegment indirect = memory.at(data, 32);
            LittleEndian.putLong(indirect, 0, data);
            LittleEndian.putInt(indirect, 8, 1);
            LittleEndian.putShort(indirect, 12, 1);
            one(data, 32, 4);
        }));
        assertEquals("descriptor 0 must not be indirect", split(q -> {
            LittleEndian.putShort(memory.at(data, 16), 12, 4);
            one(data, 16, 4);
        }));
    }

    @Test
    void packedRings() throws Exception {
        assertEquals("the chain from entry 0 is longer than the queue", packed(q -> {
            for (int i = 0; i < SIZE; i++) {
                packedDescriptor(i, data, 1, 1 | 1 << 7);
            }
        }));
        assertEquals("a descriptor of a chain must not be indirect", packed(q -> packedDescriptor(0, data, 16, 1 | 4 | 1 << 7)));
        assertEquals("an indirect table holds another", packed(q -> {
            LittleEndian.putShort(memory.at(data, 16), 14, 4);
            packedDescriptor(0, data, 16, 4 | 1 << 7);
        }));
        assertEquals("1 bytes at guest address 0x0 are not in the driver's memory", packed(q -> packedDescriptor(0, 0, 1, 1 << 7)));
    }

    @Test
    void aChainHasAtMost4GiB() throws Exception {
        // One region of 3 GiB, which costs nothing as long as nobody touches it.
        try (TestMemory large = new TestMemory(1, 3L << 30)) {
            MockDriver driver = MockDriver.create(large, SPLIT, SIZE);
            MemorySegment descriptors = large.at(driver.layout().descriptorArea(), 128);
            for (int i = 0; i < 2; i++) {
                LittleEndian.putLong(descriptors, 16L * i, TestMemory.BASE);
                LittleEndian.putInt(descriptors, 16L * i + 8, 0x8000_0000);
                LittleEndian.putShort(descriptors, 16L * i + 12, i == 0 ? 1 : 0);
                LittleEndian.putShort(descriptors, 16L * i + 14, 1);
            }
            LittleEndian.putShort(large.at(driver.layout().driverArea(), 20), 2, 1);
            Virtqueue queue = Virtqueue.open(driver.layout(), SPLIT, large.table(), 0);
            QueueException e = assertThrows(QueueException.class, () -> queue.next(new DescriptorChain()));
            assertEquals("a chain describes 4294967296 bytes, more than 2^32 - 1", e.getMessage());
        }
    }

    @Test
    void areasThatDoNotFit() {
        assertEquals("a queue can't have 12 descriptors", refused(new QueueLayout(12, 0, 0, 0)));
        assertEquals("a queue can't have 65536 descriptors", refused(new QueueLayout(65_536, 0, 0, 0)));
        assertEquals("the descriptor table, 128 bytes at guest address 0x0, is not within one memory region",
                refused(new QueueLayout(SIZE, 0, 0, 0)));
        assertEquals("the descriptor table at guest address 0x40000008 is not aligned to 16",
                refused(new QueueLayout(SIZE, TestMemory.BASE + 8, 0, 0)));
        assertEquals("the used ring, 70 bytes at guest address 0x4000fff0, is not within one memory region",
                refused(new QueueLayout(SIZE, TestMemory.BASE, TestMemory.BASE, TestMemory.BASE + 0xfff0)));
    }

    @Test
    void garbageOfAnyKindIsAnExceptionOrAChainWithinTheMemory() throws Exception {
        Random random = new Random(7);
        DescriptorChain chain = new DescriptorChain();
        int chains = 0;
        for (int round = 0; round < 20_000; round++) {
            QueueFeatures features = round % 2 == 0 ? SPLIT : PACKED;
            memory.rewind(TestMemory.BASE);
            MockDriver driver = MockDriver.create(memory, features, SIZE);
            scribble(random, driver.layout());
            Virtqueue queue = Virtqueue.open(driver.layout(), features, memory.table(), Virtqueue.start(features.packed()));
            try {
                for (int i = 0; i < 2 * SIZE && queue.next(chain); i++) {
                    chain.readable().skip(chain.readable().remaining());
                    while (chain.writable().remaining() > 0) {
                        chain.writable().putByte(0);
                        chain.writable().skip(Math.min(chain.writable().remaining(), 500));
                    }
                    queue.complete(chain, chain.writable().position());
                    queue.needsNotification();
                    chains++;
                }
            } catch (QueueException e) {
                assertTrue(e.getMessage().indexOf('\n') < 0);
            }
        }
        assertTrue(chains > 1000, "the garbage is such that some of it passes: " + chains);
    }

    private void scribble(Random random, QueueLayout layout) {
        MemorySegment all = memory.at(layout.descriptorArea(), 512);
        for (int i = 0; i < SIZE; i++) {
            long at = 16L * i;
            long address = random.nextInt(8) == 0 ? random.nextLong() : TestMemory.BASE + random.nextInt(1 << 17);
            LittleEndian.putLong(all, at, address);
            LittleEndian.putInt(all, at + 8, random.nextInt(16) == 0 ? random.nextInt() : random.nextInt(64) * 16);
            LittleEndian.putInt(all, at + 12, random.nextInt() & (random.nextBoolean() ? 0x0083_0003 : 0x8087_0007));
        }
        MemorySegment driverArea = memory.at(layout.driverArea(), 20);
        for (int i = 0; i < 20; i += 2) {
            LittleEndian.putShort(driverArea, i, random.nextInt(SIZE + 1));
        }
    }

    private String refused(QueueLayout layout) {
        return assertThrows(QueueException.class, () -> Virtqueue.open(layout, SPLIT, memory.table(), 0)).getMessage();
    }

    private String split(Consumer<Virtqueue> mischief) throws Exception {
        return message(SPLIT, mischief);
    }

    private String packed(Consumer<Virtqueue> mischief) throws Exception {
        return message(PACKED, mischief);
    }

    private String message(QueueFeatures features, Consumer<Virtqueue> mischief) throws Exception {
        memory.close();
        memory = new TestMemory(2, 1 << 16);
        MockDriver driver = MockDriver.create(memory, features, SIZE);
        table = memory.at(driver.layout().descriptorArea(), 16L * SIZE);
        available = memory.at(driver.layout().driverArea(), 4);
        if (!features.packed()) {
            available = memory.at(driver.layout().driverArea(), 22);
        }
        data = memory.allocate(64, 16);
        Virtqueue queue = Virtqueue.open(driver.layout(), features, memory.table(), Virtqueue.start(features.packed()));
        mischief.accept(queue);
        return assertThrows(QueueException.class, () -> queue.next(new DescriptorChain())).getMessage();
    }

    private void one(long address, int length, int flags) {
        descriptor(0, address, length, flags, 0);
        offer(0);
    }

    private void offer(int head) {
        LittleEndian.putShort(available, 4, head);
        LittleEndian.putShort(available, 2, 1);
    }

    private void descriptor(int index, long address, int length, int flags, int next) {
        LittleEndian.putLong(table, 16L * index, address);
        LittleEndian.putInt(table, 16L * index + 8, length);
        LittleEndian.putShort(table, 16L * index + 12, flags);
        LittleEndian.putShort(table, 16L * index + 14, next);
    }

    private void packedDescriptor(int index, long address, int length, int flags) {
        LittleEndian.putLong(table, 16L * index, address);
        LittleEndian.putInt(table, 16L * index + 8, length);
        LittleEndian.putShort(table, 16L * index + 12, 0);
        LittleEndian.putShort(table, 16L * index + 14, flags);
    }
}
