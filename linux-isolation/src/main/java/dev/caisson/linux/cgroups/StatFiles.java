package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files of one cgroup directory that count something. Each is read by a single read(2), so that its numbers are of one moment. Files
 * that are not there are empty. Belongs to one thread.
 */
final class StatFiles {

    /** More than any of these files holds. */
    private static final int SIZE = 64 << 10;

    private final String path;
    private final byte[] buffer;

    /** @param path the directory; null where its hierarchy is not mounted */
    StatFiles(String path) {
        this(path, new byte[SIZE]);
    }

    private StatFiles(String path, byte[] buffer) {
        this.path = path;
        this.buffer = buffer;
    }

    /** The files of another directory. */
    StatFiles in(String directory) {
        return new StatFiles(directory, buffer);
    }

    /** A file's text; empty where there is none, or where the kernel has nothing to tell. */
    String text(String file) throws CgroupException {
        if (path == null) {
            return "";
        }
        String name = path + "/" + file;
        try (Descriptor opened = Sys.open(name, Sys.O_RDONLY, 0)) {
            int length = Sys.read(opened.fd(), buffer, "read " + name);
            return new String(buffer, 0, length, StandardCharsets.US_ASCII);
        } catch (LinuxException e) {
            // ENODEV: the cgroup is gone. EOPNOTSUPP: accounting of this kind is switched off.
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV || e.errno() == Errno.EOPNOTSUPP) {
                return "";
            }
            throw new CgroupException("count what the container has used: " + e.getMessage(), e);
        }
    }

    /** A file of one number, or {@code max}, which is all ones; 0 where there is none. */
    long number(String file) throws CgroupException {
        return number(file, text(file).strip());
    }

    /** A number of a file. */
    long number(String file, String text) throws CgroupException {
        if (text.isEmpty()) {
            return 0;
        }
        if (text.equals("max")) {
            return -1;
        }
        try {
            return text.charAt(0) == '-' ? Long.parseLong(text) : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new CgroupException("count what the container has used: " + path + "/" + file + ": \"" + text.replace('\n', ' ')
                    + "\" is no number");
        }
    }

    /** A file of lines of a name and a number each. */
    Map<String, Long> numbers(String file) throws CgroupException {
        Map<String, Long> numbers = new LinkedHashMap<>();
        for (String line : text(file).split("\n")) {
            int blank = line.indexOf(' ');
            if (blank > 0) {
                numbers.put(line.substring(0, blank), number(file, line.substring(blank + 1).strip()));
            }
        }
        return numbers;
    }

    /** A file of ranges, as in {@code 0-3,7}. */
    List<Integer> ranges(String file) throws CgroupException {
        List<Integer> all = new ArrayList<>();
        for (String range : text(file).strip().split(",")) {
            int dash = range.indexOf('-');
            int first = (int) number(file, dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : (int) number(file, range.substring(dash + 1));
            for (int i = first; i <= last && !range.isEmpty(); i++) {
                all.add(i);
            }
        }
        return all;
    }

    /** The sizes of huge pages that files begin with: {@code hugetlb.SIZE.SUFFIX}. */
    List<String> pageSizes(String suffix) {
        List<String> sizes = new ArrayList<>();
        String[] files = path == null ? null : new java.io.File(path).list();
        for (String file : files == null ? new String[0] : files) {
            if (file.startsWith("hugetlb.") && file.endsWith("." + suffix)) {
                String size = file.substring("hugetlb.".length(), file.length() - suffix.length() - 1);
                if (size.indexOf('.') < 0) {
                    sizes.add(size);
                }
            }
        }
        sizes.sort(null);
        return sizes;
    }
}
