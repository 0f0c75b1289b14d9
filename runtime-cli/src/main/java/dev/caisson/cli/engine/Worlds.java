package dev.caisson.cli.engine;

import dev.caisson.cli.engine.InvokeFrame.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where this process stands. */
final class Worlds {

    // Inodes of the machine's first namespaces: linux/proc_ns.h.
    private static final long INITIAL_USERS = 0xEFFFFFFDL;
    private static final long INITIAL_PIDS = 0xEFFFFFFCL;
    private static final long INITIAL_CGROUPS = 0xEFFFFFFBL;

    /** The first mount namespace has a fixed number below this since Linux 6.17, and before one of the first two given from here on. */
    private static final long FIRST_GIVEN = 0xF0000000L;

    private Worlds() {}

    /** As this process sees it now. */
    static World current() throws IOException {
        Path root = Path.of("/");
        return new World((Long) Files.getAttribute(root, "unix:dev"), (Long) Files.getAttribute(root, "unix:ino"),
                inode("self/ns/mnt"), inode("self/ns/pid"), inode("self/ns/user"), inode("self/ns/cgroup"));
    }

    /**
     * Whether these are the machine's first namespaces. The mount namespace counts as the first when it is that of process 1; where
     * that one may not be looked at, by its number.
     */
    static boolean isInitial(World world) {
        if (world.users() != INITIAL_USERS || world.pids() != INITIAL_PIDS || world.cgroups() != INITIAL_CGROUPS) {
            return false;
        }
        try {
            return inode("1/ns/mnt") == world.mounts();
        } catch (IOException e) {
            return world.mounts() <= FIRST_GIVEN + 1;
        }
    }

    /** The number in a link like {@code mnt:[4026531841]}. */
    private static long inode(String link) throws IOException {
        String target = Files.readSymbolicLink(Path.of("/proc", link)).toString();
        int from = target.indexOf('[') + 1;
        int to = target.indexOf(']', from);
        if (from == 0 || to < 0) {
            throw new IOException("read /proc/" + link + ": found " + target);
        }
        return Long.parseLong(target, from, to, 10);
    }
}
