package dev.caisson.spec;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A value in a document's tree that knows its path, and the questions that the readers ask of it. A field that is {@code null} in
 * the file is the same as an absent one. There are no lambdas here on purpose: in a JVM that has just started, each costs more than
 * the whole of a small document.
 */
final class Cursor {

    static final long UINT32 = 0xffff_ffffL;

    private final String document;
    private final Path path;
    private final Object value;

    private Cursor(String document, Path path, Object value) {
        this.document = document;
        this.path = path;
        this.value = value;
    }

    /** The root of a document, which has to be an object. */
    static Cursor root(String document, Object tree) throws SpecException {
        Cursor root = new Cursor(document, Path.ROOT, tree);
        root.fields();
        return root;
    }

    /** An exception that says what is wrong with this value. */
    SpecException error(String problem) {
        return new SpecException(document, path.toString(), problem);
    }

    private SpecException expected(String what) {
        return error("expected " + what + ", found " + found());
    }

    private String found() {
        if (value instanceof Map) {
            return "an object";
        }
        if (value instanceof List) {
            return "an array";
        }
        if (value instanceof String) {
            return "a string";
        }
        if (value instanceof Boolean) {
            return "a boolean";
        }
        return value == null ? "null" : "a number";
    }

    /** The key of an entry, for maps whose keys are data. */
    String key() {
        return path.key();
    }

    private Map<?, ?> fields() throws SpecException {
        if (value instanceof Map<?, ?> fields) {
            return fields;
        }
        throw expected("an object");
    }

    private Cursor child(String name, Object child) {
        return new Cursor(document, path.field(name), child);
    }

    /** The field as an object, or null when absent. */
    Cursor object(String name) throws SpecException {
        Object child = fields().get(name);
        if (child == null) {
            return null;
        }
        Cursor cursor = child(name, child);
        cursor.fields();
        return cursor;
    }

    /** The field's items; none when absent. */
    List<Cursor> items(String name) throws SpecException {
        Object child = fields().get(name);
        if (child == null) {
            return List.of();
        }
        Cursor array = child(name, child);
        if (!(child instanceof List<?> items)) {
            throw array.expected("an array");
        }
        List<Cursor> cursors = new ArrayList<>(items.size());
        for (Object item : items) {
            cursors.add(new Cursor(document, array.path.item(cursors.size()), item));
        }
        return cursors;
    }

    /** The field's entries, each of which knows its {@link #key()}; none when absent. */
    List<Cursor> entries(String name) throws SpecException {
        Cursor map = object(name);
        if (map == null) {
            return List.of();
        }
        Map<?, ?> fields = map.fields();
        List<Cursor> cursors = new ArrayList<>(fields.size());
        for (Map.Entry<?, ?> entry : fields.entrySet()) {
            cursors.add(map.child((String) entry.getKey(), entry.getValue()));
        }
        return cursors;
    }

    /** Whether the field is there and not null. */
    boolean has(String name) throws SpecException {
        return fields().get(name) != null;
    }

    /** The field; absent is an error. */
    Cursor required(String name) throws SpecException {
        Object child = fields().get(name);
        if (child == null) {
            throw child(name, null).error("is required");
        }
        return child(name, child);
    }

    /** This value as a string, which may be empty. */
    String string() throws SpecException {
        if (value instanceof String text) {
            return text;
        }
        throw expected("a string");
    }

    /** The field as a string; null when absent or empty. */
    String string(String name) throws SpecException {
        Object child = fields().get(name);
        String text = child == null ? null : child(name, child).string();
        return text == null || text.isEmpty() ? null : text;
    }

    /** The field as a string; absent or empty is an error. */
    String requiredString(String name) throws SpecException {
        Cursor cursor = required(name);
        String text = cursor.string();
        if (text.isEmpty()) {
            throw cursor.error("must not be empty");
        }
        return text;
    }

    /** The field's strings; none when absent. */
    List<String> strings(String name) throws SpecException {
        List<Cursor> items = items(name);
        if (items.isEmpty()) {
            return List.of();
        }
        List<String> strings = new ArrayList<>(items.size());
        for (Cursor item : items) {
            strings.add(item.string());
        }
        return strings;
    }

    /** The field as a boolean; null when absent. */
    Boolean booleanOrNull(String name) throws SpecException {
        Object child = fields().get(name);
        if (child == null || child instanceof Boolean) {
            return (Boolean) child;
        }
        throw child(name, child).expected("a boolean");
    }

    /** The field as a boolean; false when absent. */
    boolean flag(String name) throws SpecException {
        return booleanOrNull(name) == Boolean.TRUE;
    }

    /** This value as an integer of a range. */
    long integer(long min, long max) throws SpecException {
        if (value instanceof Long number && number >= min && number <= max) {
            return number;
        }
        String range = min == Long.MIN_VALUE && max == Long.MAX_VALUE
            ? "a signed 64-bit integer" : "an integer from " + min + " to " + max;
        throw expectedInteger(range);
    }

    /** This value as an unsigned 64-bit integer, its bits in a long. */
    long uint64() throws SpecException {
        if (value instanceof Long number && number >= 0) {
            return number;
        }
        if (value instanceof BigInteger number && number.signum() > 0 && number.bitLength() <= 64) {
            return number.longValue();
        }
        throw expectedInteger("an unsigned 64-bit integer");
    }

    private SpecException expectedInteger(String range) {
        if (!(value instanceof Number)) {
            return expected(range);
        }
        String number = value.toString();
        return error("expected " + range + ", found " + (number.length() <= 40 ? number : number.substring(0, 40) + "…"));
    }

    /** The field as an integer of a range; null when absent. */
    Long integerOrNull(String name, long min, long max) throws SpecException {
        Object child = fields().get(name);
        return child == null ? null : Long.valueOf(child(name, child).integer(min, max));
    }

    /** The field as a signed 64-bit integer; null when absent. */
    Long int64OrNull(String name) throws SpecException {
        return integerOrNull(name, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** The field as an unsigned 32-bit integer; null when absent. */
    Long uint32OrNull(String name) throws SpecException {
        return integerOrNull(name, 0, UINT32);
    }

    /** The field as an unsigned 64-bit integer; null when absent. */
    Long uint64OrNull(String name) throws SpecException {
        Object child = fields().get(name);
        return child == null ? null : Long.valueOf(child(name, child).uint64());
    }

    /** The field as an unsigned 64-bit integer; 0 when absent. */
    long uint64(String name) throws SpecException {
        Long number = uint64OrNull(name);
        return number == null ? 0 : number;
    }

    /** The field as an integer of a range; 0 when absent. */
    long integer(String name, long min, long max) throws SpecException {
        Long number = integerOrNull(name, min, max);
        return number == null ? 0 : number;
    }

    /** The field as a signed 32-bit integer; 0 when absent. */
    int int32(String name) throws SpecException {
        return (int) integer(name, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** The field as an integer of a range; absent is an error. */
    long requiredInteger(String name, long min, long max) throws SpecException {
        return required(name).integer(min, max);
    }

    /** The field as an unsigned 64-bit integer; absent is an error. */
    long requiredUint64(String name) throws SpecException {
        return required(name).uint64();
    }
}
