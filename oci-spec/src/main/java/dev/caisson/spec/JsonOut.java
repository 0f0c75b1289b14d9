package dev.caisson.spec;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Writes a JSON object and leaves out what is absent: null, false flags, empty lists and maps. For one document and one thread. */
final class JsonOut {

    private static final String HEX = "0123456789abcdef";

    private final StringBuilder out = new StringBuilder(4096);
    private final String indent;
    private int level;
    private boolean empty = true;

    /** Starts the document's object; {@code indent} is one level's indentation, null for everything on one line. */
    JsonOut(String indent) {
        this.indent = indent;
        open('{');
    }

    /** Ends the document's object and gives its bytes. */
    byte[] end() {
        close('}');
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void open(char bracket) {
        out.append(bracket);
        level++;
        empty = true;
    }

    private void close(char bracket) {
        level--;
        if (!empty) {
            newLine();
        }
        out.append(bracket);
        empty = false;
    }

    private void newLine() {
        if (indent != null) {
            out.append('\n');
            for (int i = 0; i < level; i++) {
                out.append(indent);
            }
        }
    }

    // What comes before a field or an item.
    private void next() {
        if (!empty) {
            out.append(',');
        }
        newLine();
        empty = false;
    }

    private void name(String name) {
        next();
        quote(name);
        out.append(indent == null ? ":" : ": ");
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    void startObject(String name) {
        name(name);
        open('{');
    }

    void startObject() {
        next();
        open('{');
    }

    void endObject() {
        close('}');
    }

    void startArray(String name) {
        name(name);
        open('[');
    }

    void endArray() {
        close(']');
    }

    void text(String name, String value) {
        if (value != null) {
            name(name);
            quote(value);
        }
    }

    void number(String name, Long value) {
        if (value != null) {
            number(name, value.longValue());
        }
    }

    void number(String name, Integer value) {
        if (value != null) {
            number(name, value.longValue());
        }
    }

    void number(String name, long value) {
        name(name);
        out.append(value);
    }

    /** A number that is left out when it has its default, 0. */
    void numberUnlessZero(String name, long value) {
        if (value != 0) {
            number(name, value);
        }
    }

    void uint64(String name, Long value) {
        if (value != null) {
            name(name);
            out.append(Long.toUnsignedString(value));
        }
    }

    void uint64UnlessZero(String name, long value) {
        if (value != 0) {
            uint64(name, value);
        }
    }

    /** A boolean that is left out when it is unknown. */
    void bool(String name, Boolean value) {
        if (value != null) {
            name(name);
            out.append(value.booleanValue());
        }
    }

    /** A boolean that is left out when it has its default, false. */
    void flag(String name, boolean value) {
        if (value) {
            bool(name, true);
        }
    }

    void strings(String name, List<String> values) {
        if (!values.isEmpty()) {
            stringsOrNull(name, values);
        }
    }

    /** A list that is left out when it is null, and not when it is empty. */
    void stringsOrNull(String name, List<String> values) {
        if (values == null) {
            return;
        }
        startArray(name);
        for (String value : values) {
            next();
            quote(value);
        }
        endArray();
    }

    void numbers(String name, List<Long> values) {
        if (values.isEmpty()) {
            return;
        }
        startArray(name);
        for (Long value : values) {
            next();
            out.append(value.longValue());
        }
        endArray();
    }

    void strings(String name, Map<String, String> values) {
        if (values.isEmpty()) {
            return;
        }
        startObject(name);
        for (Map.Entry<String, String> entry : values.entrySet()) {
            text(entry.getKey(), entry.getValue());
        }
        endObject();
    }
}
