package dev.caisson.cli.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class BuildTest {

    @Test
    void theVersionIsTheProjects() throws Exception {
        String pom = Files.readString(Path.of("pom.xml"));
        assertTrue(pom.contains("<version>" + Build.current().version() + "</version>"), Build.current().version());
    }

    @Test
    void withoutABuildIdItIsADevelopersFrontsToo() {
        assertEquals("dev", Build.current().id());
    }
}
