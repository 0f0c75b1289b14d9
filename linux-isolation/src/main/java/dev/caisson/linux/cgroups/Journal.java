package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Remembers what control files held before they were written, so that limits of which one is refused can all be put back. Belongs to
 * one thread.
 */
final class Journal {

    private static final String ADDING = "remember the present limits";

    /** What a file says of a device that it has no line for. The key is how the file's name begins. */
    private static final Map<String, String> NO_LINE = Map.of(
            "io.max", " rbps=max wbps=max riops=max wiops=max",
            "io.weight", " default",
            "io.bfq.weight", " default",
            "blkio.bfq.weight_device", " default",
            "blkio.weight_device", " 0",
            "blkio.leaf_weight_device", " 0",
            "blkio.throttle.", " 0",
            "net_prio.ifpriomap", " 0",
            "rdma.max", " hca_handle=max hca_object=max");

    private record Entry(ControlFiles files, String file, List<String> before) {}

    private final List<Entry> entries = new ArrayList<>();

    /** The same files; what is written to them is remembered. */
    ControlFiles watch(ControlFiles files) {
        return new Watched(files);
    }

    /** Puts everything back, the latest first; what can't be is added to {@code failure}. */
    void undo(CgroupException failure) {
        for (Entry entry : entries.reversed()) {
            try {
                entry.files.writeIfPresent(entry.file, entry.before, "put back the limits");
            } catch (CgroupException e) {
                failure.addSuppressed(e);
            }
        }
    }

    private final class Watched implements ControlFiles {

        private final ControlFiles files;

        Watched(ControlFiles files) {
            this.files = files;
        }

        @Override
        public String path() {
            return files.path();
        }

        @Override
        public boolean writeIfPresent(String file, List<String> values, String field) throws CgroupException {
            List<String> before = before(file, values);
            if (!files.writeIfPresent(file, values, field)) {
                return false;
            }
            entries.add(new Entry(files, file, before));
            return true;
        }

        @Override
        public String read(String file, String doing) throws CgroupException {
            return files.read(file, doing);
        }

        @Override
        public String missing(String file) {
            return files.missing(file);
        }

        private List<String> before(String file, List<String> values) throws CgroupException {
            String text;
            try {
                text = files.read(file, ADDING);
            } catch (CgroupException e) {
                if (e.getCause() instanceof LinuxException) {
                    return List.of(); // one that can only be written to
                }
                throw e;
            }
            if (text == null) {
                return List.of();
            }
            List<String> lines = new ArrayList<>();
            for (String value : values) {
                lines.add(line(file, value, text));
            }
            return lines;
        }
    }

    /** What has to be written to {@code file}, which held {@code text}, to undo the writing of {@code value}. */
    static String line(String file, String value, String text) {
        if (file.equals("memory.oom_control")) {
            return text.contains("oom_kill_disable 1") ? "1" : "0";
        }
        int blank = value.indexOf(' ');
        String absent = blank < 0 ? null : absent(file);
        if (absent != null) {
            String key = value.substring(0, blank + 1);
            return lineOf(key, text, key.stripTrailing() + absent);
        }
        // A file of weights by device has the general one in its first line. A cpuset is emptied by an empty line.
        return text.isEmpty() ? "\n" : lineOf("default ", text, text);
    }

    private static String lineOf(String key, String text, String otherwise) {
        for (String line : text.lines().toList()) {
            if (line.startsWith(key)) {
                return line;
            }
        }
        return otherwise;
    }

    private static String absent(String file) {
        for (Map.Entry<String, String> entry : NO_LINE.entrySet()) {
            if (file.startsWith(entry.getKey())) {
                return entry.getValue();
            }
        }
        return null;
    }
}
