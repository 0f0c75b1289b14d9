package dev.caisson.virtio.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.memory.TestMemory;
import dev.caisson.virtio.queue.MockDriver.Piece;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A queue that is abandoned at any moment, as by a kill, and opened anew, loses and repeats nothing. */
class InflightTest {

    private static final int SIZE = 8;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatWasTakenAndNotGivenBackComesAgain(boolean packed) throws Exception {
        QueueFeatures features = new QueueFeatures(packed, true, false, false);
        Random random = new Random(3);
        try (TestMemory memory = new TestMemory(1, 1 << 20); Arena arena = Arena.ofConfined()) {
            MockDriver driver = MockDriver.create(memory, features, SIZE);
            MemorySegment region = arena.allocate(Virtqueue.inflightBytes(packed, SIZE), 8);
            Virtqueue queue = open(driver, features, memory, region);
            long buffers = memory.mark();
            List<DescriptorChain> held = new ArrayList<>();
            Set<Integer> open = new HashSet<>();
            int sent = 0;
            int back = 0;
            for (int round = 0; round < 6000; round++) {
                if (open.isEmpty()) {
                    memory.rewind(buffers);
                }
                if (random.nextInt(3) > 0) {
                    long at = memory.allocate(4, 4);
                    LittleEndian.putInt(memory.at(at, 4), 0, sent);
                    boolean indirect = random.nextBoolean();
                    List<Piece> pieces = random.nextBoolean() ? List.of(new Piece(at, 4))
                            : List.of(new Piece(at, 1), new Piece(at + 1, 3));
                    if (driver.add(pieces, List.of(), indirect) >= 0) {
                        open.add(sent++);
                    }
                }
                if (random.nextBoolean()) {
                    DescriptorChain chain = new DescriptorChain();
                    if (queue.next(chain)) {
                        held.add(chain);
                    }
                }
                if (!held.isEmpty() && random.nextBoolean()) {
                    DescriptorChain chain = held.remove(random.nextInt(held.size()));
                    assertTrue(open.remove(chain.readable().getInt()), "given back once");
                    queue.complete(chain, 0);
                }
                if (random.nextInt(10) == 0) {
                    int taken = held.size();
                    held.clear();
                    queue = open(driver, features, memory, region);
                    DescriptorChain chain = new DescriptorChain();
                    int last = -1;
                    for (int i = 0; i < taken; i++) {
                        assertTrue(queue.next(chain));
                        int number = chain.readable().getInt();
                        assertTrue(open.contains(number) && number > last, "again, in order");
                        last = number;
                        chain.rewind();
                        held.add(chain);
                        chain = new DescriptorChain();
                    }
                }
                while (driver.poll() != null) {
                    back++;
                }
            }
            assertTrue(sent > 1000);
            assertEquals(sent, back + open.size());
        }
    }

    private static Virtqueue open(MockDriver driver, QueueFeatures features, TestMemory memory, MemorySegment region)
            throws QueueException {
        Virtqueue queue = Virtqueue.open(driver.layout(), features, memory.table(), Virtqueue.start(features.packed()));
        queue.track(region, SIZE);
        return queue;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKillBetweenPublishingAndTheAccountOfIt(boolean packed) throws Exception {
        QueueFeatures features = new QueueFeatures(packed, true, false, false);
        try (TestMemory memory = new TestMemory(1, 1 << 16); Arena arena = Arena.ofConfined()) {
            MockDriver driver = MockDriver.create(memory, features, SIZE);
            MemorySegment region = arena.allocate(Virtqueue.inflightBytes(packed, SIZE), 8);
            Virtqueue queue = open(driver, features, memory, region);
            DescriptorChain chain = new DescriptorChain();
            List<Piece> piece = List.of(new Piece(memory.allocate(4, 4), 4));
            for (int i = 0; i < 3; i++) {
                driver.add(piece, List.of(), false);
            }
            assertTrue(queue.next(chain));
            queue.complete(chain, 0);
            assertTrue(queue.next(chain));
            MemorySegment before = arena.allocate(region.byteSize(), 8).copyFrom(region);
            queue.complete(chain, 0);
            MemorySegment after = arena.allocate(region.byteSize(), 8).copyFrom(region);
            // The moment right after the ring said so: the account's first half is written, its second is not.
            region.copyFrom(before);
            if (packed) {
                MemorySegment.copy(after, 12, region, 12, 2);
                MemorySegment.copy(after, 16, region, 16, 2);
                MemorySegment.copy(after, 20, region, 20, 1);
                MemorySegment.copy(after, 34, region, 34, 2);
            } else {
                MemorySegment.copy(after, 12, region, 12, 2);
            }
            queue = open(driver, features, memory, region);
            assertTrue(queue.next(chain), "the third is there");
            assertFalse(queue.next(chain), "and the second is not there again");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void garbageInTheAccountIsSurvived(boolean packed) throws Exception {
        QueueFeatures features = new QueueFeatures(packed, true, false, false);
        Random random = new Random(5);
        try (TestMemory memory = new TestMemory(1, 1 << 16); Arena arena = Arena.ofConfined()) {
            MockDriver driver = MockDriver.create(memory, features, SIZE);
            MemorySegment region = arena.allocate(Virtqueue.inflightBytes(packed, SIZE), 8);
            for (int round = 0; round < 3000; round++) {
                for (long i = 0; i < region.byteSize(); i++) {
                    LittleEndian.putByte(region, i, random.nextInt(3) > 0 ? random.nextInt(SIZE + 1) : 0);
                }
                LittleEndian.putShort(region, 8, 1);
                LittleEndian.putShort(region, 10, SIZE);
                try {
                    Virtqueue queue = open(driver, features, memory, region);
                    DescriptorChain chain = new DescriptorChain();
                    for (int i = 0; i < 2 * SIZE && queue.next(chain); i++) {
                        queue.complete(chain, 0);
                    }
                } catch (QueueException e) {
                    assertTrue(e.getMessage().indexOf('\n') < 0);
                }
            }
            LittleEndian.putShort(region, 8, 2);
            assertThrows(QueueException.class, () -> open(driver, features, memory, region));
        }
    }
}
