package dev.caisson.virtio.transport.vhostuser;

import static dev.caisson.virtio.transport.vhostuser.MessageDescriptor.*;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.virtio.device.blk.BlockDevice;
import dev.caisson.virtio.device.blk.FileDisk;
import dev.caisson.virtio.memory.TestMemory;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.Sys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can't be ends the connection, and the next front-end finds the device as it was. */
class MalformedMessagesTest {

    @TempDir
    private Path folder;

    /** Something that a front-end should not do. */
    private interface Mischief {
        void play(FrontEndDouble frontEnd) throws IOException;
    }

    @Test
    void eachEndsTheConnection() throws Exception {
        try (TestMemory memory = new TestMemory(2, 1 << 16); VhostUserServer server = serve(); Fd file = Sys.memfd("x", 4096)) {
            ended(memory, f -> f.sendRaw(1, 0, 0, 0));
            ended(memory, f -> f.sendRaw(1, VERSION | F_REPLY, 0, 0));
            ended(memory, f -> f.sendRaw(0, VERSION, 0, 0));
            ended(memory, f -> f.sendRaw(19, VERSION, 0, 0));
            ended(memory, f -> f.sendRaw(-1, VERSION, 0, 0));
            ended(memory, f -> f.sendRaw(Request.SET_FEATURES.id(), VERSION, 4, 4));
            ended(memory, f -> f.sendRaw(Request.SET_FEATURES.id(), VERSION, -1, 8));
            ended(memory, f -> f.sendRaw(Request.SET_FEATURES.id(), VERSION, 8, 8, file));
            ended(memory, f -> f.tell(Request.SET_FEATURES, -1));
            ended(memory, f -> f.tell(Request.SET_PROTOCOL_FEATURES, -1));
            ended(memory, f -> f.state(Request.SET_VRING_NUM, 2, 8));
            ended(memory, f -> f.state(Request.SET_VRING_NUM, -1, 8));
            ended(memory, f -> f.state(Request.SET_VRING_NUM, 0, 0));
            ended(memory, f -> f.state(Request.SET_VRING_NUM, 0, 65_536));
            ended(memory, f -> f.state(Request.GET_VRING_BASE, 77, 0));
            ended(memory, f -> f.state(Request.SET_VRING_ENABLE, 0, 2));
            ended(memory, f -> {
                f.put64(0, 0);
                f.send(Request.SET_VRING_KICK, 8, file);
            });
            ended(memory, f -> {
                f.put64(0, NO_DESCRIPTOR);
                f.send(Request.SET_VRING_KICK, 8);
            });
            ended(memory, f -> {
                f.put64(0, NO_DESCRIPTOR);
                f.send(Request.SET_VRING_CALL, 8, file);
            });
            ended(memory, f -> {
                f.put64(0, 0);
                f.send(Request.SET_VRING_ERR, 8);
            });
            ended(memory, f -> {
                f.put64(0, 9);
                f.send(Request.SET_MEM_TABLE, 8);
            });
            ended(memory, f -> {
                f.put64(0, 2);
                f.send(Request.SET_MEM_TABLE, 72, file);
            });
            ended(memory, f -> {
                f.put64(0, 1);
                f.put64(8, 0);
                f.put64(16, 8192);
                f.put64(24, 0);
                f.put64(32, 0);
                f.send(Request.SET_MEM_TABLE, 40, file);
            });
            ended(memory, f -> {
                f.put32(0, 250);
                f.put32(4, 10);
                f.send(Request.GET_CONFIG, 22);
            });
            ended(memory, f -> {
                f.put32(0, 0);
                f.put32(4, 8);
                f.send(Request.SET_CONFIG, 20);
            });
            ended(memory, f -> {
                f.put64(0, 0);
                f.put64(8, 0);
                f.put64(16, 3 | 128 << 16);
                f.send(Request.GET_INFLIGHT_FD, 24);
            });
            ended(memory, f -> {
                f.put64(0, 16);
                f.put64(8, 0);
                f.put64(16, 1 | 128 << 16);
                f.send(Request.SET_INFLIGHT_FD, 24, file);
            });
            ended(memory, f -> f.send(Request.ADD_MEM_REG, 40));
            ended(memory, f -> {
                f.tell(Request.SET_PROTOCOL_FEATURES, 0);
                f.tell(Request.GET_STATUS);
            });
            survives(memory);
            server.awaitEnd();
        }
    }

    @Test
    void soDoesGarbageOfAnyKind() throws Exception {
        Random random = new Random(11);
        try (TestMemory memory = new TestMemory(2, 1 << 16); VhostUserServer server = serve()) {
            for (int i = 0; i < 300; i++) {
                try (FrontEndDouble frontEnd = connect(memory)) {
                    frontEnd.negotiate(0);
                    frontEnd.start(0, 8);
                    for (int j = 0; j < 20; j++) {
                        byte[] bytes = new byte[12 + 8 * random.nextInt(6)];
                        random.nextBytes(bytes);
                        if (random.nextInt(4) > 0) {
                            bytes[0] = (byte) random.nextInt(41);
                            bytes[1] = bytes[2] = bytes[3] = 0;
                            bytes[4] = (byte) (1 | random.nextInt(2) << 3);
                            bytes[5] = bytes[6] = bytes[7] = 0;
                            bytes[8] = (byte) (bytes.length - 12);
                            bytes[9] = bytes[10] = bytes[11] = 0;
                            for (int k = 12; k < bytes.length; k++) {
                                bytes[k] &= (byte) (random.nextBoolean() ? 0 : 3);
                            }
                        }
                        frontEnd.sendBytes(bytes);
                    }
                } catch (IOException e) {
                    continue;
                }
            }
            survives(memory);
            server.awaitEnd();
        }
    }

    private VhostUserServer serve() throws IOException {
        Path disk = folder.resolve("disk");
        Files.write(disk, new byte[4096]);
        return VhostUserServer.listen(folder.resolve("socket").toString(),
                new BlockDevice(FileDisk.open(disk.toString(), false), "", 2));
    }

    private FrontEndDouble connect(TestMemory memory) throws IOException {
        memory.rewind(TestMemory.BASE);
        return new FrontEndDouble(Sys.connect(folder.resolve("socket").toString(), Sys.SOCK_STREAM), memory);
    }

    private void ended(TestMemory memory, Mischief mischief) throws IOException {
        try (FrontEndDouble frontEnd = connect(memory)) {
            frontEnd.negotiate(0);
            try {
                mischief.play(frontEnd);
            } catch (IOException e) {
                // The connection may end while there is still something to send.
                return;
            }
            assertTrue(frontEnd.isEnded());
        }
    }

    private void survives(TestMemory memory) throws IOException {
        try (FrontEndDouble frontEnd = connect(memory)) {
            frontEnd.negotiate(0);
            frontEnd.start(0, 8);
            frontEnd.settle();
        }
    }
}
