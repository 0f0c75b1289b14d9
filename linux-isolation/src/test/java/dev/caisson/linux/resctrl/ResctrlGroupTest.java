package dev.caisson.linux.resctrl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.spec.IntelRdt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * On a tree that imitates resctrl: files that the kernel would make in a new directory are not there, so a directory that is to be written
 * to is made beforehand.
 */
class ResctrlGroupTest {

    @TempDir
    private Path root;

    @BeforeEach
    void imitate() throws IOException {
        Files.createDirectories(root.resolve("info"));
        Files.createDirectories(root.resolve("mon_groups"));
        Files.writeString(root.resolve("schemata"), "");
        Files.writeString(root.resolve("info/last_cmd_status"), "ok\n");
    }

    private void directory(String name, String schemata) throws IOException {
        Files.createDirectories(root.resolve(name).resolve("mon_groups"));
        Files.writeString(root.resolve(name).resolve("schemata"), schemata);
    }

    private ResctrlGroup group(IntelRdt rdt) throws IOException {
        return ResctrlGroup.of(root.toString(), rdt, "web");
    }

    private static IntelRdt rdt(String closID, String l3, String bandwidth, boolean monitoring, String... schemata) {
        return new IntelRdt(closID, List.of(schemata), l3, bandwidth, monitoring);
    }

    @Test
    void withoutAClassTheContainersIdNamesOneOfItsOwnThatGoesWithIt() throws IOException {
        ResctrlGroup group = group(rdt(null, null, null, false));
        assertEquals(root + "/web", group.path());
        group.create(rdt(null, null, null, false));
        assertTrue(Files.isDirectory(root.resolve("web")));
        assertFalse(Files.exists(root.resolve("web/schemata")), "nothing was to be written");
        group.remove();
        assertFalse(Files.exists(root.resolve("web")));
        group.remove();
    }

    @Test
    void aDirectoryThatWasThereStays() throws IOException {
        directory("web", "");
        ResctrlGroup group = group(rdt(null, "L3:0=f", null, false));
        group.create(rdt(null, "L3:0=f", null, false));
        group.remove();
        assertEquals("L3:0=f\n", Files.readString(root.resolve("web/schemata")));
    }

    @Test
    void theNamedClassStays() throws IOException {
        directory("gold", "L3:0=f\n");
        ResctrlGroup group = group(rdt("gold", null, null, false));
        group.create(rdt("gold", null, null, false));
        group.remove();
        assertTrue(Files.isDirectory(root.resolve("gold")));
        assertEquals("L3:0=f\n", Files.readString(root.resolve("gold/schemata")));
    }

    @Test
    void aNamedClassWithoutSchemataMustBeThere() {
        String message = assertThrows(IOException.class, () -> group(rdt("gold", null, null, true))).getMessage();
        assertTrue(message.startsWith("linux.intelRdt.closID: ") && message.endsWith("no such file or directory"), message);
    }

    @Test
    void theDefaultClassIsTheRoot() throws IOException {
        ResctrlGroup group = group(rdt("/", null, null, true));
        assertEquals(List.of(root + "/tasks", root + "/mon_groups/web/tasks"), group.tasks());
        group.create(rdt("/", null, null, true));
        assertTrue(Files.isDirectory(root.resolve("mon_groups/web")));
        group.remove();
        assertFalse(Files.exists(root.resolve("mon_groups/web")));
        assertTrue(Files.isDirectory(root));
    }

    @Test
    void schemataAreWrittenInTheSpecifiedOrder() throws IOException {
        directory("web", "");
        IntelRdt rdt = rdt(null, "L3:0=7f0;1=1f", "MB:0=20;1=70", false, "L2:0=ff", "MB:1=50");
        group(rdt).create(rdt);
        assertEquals("L3:0=7f0;1=1f\nMB:0=20;1=70\nL2:0=ff\nMB:1=50\n", Files.readString(root.resolve("web/schemata")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"L3:0=7f0;1=1f|MB:0=20", "L3:1=1f|", "L3:0=07F0|MB: 0 = 020", "|MB:1=70"})
    void aClassThatIsThereIsTakenIfItHasWhatIsAskedFor(String l3, String bandwidth) throws IOException {
        directory("gold", "    MB:0= 20;1= 70\n    L3:0=007f0;1=0001f\n");
        IntelRdt rdt = rdt("gold", l3, bandwidth, false);
        group(rdt).create(rdt);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"L3:0=7ff||l3CacheSchema", "L3:2=1||l3CacheSchema", "|MB:0=30|memBwSchema", "L3:0=7f0|MB:0=2|memBwSchema",
        "nonsense||l3CacheSchema"})
    void aClassThatIsThereWithOtherSchemataIsRefused(String l3, String bandwidth, String field) throws IOException {
        directory("gold", "    MB:0= 20;1= 70\n    L3:0=007f0;1=0001f\n");
        IntelRdt rdt = rdt("gold", l3, bandwidth, false);
        String message = assertThrows(IOException.class, () -> group(rdt).create(rdt)).getMessage();
        assertTrue(message.startsWith("linux.intelRdt." + field + ": "), message);
        assertTrue(Files.isDirectory(root.resolve("gold")));
    }

    @Test
    void theContainersMonitoringGroupLiesInItsClass() throws IOException {
        directory("gold", "");
        IntelRdt rdt = rdt("gold", null, null, true);
        ResctrlGroup group = group(rdt);
        group.create(rdt);
        assertTrue(Files.isDirectory(root.resolve("gold/mon_groups/web")));
        assertEquals(List.of(root + "/gold/tasks", root + "/gold/mon_groups/web/tasks"), group.tasks());
        group.remove();
        assertFalse(Files.exists(root.resolve("gold/mon_groups/web")));
        assertTrue(Files.isDirectory(root.resolve("gold")));
    }

    @Test
    void whatWasMadeIsGoneWhenSchemataCannotBeWritten() throws IOException {
        IntelRdt rdt = rdt("new", "L3:0=f", null, false);
        Files.writeString(root.resolve("info/last_cmd_status"), "Unknown resource name\n");
        String message = assertThrows(IOException.class, () -> group(rdt).create(rdt)).getMessage();
        assertTrue(message.startsWith("linux.intelRdt: write \"L3:0=f\" to " + root + "/new/schemata: "), message);
        assertTrue(message.endsWith("(Unknown resource name)"), message);
        assertFalse(Files.exists(root.resolve("new")));
    }

    @Test
    void itIsFoundByItsType() throws IOException {
        Path mountinfo = root.resolve("mountinfo");
        Files.writeString(mountinfo, """
                22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
                41 22 0:36 / /sys/fs/resctrl rw,relatime shared:11 - resctrl resctrl rw
                """);
        assertEquals("/sys/fs/resctrl", ResctrlGroup.root(mountinfo));
    }

    @Test
    void withoutOneItIsRefused() throws IOException {
        Path mountinfo = root.resolve("mountinfo");
        Files.writeString(mountinfo, "22 28 0:20 / /resctrl rw,nosuid shared:7 - sysfs resctrl rw\nnonsense\n\n");
        assertEquals("linux.intelRdt: no resctrl file system is mounted: no such device",
                assertThrows(IOException.class, () -> ResctrlGroup.root(mountinfo)).getMessage());
    }

    @Test
    void whatIsWrittenDownIsReadAgain() {
        for (ResctrlGroup group : List.of(new ResctrlGroup("/r/a", null, true), new ResctrlGroup("/r", "/r/mon_groups/a", false))) {
            assertEquals(group, ResctrlGroup.fromState(group.toState()));
        }
        assertNull(ResctrlGroup.fromState(Map.of()));
    }
}
