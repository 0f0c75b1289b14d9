package dev.caisson.cli.lifecycle;

import dev.caisson.cli.engine.Invocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which descriptors {@code --preserve-fds} means: of those that are counted from 3 on, what the caller has open. */
final class PreservedFds {

    /** O_CLOEXEC (asm-generic/fcntl.h): the front's own descriptors have it, and none that it came with. */
    private static final int CLOSE_ON_EXEC = 02000000;

    private PreservedFds() {}

    /** @throws IOException if what the front has open can't be seen */
    static List<Integer> of(Invocation invocation, int count) throws IOException {
        if (count == 0) {
            return List.of();
        }
        List<Integer> open = new ArrayList<>();
        Path process = Path.of("/proc", invocation.pid() == 0 ? "self" : Integer.toString(invocation.pid()));
        try (var entries = Files.newDirectoryStream(process.resolve("fdinfo"))) {
            for (Path entry : entries) {
                int fd = Integer.parseInt(entry.getFileName().toString());
                if (fd >= 3 && fd < 3 + count && isHandedDown(entry)) {
                    open.add(fd);
                }
            }
        }
        open.sort(null);
        return open;
    }

    private static boolean isHandedDown(Path info) throws IOException {
        for (String line : Files.readAllLines(info)) {
            if (line.startsWith("flags:")) {
                return (Integer.parseInt(line.substring(6).strip(), 8) & CLOSE_ON_EXEC) == 0;
            }
        }
        return false;
    }
}
