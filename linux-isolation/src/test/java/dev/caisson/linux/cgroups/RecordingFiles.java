package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.LinuxException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A cgroup directory that has every file, but for those taken away, and remembers what was written. */
final class RecordingFiles implements ControlFiles {

    final List<String> writes = new ArrayList<>();
    private final Map<String, String> contents = new HashMap<>();
    private final Map<String, Deque<Integer>> refusals = new HashMap<>();
    private final Set<String> missing = new HashSet<>();

    RecordingFiles without(String file) {
        missing.add(file);
        return this;
    }

    RecordingFiles holding(String file, String content) {
        contents.put(file, content);
        return this;
    }

    /** Has the next write to the file fail. */
    RecordingFiles refusing(String file, int errno) {
        refusals.computeIfAbsent(file, any -> new ArrayDeque<>()).add(errno);
        return this;
    }

    @Override
    public String path() {
        return "/cg";
    }

    @Override
    public boolean writeIfPresent(String file, List<String> values, String field) throws CgroupException {
        if (missing.contains(file)) {
            return false;
        }
        for (String value : values) {
            Integer errno = refusals.getOrDefault(file, new ArrayDeque<>()).poll();
            if (errno != null) {
                LinuxException refused = new LinuxException("write", errno);
                throw new CgroupException(field + ": " + refused.getMessage(), refused);
            }
            writes.add(file + "=" + value);
        }
        return true;
    }

    @Override
    public String read(String file, String doing) {
        return contents.get(file);
    }
}
