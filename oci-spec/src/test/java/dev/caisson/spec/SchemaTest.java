package dev.caisson.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is written obeys the specification's JSON schemas. */
class SchemaTest {

    private final SpecWriter writer = new SpecWriter();

    private static Schema schema(String name) {
        Path folder = Fixtures.shared().resolve("oci-schema");
        // Schemas of other platforms are not there; what they would say of is not there either.
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4, builder -> builder.schemas(iri -> {
            Path file = folder.resolve(iri.substring(iri.lastIndexOf('/') + 1));
            return Files.exists(file) ? new String(Fixtures.bytes(file), UTF_8)
                : "{\"windows\":{},\"solaris\":{},\"zos\":{},\"freebsd\":{},\"vm\":{}}";
        }));
        return registry.getSchema(SchemaLocation.of("https://schemas.invalid/" + name));
    }

    private static void valid(String schema, byte[] json) {
        assertEquals(List.of(), schema(schema).validate(new String(json, UTF_8), InputFormat.JSON));
    }

    @Test
    void theSchemasAreAtWork() {
        assertFalse(schema("config-schema.json").validate("{\"ociVersion\":1}", InputFormat.JSON).isEmpty());
        assertFalse(schema("config-schema.json").validate(
            "{\"ociVersion\":\"1.0.0\",\"linux\":{\"namespaces\":[{\"type\":\"x\"}]}}", InputFormat.JSON).isEmpty());
    }

    @Test
    void defaultConfigurations() {
        valid("config-schema.json", writer.write(DefaultSpec.create(false, 0, 0)));
        valid("config-schema.json", writer.write(DefaultSpec.create(true, 1000, 1000, true)));
    }

    @Test
    void configurationWithEveryField() throws Exception {
        valid("config-schema.json", Fixtures.everyField());
        valid("config-schema.json", writer.write(new SpecReader().read(Fixtures.everyField())));
    }

    @Test
    void states() {
        State state = new State("1.3.0", "box", State.Status.RUNNING, 42, "/b", Map.of("k", "v"), "/b/rootfs", "2026-01-02T03:04:05Z",
            "root");
        valid("state-schema.json", writer.write(state));
        valid("state-schema.json", writer.writeForHooks(state));
    }

    @Test
    void features() {
        valid("features-schema.json", writer.write(new Features("1.0.0", "1.3.0", List.of("prestart"), List.of("ro", "rw"),
            new Features.Linux(List.of("pid", "time"), List.of("CAP_KILL"), new Features.Cgroup(true, true, true, true, false),
                new Features.Seccomp(true, List.of("SCMP_ACT_ALLOW"), List.of("SCMP_CMP_EQ"), List.of("SCMP_ARCH_X86_64"),
                    List.of("SECCOMP_FILTER_FLAG_LOG"), List.of("SECCOMP_FILTER_FLAG_LOG")),
                true, false, new Features.IntelRdt(true, true, true),
                new Features.MemoryPolicy(List.of("MPOL_BIND"), List.of("MPOL_F_STATIC_NODES")), true, true),
            Map.of("org.example", "x"), List.of("org.systemd.property."))));
    }
}
