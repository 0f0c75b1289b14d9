package dev.caisson.spec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Documents for the tests: those of this module, and those of the folder {@code shared} beside the checkout where there is one. */
final class Fixtures {

    private Fixtures() {
    }

    /** A valid configuration that uses every field there is. */
    static byte[] everyField() {
        try (InputStream in = Fixtures.class.getResourceAsStream("every-field.json")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The folder of shared material: the system property {@code caisson.shared}, or a folder {@code shared} in one of the parents.
     * The test is skipped when there is none.
     */
    static Path shared() {
        String given = System.getProperty("caisson.shared");
        if (given != null) {
            return Path.of(given);
        }
        for (Path parent = Path.of("").toAbsolutePath(); parent != null; parent = parent.getParent()) {
            if (Files.isDirectory(parent.resolve("shared/oci-schema"))) {
                return parent.resolve("shared");
            }
        }
        Assumptions.abort("skipped: no folder shared/oci-schema in any parent, and -Dcaisson.shared is not given");
        throw new AssertionError();
    }

    /** The files of a shared folder whose names end so, in order. */
    static List<Path> sharedFiles(String folder, String ending) {
        Path path = shared().resolve(folder);
        Assumptions.assumeTrue(Files.isDirectory(path), "skipped: there is no " + path);
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** JSON with single quotes for double ones. */
    static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(UTF_8);
    }

    static Object tree(byte[] json) {
        try {
            return new JsonTree().parse(json, "test");
        } catch (SpecException e) {
            throw new AssertionError(e);
        }
    }

    /** The text of a tree; written apart from the module's own writer, so that the two check one another. */
    static String text(Object tree) {
        StringBuilder text = new StringBuilder();
        text(tree, text);
        return text.toString();
    }

    private static void text(Object tree, StringBuilder text) {
        if (tree instanceof Map<?, ?> map) {
            char before = '{';
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                text.append(before);
                text(entry.getKey(), text);
                text.append(':');
                text(entry.getValue(), text);
                before = ',';
            }
            text.append(map.isEmpty() ? "{}" : "}");
        } else if (tree instanceof List<?> list) {
            char before = '[';
            for (Object item : list) {
                text.append(before);
                text(item, text);
                before = ',';
            }
            text.append(list.isEmpty() ? "[]" : "]");
        } else if (tree instanceof String string) {
            text.append('"');
            for (int i = 0; i < string.length(); i++) {
                char c = string.charAt(i);
                if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                    text.append("\\u").append(Integer.toHexString(0x10000 + c), 1, 5);
                } else {
                    text.append(c);
                }
            }
            text.append('"');
        } else if (tree == null || tree instanceof Boolean || tree instanceof Number) {
            text.append(tree);
        } else {
            throw new AssertionError(tree.getClass());
        }
    }

    /** Sets the value at a path of field names and numbers of items, separated by slashes. {@code REMOVE} takes it away. */
    @SuppressWarnings("unchecked")
    static byte[] with(byte[] json, String path, String value) {
        Object tree = tree(json);
        Object at = tree;
        String[] parts = path.split("/");
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            boolean last = i == parts.length - 1;
            Object changed = last && !value.equals("REMOVE") ? tree(json(value)) : null;
            if (at instanceof List<?>) {
                List<Object> list = (List<Object>) at;
                int index = Integer.parseInt(part);
                if (!last) {
                    at = list.get(index);
                } else if (index == list.size()) {
                    list.add(changed);
                } else if (value.equals("REMOVE")) {
                    list.remove(index);
                } else {
                    list.set(index, changed);
                }
            } else {
                Map<String, Object> map = (Map<String, Object>) at;
                if (!last) {
                    at = map.get(part);
                } else if (value.equals("REMOVE")) {
                    map.remove(part);
                } else {
                    map.put(part, changed);
                }
            }
        }
        return text(tree).getBytes(UTF_8);
    }
}
