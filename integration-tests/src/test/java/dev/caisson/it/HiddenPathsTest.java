package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import org.junit.jupiter.api.Test;

/** Masked and read-only paths. */
@RealContainers
class HiddenPathsTest {

    @Test
    void aMaskedFileReadsAsEmpty(Sandbox box) {
        Bundle bundle = box.bundle().program("secret", "secret").add("/linux/maskedPaths", "/secret");
        assertEquals("character special file 1:3\n0", bundle.sh("stat -c '%F %t:%T' /secret; cat /secret | wc -c").run().ok());
        assertEquals("secret", Files.text(bundle.rootfs("secret")));
    }

    @Test
    void aMaskedFolderIsEmptyAndReadOnly(Sandbox box) {
        Bundle bundle = box.bundle().writable().program("secrets/a", "secret").add("/linux/maskedPaths", "/secrets");
        Result result = bundle.sh("ls -A /secrets; touch /secrets/b").run();
        assertEquals("", result.exits(1).stdout());
        assertTrue(result.stderr().contains("Read-only file system"), result::toString);
    }

    @Test
    void theDefaultOnesAreHidden(Sandbox box) {
        assertEquals("0 0", box.bundle().sh("echo $(cat /proc/keys | wc -c) $(ls -A /sys/firmware | wc -l)").run().ok());
    }

    @Test
    void theDefaultReadOnlyOnesRefuseWrites(Sandbox box) {
        Result result = box.bundle().writable().sh("echo 1 > /proc/sys/net/ipv4/ip_forward").run();
        assertTrue(result.exits(1).stderr().contains("Read-only file system"), result::toString);
        box.bundle().sh("echo h > /proc/sysrq-trigger").run().exits(1);
    }

    @Test
    void aReadOnlyPathInsideAWritableRootRefusesWrites(Sandbox box) {
        Bundle bundle = box.bundle().writable().program("fixed/a", "content").add("/linux/readonlyPaths", "/fixed");
        Result result = bundle.sh("cat /fixed/a; touch /other; touch /fixed/b").run();
        assertEquals("content", result.exits(1).stdout());
        assertTrue(result.stderr().contains("/fixed/b: Read-only file system"), result::toString);
    }

    @Test
    void pathsThatAreNotThereAreFine(Sandbox box) {
        box.bundle().add("/linux/maskedPaths", "/no/such/path").add("/linux/readonlyPaths", "/no/such/path").args("true").run().ok();
    }

    @Test
    void theyHoldForExecutedProcessesToo(Sandbox box) {
        try (Container container = box.bundle().program("secret", "secret").add("/linux/maskedPaths", "/secret").args("sleep", "1000").up("c")) {
            assertEquals("0", container.sh("cat /secret | wc -c"));
        }
    }
}
