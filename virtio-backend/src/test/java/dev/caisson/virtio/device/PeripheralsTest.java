package dev.caisson.virtio.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.caisson.virtio.device.gpio.GpioDevice;
import dev.caisson.virtio.device.gpio.SimulatedGpioChip;
import dev.caisson.virtio.device.i2c.I2cDevice;
import dev.caisson.virtio.device.i2c.SimulatedI2cBus;
import dev.caisson.virtio.queue.MockDriver.Piece;
import dev.caisson.virtio.transport.vhostuser.FrontEndDouble;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a microcontroller would offer. */
class PeripheralsTest extends DriverTest {

    @Test
    void i2cChipsAreWrittenAndRead() throws Exception {
        connect(new I2cDevice(new SimulatedI2cBus(0x50)), 1);
        FrontEndDouble.Queue queue = frontEnd.start(0, 8);
        assertArrayEquals(new byte[] {0}, ask(queue, new byte[] {(byte) 0xa0, 0, 0, 0, 0, 0, 0, 0, 16, 1, 2, 3}, 1));
        assertArrayEquals(new byte[] {0}, ask(queue, new byte[] {(byte) 0xa0, 0, 0, 0, 0, 0, 0, 0, 17}, 1));
        assertArrayEquals(new byte[] {2, 3, 0}, ask(queue, new byte[] {(byte) 0xa0, 0, 0, 0, 2, 0, 0, 0}, 3));
        assertArrayEquals(new byte[] {1}, ask(queue, new byte[] {(byte) 0xa2, 0, 0, 0, 0, 0, 0, 0, 17}, 1), "nobody is there");
        assertArrayEquals(new byte[] {0}, ask(queue, new byte[] {(byte) 0xa0, 0, 0, 0, 0, 0, 0, 0}, 1), "of no length");
    }

    @Test
    void gpioLinesAreSetReadAndInterrupt() throws Exception {
        SimulatedGpioChip chip = new SimulatedGpioChip(List.of("led", "button"));
        connect(new GpioDevice(chip), 1);
        FrontEndDouble.Queue requests = frontEnd.start(0, 8);
        FrontEndDouble.Queue events = frontEnd.start(1, 8);
        assertEquals("\0led\0button\0", new String(ask(requests, new byte[] {1, 0, 0, 0, 0, 0, 0, 0}, 12)));
        assertArrayEquals(new byte[] {0, 0}, ask(requests, new byte[] {5, 0, 0, 0, 1, 0, 0, 0}, 2));
        assertArrayEquals(new byte[] {0, 0}, ask(requests, new byte[] {3, 0, 0, 0, 1, 0, 0, 0}, 2));
        assertArrayEquals(new byte[] {0, 1}, ask(requests, new byte[] {4, 0, 0, 0, 0, 0, 0, 0}, 2));
        assertArrayEquals(new byte[] {0, 1}, ask(requests, new byte[] {2, 0, 0, 0, 0, 0, 0, 0}, 2));
        assertArrayEquals(new byte[] {1, 0}, ask(requests, new byte[] {4, 0, 2, 0, 0, 0, 0, 0}, 2), "no such line");

        assertArrayEquals(new byte[] {0, 0}, ask(requests, new byte[] {6, 0, 1, 0, 1, 0, 0, 0}, 2));
        long line = memory.allocate(2, 2);
        memory.putByte(line, 1);
        long status = memory.allocate(1, 1);
        events.driver().add(List.of(new Piece(line, 2)), List.of(new Piece(status, 1)), false);
        events.kick();
        frontEnd.settle();
        assertNull(events.driver().poll());
        chip.drive(1, true);
        events.await();
        assertEquals(1, memory.byteAt(status));
        chip.drive(1, false);
        chip.drive(1, true);
        assertArrayEquals(new byte[] {1}, ask(events, new byte[] {1, 0}, 1), "an edge is remembered");
        assertArrayEquals(new byte[] {0, 0}, ask(requests, new byte[] {6, 0, 1, 0, 0, 0, 0, 0}, 2));
        assertArrayEquals(new byte[] {0}, ask(events, new byte[] {1, 0}, 1), "no interrupts any more");
    }
}
