package dev.caisson.virtio.device.console;

import static dev.caisson.virtio.device.console.ConsoleDescriptor.*;

import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.DeviceContext;
import dev.caisson.virtio.device.DeviceQueue;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.queue.DescriptorChain;
import dev.caisson.virtio.queue.QueueException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/** A console (VIRTIO 1.3, 5.3): one port, or several with a driver that knows of them. One thread serves them all. */
public final class ConsoleDevice implements Device {

    private static final int TYPE = 3;
    private static final int MOST_NAME_BYTES = 64;
    /** A driver that never takes its control messages gets no more than this. */
    private static final int MOST_WAITING = 1024;

    /** A message to the driver that waits for a buffer. */
    private record Control(int port, int event, int value, byte[] name) {}

    private final List<PortStream> streams;
    private final ConsolePort[] ports;
    private final boolean[] isPortReady;
    private final Queue<Control> waiting = new ArrayDeque<>();
    private final DescriptorChain chain = new DescriptorChain();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment scratch = arena.allocate(CONTROL_BYTES + MOST_NAME_BYTES);
    private DeviceContext context;
    private volatile boolean isMultiport;
    private volatile int columns = 80;
    private volatile int rows = 25;

    /** With a port for each of {@code streams}, 1 to 31, which are taken over. */
    public ConsoleDevice(List<PortStream> streams) {
        if (streams.isEmpty() || streams.size() > 31) {
            throw new IllegalArgumentException("a console can't have %d ports".formatted(streams.size()));
        }
        this.streams = List.copyOf(streams);
        this.ports = new ConsolePort[streams.size()];
        this.isPortReady = new boolean[streams.size()];
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "console";
    }

    @Override
    public long features() {
        return F_SIZE | F_MULTIPORT;
    }

    @Override
    public int queueCount() {
        return 2 + 2 * streams.size();
    }

    @Override
    public void readConfig(int offset, MemorySegment into) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment config = local.allocate(offset + Math.max(into.byteSize(), CONFIG_BYTES));
            LittleEndian.putShort(config, CONFIG_COLUMNS, columns);
            LittleEndian.putShort(config, CONFIG_ROWS, rows);
            LittleEndian.putInt(config, CONFIG_MOST_PORTS, streams.size());
            MemorySegment.copy(config, offset, into, 0, into.byteSize());
        }
    }

    /** Sets the size of port 0's terminal, and tells the driver. From any thread. */
    public void resize(int newColumns, int newRows) {
        columns = newColumns;
        rows = newRows;
        context.configChanged();
    }

    @Override
    public void attach(DeviceContext itsContext) {
        context = itsContext;
        for (int i = 0; i < ports.length; i++) {
            int port = i;
            ports[i] = new ConsolePort(streams.get(i), context.queue(receiveQueue(i)), context.queue(transmitQueue(i)),
                    context.thread(0), () -> openChanged(port));
        }
        context.thread(0).call(() -> Arrays.stream(ports).forEach(ConsolePort::begin));
    }

    @Override
    public void negotiated(long features) {
        isMultiport = (features & F_MULTIPORT) != 0;
    }

    @Override
    public void reset() {
        context.thread(0).call(() -> {
            waiting.clear();
            Arrays.fill(isPortReady, false);
        });
        isMultiport = false;
    }

    @Override
    public void kicked(DeviceQueue queue) {
        int index = queue.index();
        if (index == CONTROL_RECEIVE) {
            sendControls();
        } else if (index == CONTROL_TRANSMIT) {
            queue.drain(this::control);
        } else if (receiveQueue(portOf(index)) == index) {
            ports[portOf(index)].receiveKicked();
        } else {
            ports[portOf(index)].transmitKicked();
        }
    }

    @Override
    public void stopping(DeviceQueue queue) {
        if (portOf(queue.index()) >= 0 && queue.index() == transmitQueue(portOf(queue.index()))) {
            ports[portOf(queue.index())].transmitStopping();
        }
    }

    @Override
    public void memoryChanged(DeviceQueue queue) {
        if (portOf(queue.index()) >= 0 && queue.index() == transmitQueue(portOf(queue.index()))) {
            ports[portOf(queue.index())].memoryChanged();
        }
    }

    /** What the driver says on the control queue. */
    private long control(DescriptorChain message) throws QueueException {
        long port = message.readable().getUnsignedInt();
        int event = message.readable().getShort();
        int value = message.readable().getShort();
        switch (event) {
            case EVENT_DEVICE_READY -> {
                if (value == 1) {
                    for (int i = 0; i < ports.length; i++) {
                        tell(i, EVENT_PORT_ADD, 1);
                    }
                }
            }
            case EVENT_PORT_READY -> {
                if (port < ports.length && value == 1) {
                    portReady((int) port);
                }
            }
            default -> { }   // PORT_OPEN: whether a program of the driver's has the port open changes nothing here.
        }
        sendControls();
        return 0;
    }

    private void portReady(int port) {
        isPortReady[port] = true;
        PortStream stream = ports[port].stream();
        if (stream.isConsole()) {
            tell(port, EVENT_CONSOLE_PORT, 1);
        }
        if (!stream.name().isEmpty()) {
            byte[] name = stream.name().getBytes(StandardCharsets.UTF_8);
            waiting.add(new Control(port, EVENT_PORT_NAME, 1, Arrays.copyOf(name, Math.min(name.length, MOST_NAME_BYTES))));
        }
        if (stream.isConsole() || ports[port].isOpen()) {
            tell(port, EVENT_PORT_OPEN, 1);
        }
    }

    private void openChanged(int port) {
        if (isPortReady[port] && !ports[port].stream().isConsole()) {
            tell(port, EVENT_PORT_OPEN, ports[port].isOpen() ? 1 : 0);
            sendControls();
        }
    }

    private void tell(int port, int event, int value) {
        if (waiting.size() < MOST_WAITING) {
            waiting.add(new Control(port, event, value, new byte[0]));
        }
    }

    private void sendControls() {
        DeviceQueue queue = context.queue(CONTROL_RECEIVE);
        try {
            while (isMultiport && !waiting.isEmpty() && queue.next(chain)) {
                Control control = waiting.remove();
                LittleEndian.putInt(scratch, 0, control.port);
                LittleEndian.putShort(scratch, 4, control.event);
                LittleEndian.putShort(scratch, 6, control.value);
                MemorySegment.copy(MemorySegment.ofArray(control.name), 0, scratch, CONTROL_BYTES, control.name.length);
                long length = Math.min(chain.writable().size(), CONTROL_BYTES + control.name.length);
                chain.writable().put(scratch, 0, length);
                queue.complete(chain, length);
            }
            queue.notifyDriver();
        } catch (QueueException e) {
            queue.fail(e);
        }
    }

    @Override
    public void close() {
        for (ConsolePort port : ports) {
            port.close();
        }
        arena.close();
    }
}
