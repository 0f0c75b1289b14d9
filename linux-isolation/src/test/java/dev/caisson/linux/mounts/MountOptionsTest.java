package dev.caisson.linux.mounts;

import static dev.caisson.linux.plan.Kernel.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.mounts.MountOptions.Propagation;
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
        assertEquals(List.of(new Propagation(MS_SLAVE, true)), options.propagation());
        assertEquals(List.of(new Propagation(MS_SLAVE, false), new Propagation(MS_SHARED, false)),
                parse("bind", "slave", "shared").propagation());
        assertTrue(MountOptions.parse("bind", List.of("ro")).bind());
    }

    @Test
    void whatIsNoMountOptionGoesToTheFileSystem() {
        assertEquals(List.of("mode=755", "size=64k", "newinstance"), parse("mode=755", "nosuid", "size=64k", "newinstance").data());
    }

    @Test
    void optionsThatTakeOthersBack() {
        assertEquals(MOUNT_ATTR_RELATIME, parse("strictatime", "nostrictatime").set());
        assertEquals(MOUNT_ATTR_NOATIME, parse("noatime", "nostrictatime").set());
        assertEquals(List.of(), parse("iversion", "noiversion").data());
        assertEquals(MOUNT_ATTR__ATIME, parse("rnostrictatime").recursiveClear());
        assertEquals(MOUNT_ATTR__ATIME, parse("rnorelatime").recursiveClear());
    }

    @Test
    void everyKnownOptionIsOnesOwnOrEveryFileSystems() {
        List<String> everyFileSystems = List.of("async", "dirsync", "iversion", "lazytime", "mand", "nolazytime", "nomand", "sync");
        for (String option : MountOptions.known()) {
            assertEquals(everyFileSystems.contains(option) ? List.of(option) : List.of(), parse(option).data());
        }
        assertEquals(MountOptions.known().stream().sorted().toList(), MountOptions.known());
    }

    @Test
    void anEntryOfTheRootIsToldByItsPath() {
        for (String path : List.of("/dev", "dev", "//dev/", "/./dev", "/x/../dev", "/../dev")) {
            assertEquals("/dev", MountTargets.plain(path));
        }
        for (String path : List.of("/", "/d/ev", "/dev/x", "/device", "/dev/..", "")) {
            assertNotEquals("/dev", MountTargets.plain(path));
        }
    }

    @Test
    void aDestinationLosesItsSlashes() {
        assertEquals("a/b", MountSteps.beneath("//a/b"));
        assertEquals(".", MountSteps.beneath("/"));
        assertEquals(List.of("dev", "null"), MountSteps.split("/dev/null"));
        assertEquals(List.of(".", "x"), MountSteps.split("/x/"));
    }
}
