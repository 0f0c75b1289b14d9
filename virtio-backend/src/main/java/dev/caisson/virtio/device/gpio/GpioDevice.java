package dev.caisson.virtio.device.gpio;

import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.DeviceContext;
import dev.caisson.virtio.device.DeviceQueue;
import dev.caisson.virtio.device.gpio.GpioChip.Direction;
import dev.caisson.virtio.device.gpio.GpioChip.Trigger;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A GPIO device (VIRTIO 1.3, 5.18). A driver that wants a line's interrupts leaves a buffer with the device, which keeps it until the line's
 * trigger comes.
 *
 * <pre>
 *   request (5.18.6)                       answer
 *    0       2       4               8      0        1       2
 *   +-------+-------+---------------+      +--------+-------+-- … --+
 *   | type  | line  | value         |      | status | value, or names |
 *   +-------+-------+---------------+      +--------+-------+-- … --+
 *
 *   event (5.18.6.7): the driver's line, the device's answer
 *    0       2        0        1
 *   +-------+        +--------+
 *   | line  |        | status |
 *   +-------+        +--------+
 *
 *   configuration (5.18.4): 0 lines u16, 2 (padding), 4 bytes of names u32
 * </pre>
 */
public final class GpioDevice implements Device {

    private static final int TYPE = 41;
    private static final long F_IRQ = 1;
    private static final int EVENT_QUEUE = 1;

    private static final int GET_NAMES = 1;
    private static final int GET_DIRECTION = 2;
    private static final int SET_DIRECTION = 3;
    private static final int GET_VALUE = 4;
    private static final int SET_VALUE = 5;
    private static final int SET_TRIGGER = 6;

    private static final int STATUS_OK = 0;
    private static final int STATUS_ERROR = 1;
    private static final int EVENT_INVALID = 0;
    private static final int EVENT_VALID = 1;

    private final GpioChip chip;
    private final int lineCount;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment names;
    private final Trigger[] triggers;
    private final boolean[] nextValue;
    /** A trigger has come while the line had no buffer: with edges, it is told when one comes. */
    private final boolean[] isDue;
    private final DescriptorChain[] eventBuffers;
    private final boolean[] hasEventBuffer;
    private final DescriptorChain spare = new DescriptorChain();
    private DeviceContext context;

    /** Takes over {@code chip}. */
    public GpioDevice(GpioChip chip) {
        this.chip = chip;
        lineCount = chip.names().size();
        if (lineCount < 1 || lineCount > 1024) {
            throw new IllegalArgumentException("a GPIO device can't have %d lines".formatted(lineCount));
        }
        byte[] bytes = (String.join("\0", chip.names()) + "\0").getBytes(StandardCharsets.US_ASCII);
        names = arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
        triggers = new Trigger[lineCount];
        Arrays.fill(triggers, Trigger.NONE);
        nextValue = new boolean[lineCount];
        isDue = new boolean[lineCount];
        eventBuffers = new DescriptorChain[lineCount];
        hasEventBuffer = new boolean[lineCount];
        for (int i = 0; i < lineCount; i++) {
            eventBuffers[i] = new DescriptorChain();
        }
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "gpio";
    }

    @Override
    public long features() {
        return F_IRQ;
    }

    @Override
    public int queueCount() {
        return 2;
    }

    @Override
    public boolean completesInOrder() {
        return false;
    }

    @Override
    public void readConfig(int offset, MemorySegment into) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment config = local.allocate(offset + Math.max(into.byteSize(), 8));
            LittleEndian.putShort(config, 0, lineCount);
            LittleEndian.putInt(config, 4, (int) names.byteSize());
            MemorySegment.copy(config, offset, into, 0, into.byteSize());
        }
    }

    @Override
    public void attach(DeviceContext itsContext) {
        context = itsContext;
        chip.onEdge(line -> context.thread(0).post(() -> triggered(line)));
    }

    @Override
    public void reset() {
        context.thread(0).call(() -> {
            for (int i = 0; i < lineCount; i++) {
                setTrigger(i, Trigger.NONE);
                chip.setDirection(i, Direction.NONE, false);
            }
            Arrays.fill(isDue, false);
            Arrays.fill(nextValue, false);
        });
    }

    @Override
    public void kicked(DeviceQueue queue) {
        if (queue.index() == EVENT_QUEUE) {
            takeEventBuffers(queue);
        } else {
            queue.drain(this::request);
        }
    }

    // Requests.

    private long request(DescriptorChain chain) throws QueueException {
        int type = chain.readable().getShort();
        int line = chain.readable().getShort();
        int value = chain.readable().getInt();
        if (type == GET_NAMES) {
            chain.writable().putByte(STATUS_OK);
            chain.writable().put(names, 0, Math.min(names.byteSize(), chain.writable().remaining()));
            return chain.writable().position();
        }
        int answer = line < lineCount ? answer(type, line, value) : -1;
        chain.writable().putByte(answer < 0 ? STATUS_ERROR : STATUS_OK);
        chain.writable().putByte(Math.max(answer, 0));
        return chain.writable().position();
    }

    /** The answer's value, or -1 for an error. */
    private int answer(int type, int line, int value) {
        return switch (type) {
            case GET_DIRECTION -> chip.direction(line).ordinal();
            case SET_DIRECTION -> setDirection(line, value);
            case GET_VALUE -> chip.value(line) ? 1 : 0;
            case SET_VALUE -> setValue(line, value);
            case SET_TRIGGER -> {
                Trigger trigger = Trigger.of(value);
                yield trigger != null && setTrigger(line, trigger) ? 0 : -1;
            }
            default -> -1;
        };
    }

    private int setDirection(int line, int value) {
        if (value < 0 || value >= Direction.values().length || triggers[line] != Trigger.NONE) {
            return -1;
        }
        return chip.setDirection(line, Direction.values()[value], nextValue[line]) ? 0 : -1;
    }

    /** VIRTIO 1.3, 5.18.6.5: the value of a line that is no output yet is what it is driven with when it becomes one. */
    private int setValue(int line, int value) {
        if (value != 0 && value != 1) {
            return -1;
        }
        nextValue[line] = value == 1;
        return chip.direction(line) != Direction.OUT || chip.setValue(line, value == 1) ? 0 : -1;
    }

    // Interrupts.

    private boolean setTrigger(int line, Trigger trigger) {
        if (!chip.setTrigger(line, trigger)) {
            return false;
        }
        triggers[line] = trigger;
        isDue[line] = false;
        if (trigger == Trigger.NONE) {
            giveBack(line, EVENT_INVALID);
        }
        return true;
    }

    private void triggered(int line) {
        if (triggers[line] == Trigger.NONE) {
            return;
        }
        if (hasEventBuffer[line]) {
            giveBack(line, EVENT_VALID);
        } else {
            isDue[line] = !triggers[line].isLevel();
        }
    }

    private void takeEventBuffers(DeviceQueue queue) {
        try {
            do {
                while (queue.next(spare)) {
                    int line = spare.readable().getShort();
                    if (line >= lineCount || hasEventBuffer[line] || triggers[line] == Trigger.NONE) {
                        spare.writable().putByte(EVENT_INVALID);
                        queue.complete(spare, 1);
                    } else {
                        keep(queue, line);
                    }
                }
                queue.notifyDriver();
            } while (queue.allowKicks());
        } catch (QueueException e) {
            queue.fail(e);
        }
    }

    private void keep(DeviceQueue queue, int line) throws QueueException {
        DescriptorChain kept = eventBuffers[line];
        kept.copyFrom(spare);
        hasEventBuffer[line] = true;
        boolean isLevelNow = triggers[line] == Trigger.HIGH && chip.value(line) || triggers[line] == Trigger.LOW && !chip.value(line);
        if (isDue[line] || isLevelNow) {
            isDue[line] = false;
            giveBack(line, EVENT_VALID);
        }
        queue.notifyDriver();
    }

    private void giveBack(int line, int status) {
        if (!hasEventBuffer[line]) {
            return;
        }
        DeviceQueue queue = context.queue(EVENT_QUEUE);
        hasEventBuffer[line] = false;
        try {
            eventBuffers[line].writable().putByte(status);
            queue.complete(eventBuffers[line], 1);
            queue.notifyDriver();
        } catch (QueueException e) {
            queue.fail(e);
        }
    }

    @Override
    public void stopping(DeviceQueue queue) {
        if (queue.index() == EVENT_QUEUE) {
            for (int i = 0; i < lineCount; i++) {
                giveBack(i, EVENT_INVALID);
            }
        }
    }

    @Override
    public void memoryChanged(DeviceQueue queue) {
        if (queue.index() != EVENT_QUEUE) {
            return;
        }
        try {
            for (int i = 0; i < lineCount; i++) {
                if (hasEventBuffer[i]) {
                    eventBuffers[i].rebind(queue.memory());
                }
            }
        } catch (QueueException e) {
            queue.fail(e);
        }
    }

    @Override
    public void close() {
        chip.close();
        arena.close();
    }
}
