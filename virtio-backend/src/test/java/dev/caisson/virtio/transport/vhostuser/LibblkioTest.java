package dev.caisson.virtio.transport.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.virtio.device.blk.BlockDevice;
import dev.caisson.virtio.device.blk.FileDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * QEMU's qemu-io with libblkio, a front-end that others wrote. Left out where the program is missing or can't do it, as Debian 12's; the
 * environment variable {@code CAISSON_TEST_QEMU_ROOT} names a folder with a system that has one, as debootstrap makes it from Debian 13 with the
 * packages qemu-utils and qemu-block-extra.
 */
class LibblkioTest {

    @TempDir
    private Path folder;

    @Test
    void whatIsWrittenIsReadAndLiesInTheFile() throws Exception {
        String root = System.getenv().getOrDefault("CAISSON_TEST_QEMU_ROOT", "");
        List<String> qemuIo = root.isEmpty() ? List.of("qemu-io") : List.of("chroot", root, "qemu-io");
        assumeTrue(run(qemuIo, "--help").contains("--image-opts"), "there is no qemu-io");
        Path disk = folder.resolve("disk");
        Files.write(disk, new byte[1 << 20]);
        Path socketFolder = root.isEmpty() ? folder : Files.createTempDirectory(Path.of(root, "tmp"), "caisson");
        Path socket = socketFolder.resolve("blk");
        try (VhostUserServer server = VhostUserServer.listen(socket.toString(),
                new BlockDevice(FileDisk.open(disk.toString(), false), "", 1))) {
            String seen = root.isEmpty() ? socket.toString() : "/" + Path.of(root).relativize(socket);
            String options = "driver=virtio-blk-vhost-user,path=" + seen + ",cache.direct=on";
            String output = run(qemuIo, "--image-opts", options, "-c", "write -P 90 4k 64k", "-c", "read -P 90 4k 64k",
                    "-c", "write -z 8k 4k", "-c", "read -P 0 8k 4k", "-c", "discard 0 4k", "-c", "flush", "-c", "read -P 90 12k 4k");
            assumeTrue(!output.contains("Unknown driver"), "this qemu-io has no libblkio");
            assertEquals(4, output.lines().filter(line -> line.startsWith("read ") || line.startsWith("wrote 65536")).count(), output);
            assertEquals(0, output.lines().filter(line -> line.contains("failed")).count(), output);
            server.awaitEnd();
            byte[] bytes = Files.readAllBytes(disk);
            assertEquals(90, bytes[4096]);
            assertEquals(0, bytes[8192]);
            assertEquals(90, bytes[12_288]);
        }
    }

    private static String run(List<String> command, String... arguments) throws InterruptedException {
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(whole).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes());
            process.waitFor(20, TimeUnit.SECONDS);
            return output;
        } catch (IOException e) {
            return "";
        }
    }
}
