package dev.caisson.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** Whatever a document holds, reading and validating it ends in a record or in one line about it. Seeded, so that a failure repeats. */
class FuzzTest {

    private static final long SEED = 20260101;
    private static final int MUTATIONS = 4_000;

    // A value of each type; at each path, all but those of the type that is there are wrong.
    private static final List<String> OF_EACH_TYPE = List.of("{'x':1}", "['x']", "'x'", "true", "7", "1.5", "-9223372036854775809");

    private static final List<byte[]> DOCUMENTS = new ArrayList<>();

    private final SpecReader reader = new SpecReader();
    private final SpecWriter writer = new SpecWriter();

    @BeforeAll
    static void collect() {
        DOCUMENTS.add(Fixtures.everyField());
        try {
            for (Path file : Fixtures.sharedFiles("contract", ".config.json")) {
                DOCUMENTS.add(Fixtures.bytes(file));
            }
        } catch (TestAbortedException e) {
            // This module's own document has all the fields.
        }
    }

    @Test
    void mutatedBytes() {
        Random random = new Random(SEED);
        int read = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] document = DOCUMENTS.get(random.nextInt(DOCUMENTS.size())).clone();
            switch (random.nextInt(5)) {
                case 0 -> document = Arrays.copyOf(document, random.nextInt(document.length));
                case 1 -> document[random.nextInt(document.length)] ^= (byte) (1 << random.nextInt(8));
                case 2 -> { // digits and letters, so that numbers and names change rather than the syntax
                    for (int j = 0; j < 3; j++) {
                        document[random.nextInt(document.length)] = (byte) "0123456789-.eE\"\\u/aR{}[],: \n".charAt(random.nextInt(28));
                    }
                }
                case 3 -> { // a part of one document in another
                    byte[] other = DOCUMENTS.get(random.nextInt(DOCUMENTS.size()));
                    int from = random.nextInt(other.length);
                    int length = Math.min(random.nextInt(200), Math.min(other.length - from, document.length));
                    System.arraycopy(other, from, document, random.nextInt(document.length - length + 1), length);
                }
                default -> document[random.nextInt(document.length)] = (byte) random.nextInt(256);
            }
            read += readsOrSaysWhy(document) ? 1 : 0;
        }
        assertTrue(read > MUTATIONS / 50, "nearly nothing was read: " + read);
    }

    @Test
    void randomBytes() {
        Random random = new Random(SEED);
        for (int i = 0; i < 2_000; i++) {
            byte[] document = new byte[random.nextInt(100)];
            random.nextBytes(document);
            readsOrSaysWhy(document);
        }
    }

    /** A value of another type at each path: refused, with that path. */
    @Test
    void swappedTypes() {
        int refused = 0;
        for (byte[] document : DOCUMENTS) {
            Object tree = Fixtures.tree(document);
            for (Place place : sample(document, tree)) {
                for (String other : OF_EACH_TYPE) {
                    Object value = Fixtures.tree(other.replace('\'', '"').getBytes(UTF_8));
                    if (sameType(place.value(), value)) {
                        continue;
                    }
                    refused += refuses(place, value, tree);
                }
            }
        }
        assertTrue(refused > 1_500, "too few were tried: " + refused);
    }

    // Puts the value there, reads, and puts the old one back.
    private int refuses(Place place, Object value, Object tree) {
        place.set(value);
        byte[] mutated = Fixtures.text(tree).getBytes(UTF_8);
        place.set(place.value());
        try {
            reader.read(mutated);
            return fail(place.path() + ": " + value + " was taken for " + place.value());
        } catch (SpecException e) {
            checkMessage(e);
            assertEquals(place.path(), e.path(), e.getMessage());
            return 1;
        }
    }

    /** Numbers of all magnitudes in the place of each number, and odd texts in that of each text. */
    @Test
    void oddValues() {
        List<Object> numbers = new ArrayList<>(List.of(0L, -1L, 1L, 255L, 65536L, 4294967295L, 4294967296L, Long.MAX_VALUE, Long.MIN_VALUE,
            new java.math.BigInteger("18446744073709551615"), new java.math.BigInteger("18446744073709551616"),
            new java.math.BigInteger("9".repeat(900))));
        List<Object> texts = new ArrayList<>(List.of("", "\0", "\n", "..", "/", "/../..", "x".repeat(5_000), "\u202e", "CAP_", "=", "a=\0"));
        for (byte[] document : DOCUMENTS) {
            Object tree = Fixtures.tree(document);
            for (Place place : sample(document, tree)) {
                List<Object> values = place.value() instanceof Number ? numbers : place.value() instanceof String ? texts : List.of();
                for (Object value : values) {
                    place.set(value);
                    readsOrSaysWhy(Fixtures.text(tree).getBytes(UTF_8));
                }
                place.set(place.value());
            }
        }
    }

    // What is read can be written, and read again as the same.
    private boolean readsOrSaysWhy(byte[] document) {
        try {
            Spec spec = reader.read(document);
            assertEquals(spec, reader.read(writer.write(spec)));
            for (String warning : SpecValidator.validate(spec)) {
                assertEquals(1, warning.lines().count(), warning);
            }
            return true;
        } catch (SpecException e) {
            checkMessage(e);
            return false;
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError("on " + new String(document, UTF_8), e);
        }
    }

    private static void checkMessage(SpecException e) {
        String message = e.getMessage();
        assertTrue(message.startsWith("config.json: "), message);
        assertTrue(message.chars().noneMatch(c -> c < ' ' || c >= 0x7f && c < 0xa0), message);
        assertTrue(message.length() < 1000, message);
    }

    /** Where a value is: its path, its container in the tree, and its key or index there. */
    private record Place(String path, Object container, Object key, Object value) {

        @SuppressWarnings("unchecked")
        void set(Object other) {
            if (container instanceof List<?>) {
                ((List<Object>) container).set((Integer) key, other);
            } else {
                ((Map<String, Object>) container).put((String) key, other);
            }
        }
    }

    // Fields that are not kept have no type to swap.
    private static final Set<String> IGNORED = Set.of("windows", "unknown", "process.commandLine");

    // All places of this module's own document, which is short and has all the fields; some of the others'.
    private static List<Place> sample(byte[] document, Object tree) {
        List<Place> places = places(tree, "", new ArrayList<>());
        if (document != DOCUMENTS.getFirst()) {
            Random random = new Random(SEED);
            places.removeIf(place -> random.nextInt(20) != 0);
        }
        return places;
    }

    private static List<Place> places(Object tree, String path, List<Place> places) {
        if (tree instanceof Map<?, ?> map) {
            map.forEach((name, value) -> {
                String key = (String) name;
                boolean plain = key.matches("[A-Za-z0-9_-]+");
                String below = plain ? path.isEmpty() ? key : path + "." + key : path + "[\"" + key + "\"]";
                if (!IGNORED.contains(below)) {
                    places.add(new Place(below, map, key, value));
                    places(value, below, places);
                }
            });
        } else if (tree instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                places.add(new Place(path + "[" + i + "]", list, i, list.get(i)));
                places(list.get(i), path + "[" + i + "]", places);
            }
        }
        return places;
    }

    private static boolean sameType(Object a, Object b) {
        if (a instanceof Number && b instanceof Long) {
            return true;
        }
        return a instanceof Map && b instanceof Map || a instanceof List && b instanceof List || a instanceof String && b instanceof String
            || a instanceof Boolean && b instanceof Boolean;
    }
}
