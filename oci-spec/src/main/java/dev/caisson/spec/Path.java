package dev.caisson.spec;

/**
 * Where a field is in a document, e.g. {@code linux.sysctl["net.core.somaxconn"]} or {@code process.args[2]}. The text is made only
 * when it is asked for, since nearly always nobody does. Immutable.
 */
final class Path {

    /** The document as a whole. */
    static final Path ROOT = new Path(null, null, 0);

    private final Path parent;
    private final String key;
    private final int index;

    private Path(Path parent, String key, int index) {
        this.parent = parent;
        this.key = key;
        this.index = index;
    }

    /** A field of this object, or an entry of this map. */
    Path field(String name) {
        return new Path(this, name, 0);
    }

    /** An item of this array. */
    Path item(int i) {
        return new Path(this, null, i);
    }

    /** The name of the last field; null for an item. */
    String key() {
        return key;
    }

    /** The path's text; empty for the root. */
    @Override
    public String toString() {
        if (parent == null) {
            return "";
        }
        String base = parent.toString();
        if (key == null) {
            return base + '[' + index + ']';
        }
        if (!isName(key)) {
            return base + '[' + Texts.quote(key) + ']';
        }
        return base.isEmpty() ? key : base + '.' + key;
    }

    private static boolean isName(String key) {
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-')) {
                return false;
            }
        }
        return !key.isEmpty() && key.length() <= 64;
    }
}
