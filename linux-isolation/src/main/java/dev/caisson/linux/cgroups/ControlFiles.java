package dev.caisson.linux.cgroups;

import java.util.List;

/** The control files of one cgroup directory, as the controllers see them. */
interface ControlFiles {

    /** The directory's absolute path. */
    String path();

    /**
     * Writes values into a file, each by a write(2) of its own.
     *
     * @param field what the values are for: a field of config.json, or what is being done
     * @return false if the kernel does not offer the file
     */
    boolean writeIfPresent(String file, List<String> values, String field) throws CgroupException;

    /** As above, for one value. */
    default boolean writeIfPresent(String file, String value, String field) throws CgroupException {
        return writeIfPresent(file, List.of(value), field);
    }

    /** Writes a value into a file that has to be there. */
    default void write(String file, String value, String field) throws CgroupException {
        write(file, List.of(value), field);
    }

    /** Writes values into a file that has to be there, each by a write(2) of its own. */
    default void write(String file, List<String> values, String field) throws CgroupException {
        if (!writeIfPresent(file, values, field)) {
            throw new CgroupException(field + ": " + missing(file));
        }
    }

    /** Why a file is not there. Not in the words for ENOENT, which clients take for a missing executable. */
    default String missing(String file) {
        return "this kernel has no " + file + " in " + path();
    }

    /** The file's text without the newline at its end; null if the kernel does not offer the file or the cgroup is gone. */
    String read(String file, String doing) throws CgroupException;
}
