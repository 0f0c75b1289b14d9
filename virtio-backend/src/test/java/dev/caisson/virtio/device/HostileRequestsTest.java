package dev.caisson.virtio.device;

import dev.caisson.virtio.device.blk.BlockDevice;
import dev.caisson.virtio.device.blk.FileDisk;
import dev.caisson.virtio.device.console.ConsoleDevice;
import dev.caisson.virtio.device.console.PortStream;
import dev.caisson.virtio.device.gpio.GpioDevice;
import dev.caisson.virtio.device.gpio.SimulatedGpioChip;
import dev.caisson.virtio.device.i2c.I2cDevice;
import dev.caisson.virtio.device.i2c.SimulatedI2cBus;
import dev.caisson.virtio.device.net.NetDevice;
import dev.caisson.virtio.device.net.SocketPeer;
import dev.caisson.virtio.device.rng.EntropyDevice;
import dev.caisson.virtio.device.vsock.VsockDevice;
import dev.caisson.virtio.memory.LittleEndian;
import dev.caisson.virtio.queue.MockDriver.Piece;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.transport.vhostuser.FrontEndDouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of any content and shape: each device answers them, or stops the queue that they are on, and can be stopped afterwards. */
class HostileRequestsTest extends DriverTest {

    private static final int ROUNDS = 12;
    private static final int REQUESTS = 60;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"blk", "rng", "console", "net", "vsock", "i2c", "gpio"})
    void anyRequest(String kind) throws Exception {
        Random random = new Random(kind.hashCode());
        List<Fd> ours = new ArrayList<>();
        Device device = device(kind, ours);
        connect(device, random.nextLong() & 0xff_ffff | 1L << 29);
        long start = memory.mark();
        for (int round = 0; round < ROUNDS; round++) {
            memory.rewind(start);
            List<FrontEndDouble.Queue> queues = new ArrayList<>();
            for (int i = 0; i < device.queueCount(); i++) {
                queues.add(fresh(i));
            }
            for (int i = 0; i < REQUESTS; i++) {
                FrontEndDouble.Queue queue = queues.get(random.nextInt(queues.size()));
                queue.driver().add(pieces(random, true), pieces(random, false), false);
                queue.kick();
                while (queue.driver().poll() != null) {
                    continue;
                }
            }
            for (int i = 0; i < device.queueCount(); i++) {
                frontEnd.stop(i);
            }
        }
        frontEnd.settle();
        ours.forEach(Fd::close);
    }

    /** A queue in memory that nobody has written to since it was last used otherwise. */
    private FrontEndDouble.Queue fresh(int index) throws IOException {
        long mark = memory.mark();
        memory.at(mark, 2048).fill((byte) 0);
        return frontEnd.start(index, 16);
    }

    private Device device(String kind, List<Fd> ours) throws IOException {
        return switch (kind) {
            case "blk" -> {
                Path disk = folder.resolve("disk");
                Files.write(disk, new byte[1 << 16]);
                yield new BlockDevice(FileDisk.open(disk.toString(), false), "", 2);
            }
            case "rng" -> EntropyDevice.open();
            case "console" -> new ConsoleDevice(List.of(PortStream.of("a", true, one(ours, Sys.SOCK_STREAM)),
                    PortStream.of("b", false, one(ours, Sys.SOCK_STREAM))));
            case "net" -> new NetDevice(List.of(new SocketPeer(one(ours, Sys.SOCK_DGRAM))), new byte[6], 0);
            case "vsock" -> new VsockDevice(3, folder.resolve("vsock").toString());
            case "i2c" -> new I2cDevice(new SimulatedI2cBus(0x50));
            default -> new GpioDevice(new SimulatedGpioChip(List.of("a", "b", "c")));
        };
    }

    private static Fd one(List<Fd> ours, int type) throws IOException {
        Fd[] pair = Sys.socketPair(type);
        ours.add(pair[1]);
        return pair[0];
    }

    private List<Piece> pieces(Random random, boolean isReadable) {
        List<Piece> pieces = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            int length = random.nextInt(10) == 0 ? random.nextInt(3000) : random.nextInt(64);
            long at = memory.allocate(Math.max(1, length), 1);
            for (int j = 0; isReadable && j < length; j++) {
                LittleEndian.putByte(memory.at(at + j, 1), 0, random.nextInt(3) > 0 ? random.nextInt(3) : random.nextInt());
            }
            pieces.add(new Piece(at, length));
        }
        return pieces;
    }
}
