package dev.caisson.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is written, letter by letter where clients may look, and that nothing is lost on the way. */
class SpecWriterTest {

    private final SpecReader reader = new SpecReader();
    private final SpecWriter writer = new SpecWriter();

    @Test
    void nothingIsLost() throws Exception {
        Spec spec = reader.read(Fixtures.everyField());
        assertEquals(spec, reader.read(writer.write(spec)));
        assertEquals(spec.process(), reader.readProcess(writer.write(spec.process())));
        assertEquals(spec.linux().resources(), reader.readResources(writer.write(spec.linux().resources())));
    }

    /** The tree that is written has every field of the tree that was read, but for those of other platforms and unknown ones. */
    @Test
    void everyFieldIsWritten() throws Exception {
        byte[] expected = Fixtures.everyField();
        for (String path : List.of("process/commandLine", "windows", "unknown", "process/scheduler/nice",
            "process/scheduler/priority")) {
            expected = Fixtures.with(expected, path, "REMOVE");
        }
        assertEquals(Fixtures.tree(expected), Fixtures.tree(writer.write(reader.read(Fixtures.everyField()))));
    }

    @Test
    void theLeastConfiguration() {
        Spec spec = new Spec("1.0.0", null, new Root("r", false), null, null, null, null, null, null);
        assertEquals("{\n\t\"ociVersion\": \"1.0.0\",\n\t\"root\": {\n\t\t\"path\": \"r\"\n\t}\n}", text(writer.write(spec)));
    }

    @Test
    void emptyObjectsStayObjects() throws Exception {
        Hooks none = new Hooks(null, null, null, null, null, null);
        Spec spec = new Spec("1.0.0", null, null, null, null, null, none, null, null);
        assertEquals("{\n\t\"ociVersion\": \"1.0.0\",\n\t\"hooks\": {}\n}", text(writer.write(spec)));
        assertEquals(spec, reader.read(writer.write(spec)));
    }

    @Test
    void stateForPeople() throws Exception {
        State state = new State("1.3.0", "box", State.Status.STOPPED, 0, "/b", Map.of("k", "v"), "/b/rootfs",
            "2026-01-02T03:04:05.006Z", "");
        assertEquals("""
            {
              "ociVersion": "1.3.0",
              "id": "box",
              "pid": 0,
              "status": "stopped",
              "bundle": "/b",
              "rootfs": "/b/rootfs",
              "created": "2026-01-02T03:04:05.006Z",
              "annotations": {
                "k": "v"
              },
              "owner": ""
            }""", text(writer.write(state)));
        assertEquals(state, reader.readState(writer.write(state)));
    }

    @Test
    void stateForHooks() {
        State state = new State("1.3.0", "box", State.Status.CREATING, 42, "/b", Map.of("k", "v"), "/b/rootfs", "2026-01-02T03:04:05Z",
            "root");
        assertEquals("{\"ociVersion\":\"1.3.0\",\"id\":\"box\",\"status\":\"creating\",\"pid\":42,\"bundle\":\"/b\","
            + "\"annotations\":{\"k\":\"v\"}}", text(writer.writeForHooks(state)));
        assertFalse(text(writer.writeForHooks(new State("1.3.0", "box", State.Status.STOPPED, null, "/b", Map.of()))).contains("pid"));
    }

    @Test
    void featuresTellUnknownFromNone() throws Exception {
        Features features = new Features("1.0.0", "1.3.0", List.of(), null,
            new Features.Linux(null, List.of("CAP_KILL"), new Features.Cgroup(true, null, false, null, null), null, true, null, null, null,
                false, null), Map.of(), null);
        assertEquals("{'ociVersionMin':'1.0.0','ociVersionMax':'1.3.0','hooks':[],'linux':{'capabilities':['CAP_KILL'],"
            + "'cgroup':{'v1':true,'systemd':false},'apparmor':{'enabled':true},'mountExtensions':{'idmap':{'enabled':false}}}}",
            text(writer.write(features)).replaceAll("\\s", "").replace('"', '\''));
        assertEquals(features, reader.readFeatures(writer.write(features)));
    }

    private static String text(byte[] json) {
        return new String(json, UTF_8);
    }
}
