package dev.caisson.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Defensive copies for the records' constructors. */
final class Copies {

    private Copies() {
    }

    /** An unmodifiable copy; null becomes the empty list. */
    static <T> List<T> list(List<T> items) {
        return items == null ? List.of() : List.copyOf(items);
    }

    /** An unmodifiable copy; null stays null, for lists whose absence says something. */
    static <T> List<T> listOrNull(List<T> items) {
        return items == null ? null : List.copyOf(items);
    }

    /** An unmodifiable copy in the same order (which Map.copyOf would lose); null becomes the empty map. */
    static <V> Map<String, V> map(Map<String, V> entries) {
        return entries == null || entries.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }
}
