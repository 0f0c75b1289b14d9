package dev.caisson.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * No property of the specification's schemas is missing from the documents by which the other tests show that nothing is lost on the way
 * from a file to records and back.
 */
class SchemaCoverageTest {

    private static final Set<String> OTHER_PLATFORMS = Set.of("windows", "solaris", "vm", "zos", "freebsd");

    private final Path folder = Fixtures.shared().resolve("oci-schema");
    private final Set<String> missing = new TreeSet<>();

    private Object schema(String file) throws Exception {
        return Fixtures.tree(Fixtures.bytes(folder.resolve(file)));
    }

    @Test
    void configurations() throws Exception {
        // A name is for Windows alone; there are no flags that a personality could have, so they are read and warned of.
        byte[] besides = "{\"process\":{\"user\":{\"username\":\"x\"}},\"linux\":{\"personality\":{\"flags\":[]}}}"
            .getBytes(StandardCharsets.UTF_8);
        object(schema("config-schema.json"), "config-schema.json", List.of(Fixtures.tree(Fixtures.everyField()), Fixtures.tree(besides)), "");
        assertEquals(Set.of(), missing);
    }

    @Test
    void states() throws Exception {
        byte[] state = new SpecWriter().write(new State("1.3.0", "box", State.Status.RUNNING, 42, "/b", Map.of("k", "v"), "/b/rootfs",
            "2026-01-02T03:04:05Z", "root"));
        object(schema("state-schema.json"), "state-schema.json", List.of(Fixtures.tree(state)), "");
        assertEquals(Set.of(), missing);
    }

    @Test
    void features() throws Exception {
        byte[] features = new SpecWriter().write(new Features("1.0.0", "1.3.0", List.of("prestart"), List.of("ro"),
            new Features.Linux(List.of("pid"), List.of("CAP_KILL"), new Features.Cgroup(true, true, true, true, true),
                new Features.Seccomp(true, List.of("SCMP_ACT_ALLOW"), List.of("SCMP_CMP_EQ"), List.of("SCMP_ARCH_X86_64"),
                    List.of("SECCOMP_FILTER_FLAG_LOG"), List.of("SECCOMP_FILTER_FLAG_LOG")),
                true, true, new Features.IntelRdt(true, true, true),
                new Features.MemoryPolicy(List.of("MPOL_BIND"), List.of("MPOL_F_STATIC_NODES")), true, true),
            Map.of("org.example", "x"), List.of("org.example.")));
        object(schema("features-schema.json"), "features-schema.json", List.of(Fixtures.tree(features)), "");
        assertEquals(Set.of(), missing);
    }

    @Test
    void whatIsMissingIsFound() throws Exception {
        object(schema("config-schema.json"), "config-schema.json",
            List.of(Fixtures.tree("{\"linux\":{\"seccomp\":{}}}".getBytes(StandardCharsets.UTF_8))), "");
        assertTrue(missing.contains("/process") && missing.contains("/linux/seccomp/syscalls") && missing.contains("/linux/resources"),
            missing::toString);
    }

    /** Looks for each property in one of the values that lie at that place. */
    private void object(Object node, String file, List<Object> values, String path) throws Exception {
        if (!(node instanceof Map<?, ?> schema)) {
            return;
        }
        if (schema.get("$ref") instanceof String reference) {
            String target = reference.substring(0, reference.indexOf('#'));
            String there = target.isEmpty() ? file : target;
            Object referred = schema(there);
            for (String step : reference.substring(reference.indexOf('#') + 1).split("/")) {
                referred = step.isEmpty() ? referred : ((Map<?, ?>) referred).get(step);
            }
            object(referred, there, values, path);
        }
        for (String several : List.of("allOf", "anyOf", "oneOf")) {
            if (schema.get(several) instanceof List<?> parts) {
                for (Object part : parts) {
                    object(part, file, values, path);
                }
            }
        }
        Map<?, ?> properties = schema.get("properties") instanceof Map<?, ?> some ? some : Map.of();
        for (Map.Entry<?, ?> property : properties.entrySet()) {
            String name = (String) property.getKey();
            if (path.isEmpty() && OTHER_PLATFORMS.contains(name)) {
                continue;
            }
            List<Object> found = new ArrayList<>();
            for (Object value : values) {
                if (value instanceof Map<?, ?> map && map.containsKey(name)) {
                    found.add(map.get(name));
                }
            }
            if (found.isEmpty()) {
                missing.add(path + "/" + name);
            } else {
                object(property.getValue(), file, found, path + "/" + name);
            }
        }
        object(schema.get("items"), file, elements(values), path + "/[]");
        object(schema.get("additionalProperties"), file, others(values, properties), path + "/*");
        if (schema.get("patternProperties") instanceof Map<?, ?> patterns) {
            for (Object pattern : patterns.values()) {
                object(pattern, file, others(values, properties), path + "/*");
            }
        }
    }

    private static List<Object> elements(List<Object> values) {
        List<Object> elements = new ArrayList<>();
        for (Object value : values) {
            if (value instanceof List<?> list) {
                elements.addAll(list);
            }
        }
        return elements;
    }

    private static List<Object> others(List<Object> values, Map<?, ?> properties) {
        List<Object> others = new ArrayList<>();
        for (Object value : values) {
            if (value instanceof Map<?, ?> map) {
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    if (!properties.containsKey(entry.getKey())) {
                        others.add(entry.getValue());
                    }
                }
            }
        }
        return others;
    }
}
