package dev.caisson.cli.engine;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The first frame of a front.
 *
 * <pre>
 *    0 +---------------+---------------+---------------+---------------+
 *      | magic "CINV"  | version       | umask         | uid           |   u32
 *   16 +---------------+---------------+---------------+---------------+
 *      | gid           | argc          | envc          | 0             |   u32
 *   32 +---------------+---------------+---------------+---------------+
 *      | st_dev of the root directory  | st_ino of the root directory  |   u64
 *   48 +---------------+---------------+---------------+---------------+
 *      | inode of the mount namespace  | inode of the pid namespace    |   u64
 *   64 +---------------+---------------+---------------+---------------+
 *      | inode of the user namespace   | inode of the cgroup namespace |   u64
 *   80 +---------------+---------------+---------------+---------------+
 *      | build id\0 distribution\0 cwd\0 argv…\0 environment…\0        |
 *      +---------------------------------------------------------------+
 * </pre>
 *
 * @param version      of the protocol; with another one than {@link Frames#PROTOCOL_VERSION} nothing else of this is known, and all
 *                     strings are empty
 * @param world        what the front sees
 * @param buildId      which build the front is of
 * @param distribution the folder the front is installed in
 * @param cwd          the caller's working directory; empty when it has none any more
 * @param arguments    argv, with the program's name; maybe empty
 * @param environment  the caller's
 */
record InvokeFrame(int version, int umask, int uid, int gid, World world, String buildId, String distribution, String cwd,
                   List<String> arguments, Map<String, String> environment) {

    private static final int STRINGS = 80;

    /**
     * Where a process stands: engine and front must see the same files, pids, users and cgroups.
     *
     * @param rootDevice st_dev of the root directory
     * @param rootInode  st_ino of the root directory
     * @param mounts     inode of the mount namespace; likewise the rest
     */
    record World(long rootDevice, long rootInode, long mounts, long pids, long users, long cgroups) {}

    static InvokeFrame parse(byte[] bytes) throws MalformedFrameException {
        if (bytes.length < 8 || Bytes.getInt(bytes, 0) != Frames.INVOKE_MAGIC) {
            throw new MalformedFrameException("the first frame is no invocation");
        }
        int version = Bytes.getInt(bytes, 4);
        if (version != Frames.PROTOCOL_VERSION) {
            return new InvokeFrame(version, 0, 0, 0, new World(0, 0, 0, 0, 0, 0), "", "", "", List.of(), Map.of());
        }
        if (bytes.length < STRINGS || Bytes.getInt(bytes, 28) != 0) {
            throw new MalformedFrameException("an invocation of " + bytes.length + " bytes");
        }
        World world = new World(Bytes.getLong(bytes, 32), Bytes.getLong(bytes, 40), Bytes.getLong(bytes, 48),
                Bytes.getLong(bytes, 56), Bytes.getLong(bytes, 64), Bytes.getLong(bytes, 72));
        Strings strings = new Strings(bytes, STRINGS);
        String buildId = strings.next();
        String distribution = strings.next();
        String cwd = strings.next();
        List<String> arguments = strings.next(Bytes.getInt(bytes, 20));
        Map<String, String> environment = environment(strings.next(Bytes.getInt(bytes, 24)));
        strings.expectEnd();
        return new InvokeFrame(version, Bytes.getInt(bytes, 8) & 0777, Bytes.getInt(bytes, 12), Bytes.getInt(bytes, 16), world, buildId,
                distribution, cwd, arguments, environment);
    }

    /** What a test's front sends. */
    byte[] encode() {
        StringBuilder strings = new StringBuilder();
        strings.append(buildId).append('\0').append(distribution).append('\0').append(cwd).append('\0');
        for (String argument : arguments) {
            strings.append(argument).append('\0');
        }
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            strings.append(variable.getKey()).append('=').append(variable.getValue()).append('\0');
        }
        byte[] text = strings.toString().getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[STRINGS + text.length];
        int[] words = {Frames.INVOKE_MAGIC, version, umask, uid, gid, arguments.size(), environment.size(), 0};
        for (int i = 0; i < words.length; i++) {
            Bytes.putInt(bytes, 4 * i, words[i]);
        }
        long[] longs = {world.rootDevice, world.rootInode, world.mounts, world.pids, world.users, world.cgroups};
        for (int i = 0; i < longs.length; i++) {
            Bytes.putLong(bytes, 32 + 8 * i, longs[i]);
        }
        System.arraycopy(text, 0, bytes, STRINGS, text.length);
        return bytes;
    }

    /**
     * What commands get to see.
     *
     * @param pid the front's, as the kernel says
     */
    Invocation toInvocation(int pid) throws MalformedFrameException {
        List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
        String program = arguments.isEmpty() ? "caisson" : arguments.getFirst();
        try {
            // Without a working directory (it was removed), relative paths lead nowhere that could be meant: the root will do.
            Path directory = Path.of(cwd.startsWith("/") ? cwd : "/");
            return new Invocation(rest, program, environment, directory, umask, uid, gid, pid, Path.of(distribution));
        } catch (InvalidPathException e) {
            throw new MalformedFrameException(e.getMessage());
        }
    }

    /** What has no {@code =} is no variable; of two of one name the first counts, as for getenv(3). */
    private static Map<String, String> environment(List<String> entries) {
        Map<String, String> variables = new LinkedHashMap<>(entries.size() * 2);
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                variables.putIfAbsent(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return variables;
    }

    /** NUL-terminated strings, one after the other. */
    private static final class Strings {

        private final byte[] bytes;
        private int at;

        Strings(byte[] bytes, int at) {
            this.bytes = bytes;
            this.at = at;
        }

        String next() throws MalformedFrameException {
            int end = at;
            while (end < bytes.length && bytes[end] != 0) {
                end++;
            }
            if (end == bytes.length) {
                throw new MalformedFrameException("an invocation with a string that has no end");
            }
            String text = new String(bytes, at, end - at, StandardCharsets.UTF_8);
            at = end + 1;
            return text;
        }

        List<String> next(int count) throws MalformedFrameException {
            // Each has a byte at least, so that a count beyond that can't make us reserve memory.
            if (count < 0 || count > bytes.length - at) {
                throw new MalformedFrameException("an invocation that claims " + Integer.toUnsignedString(count) + " strings");
            }
            List<String> texts = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                texts.add(next());
            }
            return texts;
        }

        void expectEnd() throws MalformedFrameException {
            if (at != bytes.length) {
                throw new MalformedFrameException("an invocation with " + (bytes.length - at) + " bytes too many");
            }
        }
    }
}
