package dev.caisson.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON parser against the standard, and against another parser on random texts. */
class JsonTreeTest {

    private static final long SEED = 20260101;

    private static Object parse(String text) throws SpecException {
        return JsonTree.parse(text.getBytes(UTF_8), "t");
    }

    @Test
    void values() throws Exception {
        assertEquals(List.of(), parse(" [ ] \r\n\t"));
        assertEquals(Map.of(), parse("{ }"));
        assertEquals(List.of(true, false, "", "a", 0L, -1L, 1.5, 1e3, List.of(Map.of("b", 1L))),
            parse("[true,false , \"\" ,\"a\",-0,-1,1.5,1E+3,[{ \"b\" : 1 }]]"));
        assertEquals("\"\\/\b\f\n\r\tAé€😀", parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\""));
        assertEquals("é€😀", parse("\"é€😀\""));
        assertEquals(Long.MAX_VALUE, parse("9223372036854775807"));
        assertEquals(Long.MIN_VALUE, parse("-9223372036854775808"));
        assertEquals(new BigInteger("9223372036854775808"), parse("9223372036854775808"));
        assertEquals(List.of("b", "a"), List.copyOf(((Map<?, ?>) parse("{\"b\":1,\"a\":2,\"b\":3}")).keySet()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "[", "{", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1", "\"", "\"\\", "\"\\u00", "tru", "-", "1.", "1e",
        "1e+"})
    void tellsTheEndFromOtherErrors(String text) {
        assertEquals("t: unexpected end of JSON input", assertThrows(SpecException.class, () -> parse(text)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"]", "[,]", "[1,]", "[1 2]", "{,}", "{\"a\" 1}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\":1 \"b\":2}",
        "01", "-01", "+1", ".5", "1.e1", "1e1.5", "--1", "0x1", "NaN", "Infinity", "-Infinity", "True", "nul1", "truex", "1 1", "[] []",
        "\"\n\"", "\"\t\"", "\"\0\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u+123\"", "\"\\'\"", "//", "/**/1", "\u00a01", "\ufeff{}", "[1]\0",
        "\"\\u\uff11234\"", "\uff11"})
    void refuses(String text) {
        SpecException e = assertThrows(SpecException.class, () -> parse(text));
        assertTrue(e.getMessage().startsWith("t: invalid JSON at line "), e.getMessage());
    }

    @Test
    void namesThePlace() {
        assertEquals("t: invalid JSON at line 3, column 4: expected a comma or the end of the object, found \"😀\"",
            assertThrows(SpecException.class, () -> parse("{\n\"a\":\n  1😀}")).getMessage().replace("  ", " "));
    }

    @Test
    void limitsDepthAndDigits() throws Exception {
        parse("[".repeat(100) + "]".repeat(100));
        assertTrue(assertThrows(SpecException.class, () -> parse("[".repeat(101) + "]".repeat(101))).getMessage()
            .contains("expected a nesting of at most 100 levels"));
        parse("9".repeat(1000));
        assertThrows(SpecException.class, () -> parse("9".repeat(1001)));
        assertThrows(SpecException.class, () -> parse("1." + "9".repeat(1001)));
        parse("[" + "[],".repeat(1000) + "[]]"); // as deep as wide is not
    }

    @Test
    void agreesWithAnotherParser() throws Exception {
        Random random = new Random(SEED);
        String alphabet = "{}[]\":,0123456789.-+eEtruefalsn \\/u\n\u00e9";
        int taken = 0;
        for (int i = 0; i < 60_000; i++) {
            StringBuilder text = new StringBuilder(switch (random.nextInt(6)) {
                case 0 -> "{\"a\":[1,-2.5e3,true],\"b\":{\"c\":null}}";
                case 1 -> "[\"x\\u00e9\\n\",\"\\ud83d\\ude00\",18446744073709551615,0.1]";
                case 2 -> "[[],{},[{}],\"\"]";
                case 3 -> "-12.5E-7";
                case 4 -> "{\"a\":1,\"a\":2}";
                default -> "";
            });
            for (int edits = random.nextInt(3); edits >= 0; edits--) {
                char c = alphabet.charAt(random.nextInt(alphabet.length()));
                int where = random.nextInt(text.length() + 1);
                if (where == text.length() || random.nextBoolean()) {
                    text.insert(where, c);
                } else {
                    text.setCharAt(where, c);
                }
            }
            String document = text.toString();
            Object expected;
            try {
                expected = other(document.getBytes(UTF_8));
            } catch (IOException e) {
                assertThrows(SpecException.class, () -> parse(document), document);
                continue;
            }
            assertEquals(expected, parse(document), document);
            taken++;
        }
        assertTrue(taken > 5_000, "too few were JSON: " + taken);
    }

    private static final JsonFactory OTHER = new JsonFactory();

    private static Object other(byte[] json) throws IOException {
        try (JsonParser parser = OTHER.createParser(json)) {
            if (parser.nextToken() == null) {
                throw new IOException("nothing");
            }
            Object value = value(parser);
            if (parser.nextToken() != null) {
                throw new IOException("more");
            }
            return value;
        }
    }

    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    fields.put(name, value(parser));
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
            // It leaves halves of surrogate pairs as they are.
            case VALUE_STRING -> parser.getText().replaceAll(
                "[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]", "\ufffd");
            case VALUE_NUMBER_INT -> parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                ? parser.getBigIntegerValue() : (Object) parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }
}
