package dev.caisson.it.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A bundle under construction: the configuration that {@code spec} writes, without a terminal, over a root file system of its own
 * with busybox in it. It is written to disk whenever it is used.
 */
public final class Bundle {

    private final Sandbox box;
    private final Path folder;
    private ObjectNode config = Json.resource("/default-config.json");

    Bundle(Sandbox box, Path folder) {
        this.box = box;
        this.folder = folder;
        Rootfs.make(folder.resolve("rootfs"));
        set("/linux/cgroupsPath", "/" + box.name() + "-" + box.next());
    }

    // ---- the configuration ----

    /** The configuration itself, to be changed at will. */
    public ObjectNode config() {
        return config;
    }

    /** Takes another configuration, but for the root file system and the cgroup. */
    public Bundle config(ObjectNode other) {
        String cgroup = cgroup();
        config = other;
        set("/root/path", "rootfs");
        return set("/linux/cgroupsPath", cgroup);
    }

    /** Sets a field by its path, such as {@code /process/cwd}; objects on the way are made. */
    public Bundle set(String path, Object value) {
        String[] fields = path.substring(1).split("/");
        ObjectNode node = config;
        for (int i = 0; i < fields.length - 1; i++) {
            node = node.withObjectProperty(fields[i]);
        }
        node.set(fields[fields.length - 1], Json.of(value));
        return this;
    }

    /** Adds to a list by its path. */
    public Bundle add(String path, Object value) {
        JsonNode list = config.at(path);
        ArrayNode items = list.isArray() ? (ArrayNode) list : Json.array();
        items.add(Json.of(value));
        return set(path, items);
    }

    /** Removes a field. */
    public Bundle without(String path) {
        int last = path.lastIndexOf('/');
        ((ObjectNode) config.at(path.substring(0, last))).remove(path.substring(last + 1));
        return this;
    }

    /** The process's arguments. */
    public Bundle args(String... arguments) {
        return set("/process/args", List.of(arguments));
    }

    /** Has the process run a shell script. */
    public Bundle sh(String script) {
        return args("sh", "-c", script);
    }

    /** Adds to the process's environment. */
    public Bundle env(String entry) {
        return add("/process/env", entry);
    }

    /** The process's ids. */
    public Bundle user(int uid, int gid, Integer... additionalGids) {
        return set("/process/user/uid", uid).set("/process/user/gid", gid).set("/process/user/additionalGids", List.of(additionalGids));
    }

    /** Gives the process a terminal. */
    public Bundle terminal() {
        return set("/process/terminal", true);
    }

    /** Lets the root be written to. */
    public Bundle writable() {
        return set("/root/readonly", false);
    }

    /** Adds a mount. */
    public Bundle mount(String destination, String type, String source, String... options) {
        return add("/mounts", Map.of("destination", destination, "type", type, "source", source, "options", List.of(options)));
    }

    /** Adds a bind mount. */
    public Bundle bind(Path source, String destination, String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        if (!all.contains("rbind")) {
            all.addFirst("bind");
        }
        return mount(destination, "bind", source.toString(), all.toArray(String[]::new));
    }

    /** Joins a namespace by path, or makes a new one where the path is null. */
    public Bundle namespace(String type, String path) {
        withoutNamespace(type);
        return add("/linux/namespaces", path == null ? Map.of("type", type) : Map.of("type", type, "path", path));
    }

    /** Gives it a user namespace, whose ids from 0 on are the host's from {@code hostId} on, and its root file system to that root. */
    public Bundle users(int hostId, int size) {
        List<Map<String, Integer>> mappings = List.of(Map.of("containerID", 0, "hostID", hostId, "size", size));
        Files.own(folder.resolve("rootfs"), hostId, hostId);
        return namespace("user", null).set("/linux/uidMappings", mappings).set("/linux/gidMappings", mappings);
    }

    /** Stays in the runtime's own namespace. */
    public Bundle withoutNamespace(String type) {
        ArrayNode kept = Json.array();
        for (JsonNode namespace : config.at("/linux/namespaces")) {
            if (!namespace.get("type").asText().equals(type)) {
                kept.add(namespace);
            }
        }
        return set("/linux/namespaces", kept);
    }

    /** Adds a hook that is a shell script. */
    public Bundle hook(String kind, String script) {
        return hook(kind, script, null);
    }

    /** Adds a hook that is a shell script and must end within some seconds. */
    public Bundle hook(String kind, String script, Integer timeout) {
        ObjectNode hook = Json.object();
        hook.put("path", "/bin/sh").set("args", Json.of(List.of("sh", "-c", script)));
        hook.set("env", Json.of(List.of("PATH=/usr/bin:/bin")));
        if (timeout != null) {
            hook.put("timeout", timeout);
        }
        return add("/hooks/" + kind, hook);
    }

    /** Gives the process all five sets of capabilities. */
    public Bundle capabilities(String... names) {
        for (String set : List.of("bounding", "effective", "permitted", "inheritable", "ambient")) {
            set("/process/capabilities/" + set, List.of(names));
        }
        return this;
    }

    /** Its cgroup, as in config.json. */
    public String cgroup() {
        return config.at("/linux/cgroupsPath").asText();
    }

    // ---- on disk ----

    /** The bundle's folder, with the configuration written. */
    public Path folder() {
        Files.write(folder.resolve("config.json"), config.toPrettyString());
        return folder;
    }

    /** The bundle's folder, where config.json is whatever a text says. */
    public Path folder(String json) {
        Files.write(folder.resolve("config.json"), json);
        return folder;
    }

    /** The root file system, or something in it. */
    public Path rootfs(String... path) {
        return folder.resolve("rootfs").resolve(Path.of("", path));
    }

    /** Writes a program into the root file system. */
    public Bundle program(String path, String content) {
        Files.mode(Files.write(rootfs(path), content), "rwxr-xr-x");
        return this;
    }

    // ---- use ----

    /** Runs it in the foreground, to its end. */
    public Result run(String... options) {
        return command("run", "c", options).run();
    }

    /** A command on the bundle: {@code verb --bundle B OPTIONS... ID}. */
    public Command command(String verb, String id, String... options) {
        List<String> line = new ArrayList<>(List.of(verb, "--bundle", folder().toString()));
        line.addAll(List.of(options));
        line.add(id);
        return box.command(line.toArray(String[]::new));
    }

    /** Creates a container. */
    public Container create(String id, String... options) {
        return opened(command("create", id, options), id);
    }

    /** Creates a container by a command line that was completed elsewhere, and asserts that it succeeds. */
    public Container opened(Command command, String id) {
        Result result = command.run();
        result.ok();
        return new Container(box, id, result);
    }

    /** Creates and starts a container. */
    public Container up(String id) {
        Container container = create(id);
        try {
            return container.start();
        } catch (AssertionError e) {
            container.close();
            throw e;
        }
    }
}
