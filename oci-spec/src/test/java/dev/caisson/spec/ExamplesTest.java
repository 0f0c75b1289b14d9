package dev.caisson.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The specification's own examples, and what real clients send. */
class ExamplesTest {

    private final SpecReader reader = new SpecReader();
    private final SpecWriter writer = new SpecWriter();

    private interface Test {
        void run(byte[] json) throws Exception;
    }

    private static Stream<DynamicTest> each(String folder, String ending, Test test) {
        List<Path> files = Fixtures.sharedFiles(folder, ending);
        assertFalse(files.isEmpty(), folder);
        return files.stream().map(file -> dynamicTest(file.getFileName().toString(), () -> test.run(Fixtures.bytes(file))));
    }

    @TestFactory
    Stream<DynamicTest> goodConfigurations() {
        return each("oci-schema/test/config/good", ".json", json -> {
            // One example is of a time before version 1, and is good apart from that.
            Spec spec = reader.read(Fixtures.tree(json) instanceof Map<?, ?> map && map.get("ociVersion").equals("0.5.0-dev")
                ? Fixtures.with(json, "ociVersion", "'1.0.0'") : json);
            assertEquals(spec, reader.read(writer.write(spec)));
            // The schemas let network devices pass without a namespace to move them into.
            if (spec.linux() == null || spec.linux().netDevices().isEmpty()) {
                SpecValidator.validate(spec);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> badConfigurations() {
        return each("oci-schema/test/config/bad", ".json",
            json -> assertThrows(SpecException.class, () -> SpecValidator.validate(reader.read(json))));
    }

    @TestFactory
    Stream<DynamicTest> goodStates() {
        return each("oci-schema/test/state/good", ".json", json -> {
            State state = reader.readState(json);
            assertEquals(state, reader.readState(writer.writeForHooks(state)));
            assertEquals(Fixtures.tree(json), Fixtures.tree(writer.write(state)));
        });
    }

    @TestFactory
    Stream<DynamicTest> badStates() {
        return each("oci-schema/test/state/bad", ".json", json -> assertThrows(SpecException.class, () -> reader.readState(json)));
    }

    @TestFactory
    Stream<DynamicTest> goodFeatures() {
        return each("oci-schema/test/features/good", ".json", json -> {
            Features features = reader.readFeatures(json);
            assertEquals(features, reader.readFeatures(writer.write(features)));
            assertEquals(Fixtures.tree(json), Fixtures.tree(writer.write(features)));
        });
    }

    @TestFactory
    Stream<DynamicTest> badFeatures() {
        return each("oci-schema/test/features/bad", ".json",
            json -> assertThrows(SpecException.class, () -> reader.readFeatures(json)));
    }

    /** Nothing that clients send is refused, warned of, or lost. */
    @TestFactory
    Stream<DynamicTest> configurationsOfClients() {
        return each("contract", ".config.json", json -> {
            Spec spec = reader.read(json);
            assertEquals(List.of(), SpecValidator.validate(spec));
            assertEquals(Fixtures.tree(json), Fixtures.tree(writer.write(spec)));
        });
    }

    @TestFactory
    Stream<DynamicTest> processesOfClients() {
        return each("contract", ".process.json", json -> {
            Process process = reader.readProcess(json);
            assertEquals(List.of(), SpecValidator.validate(process));
            assertEquals(Fixtures.tree(json), Fixtures.tree(writer.write(process)));
        });
    }

    @TestFactory
    Stream<DynamicTest> updatesOfClients() {
        return each("contract", ".resources.json", json -> {
            Resources resources = reader.readResources(json);
            assertEquals(List.of(), SpecValidator.validate(resources));
            assertEquals(Fixtures.tree(json), Fixtures.tree(writer.write(resources)));
        });
    }
}
