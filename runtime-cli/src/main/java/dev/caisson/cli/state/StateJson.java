package dev.caisson.cli.state;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.caisson.cli.state.StateException.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code state.json}: written and read here alone. Safe for use by many threads. */
final class StateJson {

    /** Annotations can be large; more than this was not written here. */
    static final int MAX_BYTES = 16 << 20;

    private final JsonFactory factory = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    byte[] write(ContainerState state) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = factory.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("ociVersion", state.ociVersion());
            json.writeStringField("id", state.id());
            json.writeBooleanField("creating", state.creating());
            process(json, "creator", state.creator());
            process(json, "init", state.init());
            json.writeStringField("bundle", state.bundle());
            json.writeStringField("rootfs", state.rootfs());
            json.writeStringField("created", state.created());
            strings(json, "annotations", state.annotations());
            json.writeStringField("cgroupManager", state.cgroupManager());
            strings(json, "cgroups", state.cgroups());
            json.writeBooleanField("sharesPids", state.sharesPids());
            json.writeBooleanField("lateHooks", state.lateHooks());
            if (!state.resctrl().isEmpty()) {
                strings(json, "resctrl", state.resctrl());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    private static void process(JsonGenerator json, String name, ProcessId process) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("pid", process.pid());
        json.writeNumberField("startTime", process.startTime());
        json.writeEndObject();
    }

    private static void strings(JsonGenerator json, String name, Map<String, String> entries) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    /** @throws StateException for whatever is not exactly what {@link #write} writes */
    ContainerState read(String id, byte[] bytes) throws StateException {
        Fields fields = new Fields();
        try (JsonParser json = factory.createParser(bytes)) {
            expect(json, json.nextToken(), JsonToken.START_OBJECT);
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                json.nextToken();
                field(json, name, fields);
            }
            expect(json, json.nextToken(), null);
        } catch (IOException e) {
            throw unreadable(id, e.getMessage());
        }
        if (!id.equals(fields.id)) {
            throw unreadable(id, "it is another container's");
        }
        if (fields.ociVersion == null || fields.creator == null || fields.init == null || fields.bundle == null
                || fields.rootfs == null || fields.created == null || fields.annotations == null || fields.cgroupManager == null
                || fields.cgroups == null) {
            throw unreadable(id, "a field is missing");
        }
        return new ContainerState(fields.ociVersion, fields.id, fields.creating, fields.creator, fields.init, fields.bundle,
                fields.rootfs, fields.created, fields.annotations, fields.cgroupManager, fields.cgroups, fields.sharesPids,
                fields.lateHooks, fields.resctrl);
    }

    /** What has been read so far. */
    private static final class Fields {
        String ociVersion;
        String id;
        boolean creating;
        ProcessId creator;
        ProcessId init;
        String bundle;
        String rootfs;
        String created;
        Map<String, String> annotations;
        String cgroupManager;
        Map<String, String> cgroups;
        boolean sharesPids;
        boolean lateHooks;
        Map<String, String> resctrl = Map.of();
    }

    private static void field(JsonParser json, String name, Fields fields) throws IOException {
        switch (name) {
            case "ociVersion" -> fields.ociVersion = text(json);
            case "id" -> fields.id = text(json);
            case "creating" -> fields.creating = json.getBooleanValue();
            case "creator" -> fields.creator = process(json);
            case "init" -> fields.init = process(json);
            case "bundle" -> fields.bundle = text(json);
            case "rootfs" -> fields.rootfs = text(json);
            case "created" -> fields.created = text(json);
            case "annotations" -> fields.annotations = strings(json);
            case "cgroupManager" -> fields.cgroupManager = text(json);
            case "cgroups" -> fields.cgroups = strings(json);
            case "sharesPids" -> fields.sharesPids = json.getBooleanValue();
            case "lateHooks" -> fields.lateHooks = json.getBooleanValue();
            case "resctrl" -> fields.resctrl = strings(json);
            default -> json.skipChildren(); // a later version's
        }
    }

    private static String text(JsonParser json) throws IOException {
        expect(json, json.currentToken(), JsonToken.VALUE_STRING);
        return json.getText();
    }

    private static Map<String, String> strings(JsonParser json) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_OBJECT);
        Map<String, String> entries = new LinkedHashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            json.nextToken();
            entries.put(key, text(json));
        }
        return entries;
    }

    private static ProcessId process(JsonParser json) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_OBJECT);
        int pid = -1;
        long startTime = -1;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            expect(json, json.nextToken(), JsonToken.VALUE_NUMBER_INT);
            if (name.equals("pid")) {
                pid = json.getIntValue();
            } else if (name.equals("startTime")) {
                startTime = json.getLongValue();
            }
        }
        if (pid < 0 || startTime < 0) {
            throw new IOException("a process without its pid or start time");
        }
        return new ProcessId(pid, startTime);
    }

    private static void expect(JsonParser json, JsonToken token, JsonToken expected) throws IOException {
        if (token != expected) {
            throw new IOException("found " + token + " where " + expected + " belongs, " + json.currentTokenLocation().offsetDescription());
        }
    }

    static StateException unreadable(String id, String why) {
        StringBuilder line = new StringBuilder("read state.json of container ").append(id).append(": ");
        for (int i = 0; i < why.length(); i++) {
            line.append(why.charAt(i) < ' ' ? ' ' : why.charAt(i));
        }
        return new StateException(Problem.UNREADABLE, line.toString());
    }
}
