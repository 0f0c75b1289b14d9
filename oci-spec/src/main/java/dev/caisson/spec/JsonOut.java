package dev.caisson.spec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** A JSON generator that leaves out what is absent: null, false flags, empty lists and maps. For one document and one thread. */
final class JsonOut {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
    private final JsonGenerator json;

    /** Starts the document's object; {@code indent} is one level's indentation, null for everything on one line. */
    JsonOut(JsonFactory factory, String indent) throws IOException {
        json = factory.createGenerator(bytes);
        if (indent != null) {
            DefaultIndenter lines = new DefaultIndenter(indent, "\n");
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter(Separators.createDefaultInstance()
                .withRootSeparator("").withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("").withArrayEmptySeparator(""));
            printer.indentObjectsWith(lines);
            printer.indentArraysWith(lines);
            json.setPrettyPrinter(printer);
        }
        json.writeStartObject();
    }

    /** Ends the document's object and gives its bytes. */
    byte[] end() throws IOException {
        json.writeEndObject();
        json.close();
        return bytes.toByteArray();
    }

    void startObject(String name) throws IOException {
        json.writeObjectFieldStart(name);
    }

    void startObject() throws IOException {
        json.writeStartObject();
    }

    void endObject() throws IOException {
        json.writeEndObject();
    }

    void startArray(String name) throws IOException {
        json.writeArrayFieldStart(name);
    }

    void endArray() throws IOException {
        json.writeEndArray();
    }

    void text(String name, String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    void number(String name, Long value) throws IOException {
        if (value != null) {
            json.writeNumberField(name, value);
        }
    }

    void number(String name, Integer value) throws IOException {
        if (value != null) {
            json.writeNumberField(name, value);
        }
    }

    /** A number that is left out when it has its default, 0. */
    void numberUnlessZero(String name, long value) throws IOException {
        if (value != 0) {
            json.writeNumberField(name, value);
        }
    }

    void uint64(String name, Long value) throws IOException {
        if (value == null) {
            return;
        }
        if (value >= 0) {
            json.writeNumberField(name, value);
        } else {
            json.writeNumberField(name, new BigInteger(Long.toUnsignedString(value)));
        }
    }

    void uint64UnlessZero(String name, long value) throws IOException {
        if (value != 0) {
            uint64(name, value);
        }
    }

    /** A boolean that is left out when it is unknown. */
    void bool(String name, Boolean value) throws IOException {
        if (value != null) {
            json.writeBooleanField(name, value);
        }
    }

    /** A boolean that is left out when it has its default, false. */
    void flag(String name, boolean value) throws IOException {
        if (value) {
            json.writeBooleanField(name, true);
        }
    }

    void strings(String name, List<String> values) throws IOException {
        if (!values.isEmpty()) {
            stringsOrNull(name, values);
        }
    }

    /** A list that is left out when it is null, and not when it is empty. */
    void stringsOrNull(String name, List<String> values) throws IOException {
        if (values == null) {
            return;
        }
        json.writeArrayFieldStart(name);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }

    void numbers(String name, List<Long> values) throws IOException {
        if (values.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart(name);
        for (Long value : values) {
            json.writeNumber(value);
        }
        json.writeEndArray();
    }

    void strings(String name, Map<String, String> values) throws IOException {
        if (values.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, String> entry : values.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }
}
