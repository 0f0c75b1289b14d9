package dev.caisson.virtio.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caisson.virtio.device.rng.EntropyDevice;
import dev.caisson.virtio.transport.vhostuser.FrontEndDouble;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class EntropyDeviceTest extends DriverTest {

    @Test
    void aBufferIsFilled() throws Exception {
        connect(EntropyDevice.open(), 0);
        FrontEndDouble.Queue queue = frontEnd.start(0, 8);
        long first = offer(queue, 4096);
        assertEquals(4096, queue.await().written());
        long second = offer(queue, 4096);
        assertEquals(4096, queue.await().written());
        assertFalse(Arrays.equals(bytes(first, 4096), bytes(second, 4096)));
    }
}
