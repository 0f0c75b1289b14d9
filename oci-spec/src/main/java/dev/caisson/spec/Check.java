package dev.caisson.spec;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;

/** What the validators have in common: how they fail, warn, and look at strings. For one validation and one thread. */
final class Check {

    private final String document;
    private final List<String> warnings = new ArrayList<>();

    Check(String document) {
        this.document = document;
    }

    /** The warnings so far, each {@code path: text} on one line. */
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** An exception that says what is wrong at a path. */
    SpecException error(Path at, String problem) {
        return new SpecException(document, at.toString(), problem);
    }

    void warn(Path at, String text) {
        warnings.add(Texts.oneLine(at + ": " + text));
    }

    /** Refuses NUL, at which the kernel would take the text to end; null is fine. */
    void noNul(Path at, String text) throws SpecException {
        if (text != null && text.indexOf('\0') >= 0) {
            throw error(at, "contains nul byte (\\x00): " + Texts.quote(text));
        }
    }

    /** Refuses NUL in any of the texts. */
    void noNul(Path at, List<String> texts) throws SpecException {
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).indexOf('\0') >= 0) {
                noNul(at.item(i), texts.get(i));
            }
        }
    }

    /** Refuses a path that is not absolute, and NUL in it. */
    void absolute(Path at, String path) throws SpecException {
        if (path == null || !path.startsWith("/")) {
            throw error(at, "must be an absolute path, found " + Texts.quote(path == null ? "" : path));
        }
        noNul(at, path);
    }

    /** Refuses a value that is not one of those known. */
    void known(Path at, String what, String value, Collection<String> known) throws SpecException {
        if (value == null || !known.contains(value)) {
            throw error(at, "invalid " + what + " " + Texts.quote(value == null ? "" : value));
        }
    }

    /** Refuses a number that is out of a range. */
    void range(Path at, long value, long min, long max) throws SpecException {
        if (value < min || value > max) {
            throw error(at, "must be from " + min + " to " + max + ", found " + value);
        }
    }

    /** The numbers of a list like {@code 0-3,7}; refuses what is none. */
    BitSet numbers(Path at, String what, String list) throws SpecException {
        try {
            return NumberList.parse(list);
        } catch (IllegalArgumentException e) {
            throw error(at, "invalid " + what + " " + Texts.quote(list) + ": " + e.getMessage());
        }
    }
}
