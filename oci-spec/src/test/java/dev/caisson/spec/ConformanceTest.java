package dev.caisson.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/conformance.md: no field of the specification is missing from it, and each test that it names is there. */
class ConformanceTest {

    private static final Path TABLE = Path.of("../docs/conformance.md");
    private static final Pattern ROW = Pattern.compile("^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]*) \\|$");
    private static final Pattern NAMED = Pattern.compile("`(\\w+)#(\\w+)`");

    /** Where a component has another name than the field. */
    private static final Map<String, String> NAMES = Map.of("finalCpus", "final", "priorityClass", "class");

    private record Row(String support, String tests) {}

    private static Map<String, Row> rows() throws IOException {
        Map<String, Row> rows = new TreeMap<>();
        for (String line : Files.readAllLines(TABLE)) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                Row before = rows.put(row.group(1), new Row(row.group(2), row.group(3)));
                assertEquals(null, before, "twice in the table: " + row.group(1));
            }
        }
        return rows;
    }

    @Test
    void eachFieldHasItsRow() throws IOException {
        Set<String> fields = new TreeSet<>();
        add(fields, "", Spec.class);
        add(fields, "state.", State.class);
        add(fields, "features.", Features.class);
        for (String operation : List.of("create", "start", "state", "kill", "delete")) {
            fields.add("operation " + operation);
        }
        fields.removeAll(rows().keySet());
        assertEquals(Set.of(), fields, "missing from docs/conformance.md");
    }

    @Test
    void eachRowSaysWhatHoldsAndWhatShowsIt() throws IOException {
        rows().forEach((field, row) -> {
            assertTrue(row.support().matches("(yes|refused by name|ignored|partly)(\\b.*)?"), () -> field + ": " + row);
            assertTrue(row.support().startsWith("ignored") || NAMED.matcher(row.tests()).find(), () -> field + " names no test: " + row);
        });
    }

    @Test
    void eachTestThatIsNamedIsThere() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        for (Path module : List.of(Path.of("."), Path.of("../linux-isolation"), Path.of("../runtime-cli"), Path.of("../integration-tests"))) {
            try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
                for (Path file : files.filter(path -> path.toString().endsWith("Test.java")).toList()) {
                    sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        List<String> missing = new ArrayList<>();
        for (Path page : List.of(TABLE, Path.of("../docs/security.md"))) {
            Matcher named = NAMED.matcher(Files.readString(page));
            while (named.find()) {
                if (!Pattern.compile("void " + named.group(2) + "\\(").matcher(sources.getOrDefault(named.group(1), "")).find()) {
                    missing.add(page.getFileName() + ": " + named.group());
                }
            }
        }
        assertEquals(List.of(), missing);
    }

    /** The fields of a record as paths; what a list or a map holds, by {@code []}. */
    private static void add(Set<String> fields, String prefix, Class<?> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            String path = prefix + NAMES.getOrDefault(component.getName(), component.getName());
            Type generic = component.getGenericType();
            if (generic instanceof ParameterizedType parameterized) {
                Type[] arguments = parameterized.getActualTypeArguments();
                path += arguments[arguments.length - 1] instanceof Class<?> item && item.isRecord() ? "[]" : "";
                generic = arguments[arguments.length - 1];
            }
            if (generic instanceof Class<?> item && item.isRecord() && !prefix.contains(path.substring(prefix.length()) + ".")) {
                add(fields, path + ".", item);
            } else {
                fields.add(path);
            }
        }
    }
}
