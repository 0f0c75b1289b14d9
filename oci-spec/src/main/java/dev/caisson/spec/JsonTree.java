package dev.caisson.spec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON text to a tree of Map, List, String, Boolean, Long, BigInteger, Double and null. Data binding would do the same and more, but
 * its class initialisation is what a command that starts a JVM of its own would wait for. Safe for use by many threads.
 */
final class JsonTree {

    private final JsonFactory factory = JsonFactory.builder()
        .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(SpecReader.MAX_DEPTH).build())
        .build();

    /** The tree of a whole document, which is UTF-8 and one value with nothing after it. */
    Object parse(byte[] json, String document) throws SpecException {
        if (json.length > SpecReader.MAX_BYTES) {
            throw new SpecException(document, "",
                "is too large: " + json.length + " bytes, the limit is " + SpecReader.MAX_BYTES);
        }
        if (!startsAsUtf8(json)) {
            throw new SpecException(document, "", "invalid JSON at line 1, column 1: not UTF-8 without a byte order mark");
        }
        try (JsonParser parser = factory.createParser(json)) {
            if (parser.nextToken() == null) {
                throw new SpecException(document, "", "unexpected end of JSON input");
            }
            Object tree = value(parser);
            if (parser.nextToken() != null) {
                throw new SpecException(document, "", "invalid JSON at " + place(parser.currentTokenLocation())
                    + ": more text after the end of the document");
            }
            return tree;
        } catch (JsonEOFException e) {
            throw new SpecException(document, "", "unexpected end of JSON input");
        } catch (JsonProcessingException e) {
            throw new SpecException(document, "", "invalid JSON at " + place(e.getLocation()) + ": " + e.getOriginalMessage());
        } catch (IOException e) {
            // What the parser reports of bytes that are not UTF-8.
            throw new SpecException(document, "", "invalid JSON: " + e.getMessage());
        }
    }

    // The parser would guess UTF-16 and UTF-32 and take them; JSON that programs exchange is UTF-8 (RFC 8259, 8.1).
    private static boolean startsAsUtf8(byte[] json) {
        for (int i = 0; i < Math.min(4, json.length); i++) {
            if (json[i] == 0) {
                return false;
            }
        }
        return json.length == 0 || json[0] != (byte) 0xef && json[0] != (byte) 0xfe && json[0] != (byte) 0xff;
    }

    private static String place(JsonLocation location) {
        return location == null ? "an unknown place" : "line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    // The recursion ends at MAX_DEPTH: the parser refuses what nests deeper.
    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = wellFormed(parser.currentName());
                    parser.nextToken();
                    fields.put(name, value(parser)); // of duplicates the last one counts
                }
                yield fields;
            }
            case START_ARRAY -> {
                List<Object> items = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(value(parser));
                }
                yield items;
            }
            case VALUE_STRING -> wellFormed(parser.getText());
            case VALUE_NUMBER_INT -> parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                ? parser.getBigIntegerValue() : Long.valueOf(parser.getLongValue());
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            default -> throw new IllegalStateException("no JSON value starts with " + parser.currentToken());
        };
    }

    // An escape can make half a surrogate pair, which has no UTF-8 form. The clients' JSON library puts U+FFFD in its place.
    private static String wellFormed(String text) {
        StringBuilder mended = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            if (mended == null) {
                mended = new StringBuilder(text);
            }
            mended.setCharAt(i, '\ufffd');
        }
        return mended == null ? text : mended.toString();
    }
}
