package dev.caisson.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Root file systems of one program: a static busybox under its many names. */
final class Rootfs {

    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final List<String> FOLDERS = List.of("bin", "dev", "etc", "home/app", "proc", "root", "sys", "tmp", "var");
    private static final List<String> APPLETS = List.of("awk", "basename", "cat", "chmod", "chown", "cp", "cut", "date", "dd", "df",
            "dirname", "echo", "env", "expr", "false", "find", "grep", "head", "hostname", "id", "ifconfig", "ip", "kill", "ln", "ls",
            "mkdir", "mknod", "mount", "mv", "od", "ping", "ps", "pwd", "readlink", "rm", "rmdir", "sed", "seq", "sh", "sleep", "sort",
            "stat", "stty", "sync", "tail", "tee", "test", "timeout", "top", "touch", "tr", "true", "tty", "umount", "uname", "uniq",
            "usleep", "wc", "which", "whoami", "xargs", "yes");

    private Rootfs() {}

    static void make(Path root) {
        try {
            for (String folder : FOLDERS) {
                Files.createDirectories(root.resolve(folder));
            }
            Path shared = root.getParent().resolveSibling("busybox");
            if (Files.notExists(shared)) {
                Files.copy(BUSYBOX, shared, StandardCopyOption.COPY_ATTRIBUTES);
            }
            Files.createLink(root.resolve("bin/busybox"), shared);
            for (String applet : APPLETS) {
                Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
            }
            Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n");
            Files.writeString(root.resolve("etc/group"), "root:x:0:\napp:x:1000:\nvideo:x:44:app\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
