package dev.caisson.virtio.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.virtio.memory.TestMemory;
import dev.caisson.virtio.queue.MockDriver.Piece;
import dev.caisson.virtio.queue.MockDriver.Used;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A random driver and the queue agree on what went through, in every kind of queue. */
class QueueAgreementTest {

    private static final int ROUNDS = 1500;

    static Stream<QueueFeatures> kinds() {
        return Stream.of(false, true).flatMap(packed -> Stream.of(false, true).flatMap(indirect ->
                Stream.of(false, true).flatMap(event -> Stream.of(false, true).map(inOrder ->
                        new QueueFeatures(packed, indirect, event, inOrder)))));
    }

    private record Sent(byte[] readable, List<Piece> writable) {}

    @ParameterizedTest
    @MethodSource("kinds")
    void whatTheDriverSendsArrivesAndWhatTheDeviceWritesComesBack(QueueFeatures features) throws Exception {
        for (int size : features.packed() ? new int[] {1, 7, 64} : new int[] {1, 8, 64}) {
            run(features, size, new Random(size * 31L + features.hashCode()));
        }
    }

    private static void run(QueueFeatures features, int size, Random random) throws Exception {
        try (TestMemory memory = new TestMemory(3, 1 << 16); Arena arena = Arena.ofConfined()) {
            MockDriver driver = MockDriver.create(memory, features, size);
            Virtqueue queue = Virtqueue.open(driver.layout(), features, memory.table(), Virtqueue.start(features.packed()));
            long buffers = memory.mark();
            Map<Integer, Sent> sent = new HashMap<>();
            Deque<Integer> expected = new ArrayDeque<>();
            Map<DescriptorChain, Integer> held = new HashMap<>();
            List<DescriptorChain> order = new ArrayList<>();
            Map<Integer, byte[]> written = new HashMap<>();
            MemorySegment scratch = arena.allocate(1 << 16);
            boolean isAsleep = false;
            for (int round = 0; round < ROUNDS; round++) {
                if (sent.isEmpty()) {
                    memory.rewind(buffers);
                }
                if (random.nextInt(3) > 0 && memory.mark() < TestMemory.BASE + 3 * (1 << 16) - 9000) {
                    List<Piece> readable = pieces(memory, random);
                    List<Piece> writable = pieces(memory, random);
                    byte[] bytes = fill(memory, readable, random);
                    boolean indirect = features.indirect() && random.nextBoolean() && readable.size() + writable.size() > 0;
                    int token = driver.add(readable, writable, indirect);
                    if (token >= 0) {
                        sent.put(token, new Sent(bytes, writable));
                        expected.add(token);
                        if (driver.wantsKick()) {
                            isAsleep = false;
                        }
                    }
                }
                if (random.nextBoolean() && !isAsleep) {
                    DescriptorChain chain = new DescriptorChain();
                    queue.suppressKicks();
                    if (queue.next(chain)) {
                        int token = expected.remove();
                        byte[] bytes = sent.get(token).readable;
                        assertEquals(bytes.length, chain.readable().remaining());
                        chain.readable().get(scratch, 0, bytes.length);
                        assertEquals(-1, scratch.asSlice(0, bytes.length).mismatch(MemorySegment.ofArray(bytes)));
                        held.put(chain, token);
                        order.add(chain);
                    } else {
                        isAsleep = !queue.allowKicks();
                    }
                }
                driver.wantNotification(random.nextBoolean());
                if (!order.isEmpty() && random.nextBoolean()) {
                    DescriptorChain chain = order.remove(features.inOrder() ? 0 : random.nextInt(order.size()));
                    int n = random.nextInt((int) chain.writable().size() + 1);
                    byte[] answer = new byte[n];
                    random.nextBytes(answer);
                    chain.writable().put(MemorySegment.ofArray(answer), 0, n);
                    written.put(held.remove(chain), answer);
                    queue.stage(chain, n);
                    if (random.nextBoolean()) {
                        queue.publish();
                    }
                    queue.needsNotification();
                    driver.wantNotification(true);
                }
                if (random.nextInt(4) == 0) {
                    for (Used used = driver.poll(); used != null; used = driver.poll()) {
                        byte[] answer = written.remove(used.token());
                        assertNotNull(answer);
                        assertEquals(answer.length, used.written());
                        check(memory, sent.remove(used.token()).writable, answer);
                    }
                }
            }
            assertTrue(driver.freeSlots() <= size);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whoWaitsIsNotified(QueueFeatures features) throws Exception {
        try (TestMemory memory = new TestMemory(1, 1 << 16)) {
            MockDriver driver = MockDriver.create(memory, features, 4);
            Virtqueue queue = Virtqueue.open(driver.layout(), features, memory.table(), Virtqueue.start(features.packed()));
            DescriptorChain chain = new DescriptorChain();
            List<Piece> piece = List.of(new Piece(memory.allocate(16, 1), 16));
            for (int i = 0; i < 50; i++) {
                assertFalse(queue.allowKicks());
                driver.wantNotification(true);
                driver.add(piece, List.of(), false);
                assertTrue(driver.wantsKick(), "kick " + i);
                assertTrue(queue.next(chain));
                assertFalse(queue.next(chain));
                queue.complete(chain, 0);
                assertTrue(queue.needsNotification(), "notification " + i);
                assertFalse(queue.needsNotification());
                assertNotNull(driver.poll());
                assertNull(driver.poll());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aQueueGoesOnWhereAnotherStopped(QueueFeatures features) throws Exception {
        try (TestMemory memory = new TestMemory(1, 1 << 16)) {
            MockDriver driver = MockDriver.create(memory, features, 4);
            int position = Virtqueue.start(features.packed());
            DescriptorChain chain = new DescriptorChain();
            List<Piece> pieces = List.of(new Piece(memory.allocate(16, 1), 16), new Piece(memory.allocate(16, 1), 16));
            for (int i = 0; i < 30; i++) {
                if (i == 0) {
                    // What front-ends say that know of split queues alone.
                    position = 0;
                }
                driver.add(pieces, List.of(), false);
                Virtqueue queue = Virtqueue.open(driver.layout(), features, memory.table(), position);
                assertTrue(queue.next(chain));
                queue.complete(chain, 0);
                position = queue.position();
                assertNotNull(driver.poll());
            }
        }
    }

    private static List<Piece> pieces(TestMemory memory, Random random) {
        List<Piece> pieces = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            int length = 1 + random.nextInt(1000);
            long address = memory.mark();
            // Not allocate(): a piece may well go on from one region into the next.
            memory.rewind(address + length);
            pieces.add(new Piece(address, length));
        }
        return pieces;
    }

    private static byte[] fill(TestMemory memory, List<Piece> pieces, Random random) {
        byte[] bytes = new byte[pieces.stream().mapToInt(Piece::length).sum()];
        random.nextBytes(bytes);
        int at = 0;
        for (Piece piece : pieces) {
            for (int i = 0; i < piece.length(); i++) {
                memory.putByte(piece.address() + i, bytes[at++]);
            }
        }
        return bytes;
    }

    private static void check(TestMemory memory, List<Piece> pieces, byte[] bytes) {
        int at = 0;
        for (Piece piece : pieces) {
            for (int i = 0; i < piece.length() && at < bytes.length; i++) {
                assertEquals(bytes[at++], memory.at(piece.address() + i, 1).get(ValueLayout.JAVA_BYTE, 0));
            }
        }
    }
}
