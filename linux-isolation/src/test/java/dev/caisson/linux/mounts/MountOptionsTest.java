package dev.caisson.linux.mounts;

import static dev.caisson.linux.plan.Kernel.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class MountOptionsTest {

    private static MountOptions parse(String... options) {
        return MountOptions.parse("tmpfs", List.of(options));
    }

    @Test
    void theLastOfContradictingOptionsCounts() {
        MountOptions options = parse("ro", "nosuid", "rw", "suid", "noexec");
        assertEquals(MOUNT_ATTR_NOEXEC, options.set());
        assertEquals(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, options.clear());
    }

    @Test
    void accessTimesAreOneField() {
        assertEquals(MOUNT_ATTR__ATIME, parse("strictatime").clear());
        assertEquals(MOUNT_ATTR_STRICTATIME, parse("strictatime").set());
        assertEquals(MOUNT_ATTR_NOATIME, parse("strictatime", "noatime").set());
        assertEquals(MOUNT_ATTR__ATIME, parse("relatime").clear());
    }

    @Test
    void recursiveOptionsAreKeptApart() {
        MountOptions options = parse("rro", "nodev", "rnosuid");
        assertEquals(MOUNT_ATTR_NODEV, options.set());
        assertEquals(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, options.recursiveSet());
    }

    @Test
    void bindAndPropagation() {
        MountOptions options = parse("rbind", "rslave");
        assertTrue(options.bind());
        assertTrue(options.recursive());
        assertEquals(MS_SLAVE, options.propagation());
        assertTrue(options.propagateAll());
        assertFalse(parse("bind", "private").propagateAll());
        assertTrue(MountOptions.parse("bind", List.of("ro")).bind());
    }

    @Test
    void whatIsNoMountOptionGoesToTheFileSystem() {
        assertEquals(List.of("mode=755", "size=64k", "newinstance"), parse("mode=755", "nosuid", "size=64k", "newinstance").data());
    }

    @Test
    void aDestinationLosesItsSlashes() {
        assertEquals("a/b", MountSteps.beneath("//a/b"));
        assertEquals(".", MountSteps.beneath("/"));
        assertEquals(List.of("dev", "null"), MountSteps.split("/dev/null"));
        assertEquals(List.of(".", "x"), MountSteps.split("/x/"));
    }
}
