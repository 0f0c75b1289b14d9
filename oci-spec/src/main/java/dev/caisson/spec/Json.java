package dev.caisson.spec;

import java.util.Map;

/**
 * JSON as plain values, for small documents that are nobody's records: Map (keys in order), List, String, Boolean, Long (an integer),
 * BigInteger (an integer beyond Long), Double (a number with a fraction or an exponent) and null. Safe for use by many threads.
 */
public final class Json {

    private Json() {
    }

    /**
     * Parses a whole document. Of duplicate names the last counts; the limits are {@link SpecReader#MAX_BYTES} and
     * {@link SpecReader#MAX_DEPTH}.
     *
     * @param json     UTF-8 text
     * @param document name of the document for messages, e.g. {@code state.json}
     * @return the value; maps and lists in it can be changed and are the caller's own
     * @throws SpecException when it is not JSON; the message has the line and column
     */
    public static Object parse(byte[] json, String document) throws SpecException {
        return JsonTree.parse(json, document);
    }

    /**
     * An object as UTF-8 text, without a line end after it.
     *
     * @param fields names and values, as {@link #parse} gives them; Integer is taken too
     * @param indent what one level is indented by, e.g. two spaces; null for everything on one line
     * @throws IllegalArgumentException when a value is of another type or not a finite number
     */
    public static byte[] write(Map<String, ?> fields, String indent) {
        JsonOut out = new JsonOut(indent);
        for (Map.Entry<String, ?> field : fields.entrySet()) {
            out.any(field.getKey(), field.getValue());
        }
        return out.end();
    }

    /** The text as a JSON string, with its quotes. */
    public static String quote(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        JsonOut.quote(text, out);
        return out.toString();
    }
}
