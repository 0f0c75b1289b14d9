package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** /dev. */
@RealContainers
class DevicesTest {

    @ParameterizedTest
    @CsvSource({"null,1:3", "zero,1:5", "full,1:7", "random,1:8", "urandom,1:9", "tty,5:0"})
    void theDefaultOnesAreThere(String name, String number, Sandbox box) {
        assertEquals("character special file " + number + " 666 0:0",
                box.bundle().args("stat", "-c", "%F %t:%T %a %u:%g", "/dev/" + name).run().ok());
    }

    @Test
    void theDefaultOnesWork(Sandbox box) {
        assertEquals("3", box.bundle().sh("echo x > /dev/null && head -c 3 /dev/zero | wc -c && head -c 1 /dev/urandom > /dev/null").run().ok());
    }

    @ParameterizedTest
    @CsvSource({"fd,/proc/self/fd", "stdin,/proc/self/fd/0", "stdout,/proc/self/fd/1", "stderr,/proc/self/fd/2", "ptmx,pts/ptmx"})
    void theUsualLinksAreThere(String name, String target, Sandbox box) {
        assertEquals(target, box.bundle().args("readlink", "/dev/" + name).run().ok());
    }

    @Test
    void configuredOnesHaveTheirTypeModeAndOwner(Sandbox box) {
        Bundle bundle = box.bundle()
                .add("/linux/devices", Map.of("path", "/dev/deep/char", "type", "c", "major", 1, "minor", 3, "fileMode", 0640, "uid", 12, "gid", 34))
                .add("/linux/devices", Map.of("path", "/dev/block", "type", "b", "major", 7, "minor", 200, "fileMode", 0600, "uid", 0, "gid", 6))
                .add("/linux/devices", Map.of("path", "/dev/pipe", "type", "p", "fileMode", 0622, "uid", 5, "gid", 5));
        assertEquals("""
                character special file 1:3 640 12:34
                block special file 7:c8 600 0:6
                fifo 0:0 622 5:5""",
                bundle.args("stat", "-c", "%F %t:%T %a %u:%g", "/dev/deep/char", "/dev/block", "/dev/pipe").run().ok());
    }

    @Test
    void onesThatNoRuleAllowsCannotBeOpened(Sandbox box) {
        Bundle bundle = box.bundle().add("/linux/devices", Map.of("path", "/dev/log", "type", "c", "major", 1, "minor", 11));
        Result result = bundle.sh("head -c 1 /dev/log").run();
        assertTrue(result.stderr().contains("Operation not permitted"), result::toString);
    }

    @Test
    void onesThatARuleAllowsCanBeOpened(Sandbox box) {
        Bundle bundle = box.bundle()
                .add("/linux/devices", Map.of("path", "/dev/nothing", "type", "c", "major", 1, "minor", 3))
                .add("/linux/resources/devices", Map.of("allow", true, "type", "c", "major", 1, "minor", 3, "access", "rwm"));
        assertEquals("0", bundle.sh("cat /dev/nothing | wc -c").run().ok());
    }

    @Test
    void aProcessWithoutATerminalHasNoConsole(Sandbox box) {
        box.bundle().sh("test ! -e /dev/console").run().ok();
    }
}
