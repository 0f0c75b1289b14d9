package dev.caisson.virtio.device.i2c;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.TreeMap;

/**
 * A bus in memory, with chips of 256 bytes as small EEPROMs have them: the first byte written is where the next bytes are written to or read
 * from, and every byte moves it on.
 */
public final class SimulatedI2cBus implements I2cBus {

    private static final int CHIP_BYTES = 256;

    private static final class Chip {
        private final byte[] bytes = new byte[CHIP_BYTES];
        private int position;
    }

    private final Map<Integer, Chip> chips = new TreeMap<>();

    /** With a chip at each of {@code addresses}. */
    public SimulatedI2cBus(int... addresses) {
        for (int address : addresses) {
            chips.put(address, new Chip());
        }
    }

    @Override
    public int transfer(Message[] messages, int count) {
        for (int i = 0; i < count; i++) {
            Message message = messages[i];
            Chip chip = chips.get(message.address());
            if (chip == null) {
                return i;
            }
            MemorySegment data = message.data();
            for (int at = 0; at < message.length(); at++) {
                if (message.isRead()) {
                    data.set(ValueLayout.JAVA_BYTE, at, chip.bytes[chip.position]);
                } else if (at == 0) {
                    chip.position = data.get(ValueLayout.JAVA_BYTE, 0) & 0xff;
                    continue;
                } else {
                    chip.bytes[chip.position] = data.get(ValueLayout.JAVA_BYTE, at);
                }
                chip.position = (chip.position + 1) % CHIP_BYTES;
            }
        }
        return count;
    }

    @Override
    public void close() {
        chips.clear();
    }
}
