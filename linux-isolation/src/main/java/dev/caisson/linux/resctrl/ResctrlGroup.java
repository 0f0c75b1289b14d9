package dev.caisson.linux.resctrl;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.IntelRdt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The class of service that a container's processes are in (config-linux.md, "IntelRdt"): a directory of a resctrl file system, with a
 * {@code schemata} file that says what its members get, and perhaps a directory for what is measured of them alone.
 *
 * @param path       the directory, absolute
 * @param monitoring the directory of the monitoring group, absolute, or null
 * @param own        whether the directory is made for this container and goes with it
 */
public record ResctrlGroup(String path, String monitoring, boolean own) {

    private static final String FIELD = "linux.intelRdt";
    private static final int SCHEMATA_BYTES = 1 << 20;

    /**
     * The group that a container is to have; nothing is made yet.
     *
     * @param root what {@link #root} found
     * @param id   the container's
     * @throws IOException with the field at fault, where the configuration counts on a directory that is not there
     */
    public static ResctrlGroup of(String root, IntelRdt rdt, String id) throws IOException {
        boolean named = isNamed(rdt);
        String path = named && rdt.closID().equals("/") ? root : root + "/" + (named ? rdt.closID() : id);
        boolean there = Files.isDirectory(Path.of(path));
        if (named && schemata(rdt).isEmpty() && !there) {
            throw new LinuxException(FIELD + ".closID: without schemata of its own, " + path + " must be there", Errno.ENOENT);
        }
        return new ResctrlGroup(path, rdt.enableMonitoring() ? path + "/mon_groups/" + id : null, !named && !there);
    }

    private static boolean isNamed(IntelRdt rdt) {
        return rdt.closID() != null && !rdt.closID().isEmpty();
    }

    /**
     * Where the resctrl file system is mounted.
     *
     * @param mountinfo /proc/self/mountinfo (proc_pid_mountinfo(5))
     * @throws IOException when it is not, with the field that asks for it
     */
    public static String root(Path mountinfo) throws IOException {
        for (String line : Files.readString(mountinfo).split("\n")) {
            int separator = line.indexOf(" - ");
            if (separator >= 0 && line.startsWith("resctrl ", separator + 3)) {
                return line.split(" ")[4];
            }
        }
        throw new LinuxException(FIELD + ": no resctrl file system is mounted", Errno.ENODEV);
    }

    /** Makes what is missing, and sets the schemata; what was made is taken away again when anything fails. */
    public void create(IntelRdt rdt) throws IOException {
        boolean made = false;
        try {
            if (!Files.isDirectory(Path.of(path))) {
                make(path);
                made = true;
            } else if (isNamed(rdt)) {
                compare(rdt);
            }
            List<String> lines = schemata(rdt);
            if (!lines.isEmpty()) {
                write(path + "/schemata", String.join("\n", lines) + "\n");
            }
            if (monitoring != null && !Files.isDirectory(Path.of(monitoring))) {
                make(monitoring);
            }
        } catch (IOException | RuntimeException e) {
            if (made) {
                removeQuietly(e);
            }
            throw e;
        }
    }

    /** The files into which a process writes itself. */
    public List<String> tasks() {
        return monitoring == null ? List.of(path + "/tasks") : List.of(path + "/tasks", monitoring + "/tasks");
    }

    /** Takes away what is the container's own. What is gone already is fine. */
    public void remove() throws IOException {
        if (monitoring != null) {
            remove(monitoring);
        }
        if (own) {
            remove(path);
        }
    }

    private static void remove(String directory) throws IOException {
        try {
            Sys.rmdir(directory);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    private void removeQuietly(Exception failure) {
        try {
            Sys.rmdir(path);
        } catch (LinuxException e) {
            failure.addSuppressed(e);
        }
    }

    /** In the order of the specification. */
    private static List<String> schemata(IntelRdt rdt) {
        List<String> lines = new ArrayList<>();
        if (rdt.l3CacheSchema() != null && !rdt.l3CacheSchema().isEmpty()) {
            lines.add(rdt.l3CacheSchema());
        }
        if (rdt.memBwSchema() != null && !rdt.memBwSchema().isEmpty()) {
            lines.add(rdt.memBwSchema());
        }
        lines.addAll(rdt.schemata());
        return lines;
    }

    // ---- a class of service that others use too keeps what it has ----

    private void compare(IntelRdt rdt) throws IOException {
        String present;
        try (Descriptor file = Sys.open(path + "/schemata", Sys.O_RDONLY, 0)) {
            present = new String(Sys.readAll(file.fd(), SCHEMATA_BYTES, "read " + path + "/schemata"), StandardCharsets.US_ASCII);
        }
        compare("l3CacheSchema", rdt.l3CacheSchema(), present);
        compare("memBwSchema", rdt.memBwSchema(), present);
    }

    private void compare(String field, String wanted, String present) throws IOException {
        if (wanted == null || wanted.isEmpty()) {
            return;
        }
        String resource = wanted.substring(0, wanted.indexOf(':') + 1).strip();
        for (String line : present.split("\n")) {
            if (!resource.isEmpty() && line.strip().startsWith(resource)
                    && values(line).entrySet().containsAll(values(wanted).entrySet())) {
                return;
            }
        }
        throw new LinuxException(FIELD + "." + field + ": " + path + " is there with other schemata than " + wanted, Errno.EEXIST);
    }

    /** By cache, of a line like {@code L3:0=7f0;1=1f}: without the zeros that the kernel writes before numbers. */
    private static Map<String, String> values(String line) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : line.substring(line.indexOf(':') + 1).split(";")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                values.put(plain(part.substring(0, equals)), plain(part.substring(equals + 1)));
            }
        }
        return values;
    }

    private static String plain(String number) {
        String digits = number.strip().toLowerCase(java.util.Locale.ROOT);
        int start = digits.startsWith("0x") ? 2 : 0;
        while (start < digits.length() - 1 && digits.charAt(start) == '0') {
            start++;
        }
        return digits.substring(start);
    }

    // ---- the kernel's own words ----

    private void make(String directory) throws IOException {
        try {
            Sys.mkdir(directory, 0755);
        } catch (LinuxException e) {
            throw explained(FIELD + ": make " + directory, e);
        }
    }

    private void write(String file, String content) throws IOException {
        try (Descriptor out = Sys.open(file, Sys.O_WRONLY, 0)) {
            Sys.write(out.fd(), content.getBytes(StandardCharsets.US_ASCII), "write " + file);
        } catch (LinuxException e) {
            throw explained(FIELD + ": write \"" + content.strip().replace('\n', ' ') + "\" to " + file, e);
        }
    }

    /** The kernel keeps the reason of its last refusal in {@code info/last_cmd_status}, at the root. */
    private IOException explained(String doing, LinuxException failure) {
        Path directory = Path.of(path);
        for (Path root : List.of(directory, directory.getParent())) {
            try {
                String reason = Files.readString(root.resolve("info/last_cmd_status")).strip();
                return new IOException(doing + ": " + Errno.text(failure.errno()) + " (" + reason.replace('\n', ' ') + ")", failure);
            } catch (IOException e) {
                // not there: the errno has to do
            }
        }
        return new LinuxException(doing, failure.errno());
    }

    // ---- as it is written down ----

    /** For {@link #fromState}. */
    public Map<String, String> toState() {
        Map<String, String> state = new LinkedHashMap<>();
        state.put("path", path);
        if (monitoring != null) {
            state.put("monitoring", monitoring);
        }
        if (own) {
            state.put("own", "true");
        }
        return state;
    }

    /** What {@link #toState} gave; null for an empty one. */
    public static ResctrlGroup fromState(Map<String, String> state) {
        String path = state.get("path");
        return path == null ? null : new ResctrlGroup(path, state.get("monitoring"), state.containsKey("own"));
    }
}
