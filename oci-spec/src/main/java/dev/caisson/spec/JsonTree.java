package dev.caisson.spec;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON text (RFC 8259) to a tree of Map, List, String, Boolean, Long, BigInteger (an integer beyond Long), Double (a number with a
 * fraction or an exponent) and null.
 *
 * <p>A parser of its own, since those of the libraries are made for long runs: in a JVM that has just started they take tens of
 * milliseconds before the first byte (some of them for powers of five that BigDecimal computes), and this one takes few. The tests
 * compare it with one of those.
 */
final class JsonTree {

    /** Longer numbers are nobody's, and turning digits into an integer takes the square of their number. */
    private static final int MAX_DIGITS = 1000;

    private final String document;
    private final String text;
    private int at;
    private int depth;

    private JsonTree(String document, String text) {
        this.document = document;
        this.text = text;
    }

    /**
     * The tree of a whole document, which is UTF-8 and one value with nothing but space after it.
     *
     * @param document name for messages
     */
    static Object parse(byte[] json, String document) throws SpecException {
        if (json.length > SpecReader.MAX_BYTES) {
            throw new SpecException(document, "",
                "is too large: " + json.length + " bytes, the limit is " + SpecReader.MAX_BYTES);
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
        } catch (CharacterCodingException e) {
            throw new SpecException(document, "", "invalid JSON: it is not UTF-8");
        }
        JsonTree parser = new JsonTree(document, text);
        parser.skipSpace();
        Object tree = parser.value();
        parser.skipSpace();
        if (parser.at < text.length()) {
            throw parser.error("expected the end of the document");
        }
        return tree;
    }

    // What was expected, and what is there instead.
    private SpecException error(String expected) {
        if (at >= text.length()) {
            return new SpecException(document, "", "unexpected end of JSON input");
        }
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < at; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        String found = new String(Character.toChars(text.codePointAt(at)));
        return new SpecException(document, "",
            "invalid JSON at line " + line + ", column " + (at - lineStart + 1) + ": " + expected + ", found " + Texts.quote(found));
    }

    // The character at hand; 0, which JSON never has, at the end.
    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void skipSpace() {
        while (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r') {
            at++;
        }
    }

    private void expect(char c, String expected) throws SpecException {
        if (peek() != c) {
            throw error(expected);
        }
        at++;
    }

    private Object value() throws SpecException {
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> literal("true", Boolean.TRUE);
            case 'f' -> literal("false", Boolean.FALSE);
            case 'n' -> literal("null", null);
            default -> number();
        };
    }

    private Object literal(String name, Boolean value) throws SpecException {
        int end = at + name.length();
        while (at < end) {
            if (peek() != name.charAt(name.length() - (end - at))) {
                throw error("expected " + name);
            }
            at++;
        }
        return value;
    }

    // The parser recurses once for each level, so the levels have to have a limit.
    private void enter() throws SpecException {
        if (depth == SpecReader.MAX_DEPTH) {
            throw error("expected a nesting of at most " + SpecReader.MAX_DEPTH + " levels");
        }
        depth++;
        at++;
        skipSpace();
    }

    private Map<String, Object> object() throws SpecException {
        enter();
        Map<String, Object> fields = new LinkedHashMap<>();
        if (peek() != '}') {
            while (true) {
                if (peek() != '"') {
                    throw error("expected a name in quotes");
                }
                String name = string();
                skipSpace();
                expect(':', "expected a colon");
                skipSpace();
                fields.put(name, value()); // of duplicates the last one counts
                skipSpace();
                if (peek() == '}') {
                    break;
                }
                expect(',', "expected a comma or the end of the object");
                skipSpace();
            }
        }
        at++;
        depth--;
        return fields;
    }

    private List<Object> array() throws SpecException {
        enter();
        List<Object> items = new ArrayList<>();
        if (peek() != ']') {
            while (true) {
                items.add(value());
                skipSpace();
                if (peek() == ']') {
                    break;
                }
                expect(',', "expected a comma or the end of the array");
                skipSpace();
            }
        }
        at++;
        depth--;
        return items;
    }

    private String string() throws SpecException {
        int start = ++at;
        while (peek() >= ' ' && peek() != '"' && peek() != '\\') {
            at++;
        }
        if (peek() == '"') {
            return text.substring(start, at++);
        }
        StringBuilder string = new StringBuilder().append(text, start, at);
        while (peek() != '"') {
            char c = peek();
            if (c < ' ') {
                throw error("expected no control character in a string");
            }
            at++;
            string.append(c == '\\' ? escape() : c);
        }
        at++;
        return wellFormed(string);
    }

    // The character of an escape, whose backslash is behind.
    private char escape() throws SpecException {
        char c = peek();
        switch (c) {
            case '"', '\\', '/' -> {
            }
            case 'b' -> c = '\b';
            case 'f' -> c = '\f';
            case 'n' -> c = '\n';
            case 'r' -> c = '\r';
            case 't' -> c = '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    at++;
                    int digit = peek() < 128 ? Character.digit(peek(), 16) : -1;
                    if (digit < 0) {
                        throw error("expected a hexadecimal digit");
                    }
                    code = code << 4 | digit;
                }
                c = (char) code;
            }
            default -> throw error("expected an escape");
        }
        at++;
        return c;
    }

    // An escape can make half a surrogate pair, which has no UTF-8 form. The clients' JSON library puts U+FFFD in its place.
    private static String wellFormed(StringBuilder string) {
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < string.length() && Character.isLowSurrogate(string.charAt(i + 1))) {
                i++;
            } else {
                string.setCharAt(i, '\ufffd');
            }
        }
        return string.toString();
    }

    private Object number() throws SpecException {
        int start = at;
        if (peek() == '-') {
            at++;
        }
        int digits = at;
        skipDigits("expected a value");
        if (text.charAt(digits) == '0' && at > digits + 1) {
            at = digits + 1;
            throw error("expected no digit after a leading zero");
        }
        boolean integer = true;
        if (peek() == '.') {
            integer = false;
            at++;
            skipDigits("expected a digit");
        }
        if (peek() == 'e' || peek() == 'E') {
            integer = false;
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            skipDigits("expected a digit");
        }
        if (at - start > MAX_DIGITS) {
            at = start;
            throw error("expected a number of at most " + MAX_DIGITS + " characters");
        }
        String number = text.substring(start, at);
        if (!integer) {
            return Double.valueOf(number);
        }
        if (number.length() <= 18) {
            return Long.valueOf(number);
        }
        BigInteger big = new BigInteger(number);
        return big.bitLength() < Long.SIZE ? (Object) big.longValue() : big;
    }

    // One digit at least.
    private void skipDigits(String expected) throws SpecException {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == start) {
            throw error(expected);
        }
    }
}
