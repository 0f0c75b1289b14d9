package dev.caisson.spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads the specification's JSON documents into records. It checks syntax, types, ranges and required fields; what the values mean
 * together is {@link SpecValidator}'s. Unknown fields are ignored, of duplicate fields the last counts, {@code null} counts as absent.
 *
 * <p>Every failure is a {@link SpecException} whose one-line message names the document and the field's path. Documents larger than
 * {@link #MAX_BYTES} or nested deeper than {@link #MAX_DEPTH} are refused.
 *
 * <p>A reader is meant to be kept and used again; it is safe for use by many threads.
 */
public final class SpecReader {

    /** Greatest size of a document in bytes: 16 MiB. Real ones have some ten KiB; the kernel takes 6 MiB of arguments at most. */
    public static final int MAX_BYTES = 16 << 20;

    /** Greatest depth of nested objects and arrays. The specification's own fields need less than ten. */
    public static final int MAX_DEPTH = 100;

    // Semantic Versioning 2.0 with major version 1.
    private static final Pattern VERSION = Pattern.compile(
        "1\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})(-[0-9A-Za-z.-]{1,100})?(\\+[0-9A-Za-z.-]{1,100})?");

    private final JsonTree trees = new JsonTree();

    /** Makes a reader. */
    public SpecReader() {
    }

    /**
     * Reads a config.json.
     *
     * @param json UTF-8 text of the whole file
     * @throws SpecException when it is not JSON, a field has the wrong type or is out of its range, a required field is absent, or
     *                       {@code ociVersion} is not 1.x.y
     */
    public Spec read(byte[] json) throws SpecException {
        return read(json, "config.json");
    }

    /** As {@link #read(byte[])}, with another name for the document in messages. */
    public Spec read(byte[] json, String document) throws SpecException {
        Cursor at = Cursor.root(document, trees.parse(json, document));
        List<Mount> mounts = new ArrayList<>();
        for (Cursor item : at.items("mounts")) {
            mounts.add(mount(item));
        }
        return new Spec(version(at), process(at.object("process")), root(at.object("root")), at.string("hostname"),
            at.string("domainname"), mounts, hooks(at.object("hooks")), stringMap(at, "annotations"),
            LinuxReader.linux(at.object("linux")));
    }

    /**
     * Reads the {@code process} object alone, as {@code exec --process} takes it.
     *
     * @throws SpecException as {@link #read(byte[])}; paths are relative to the object, e.g. {@code args[2]}
     */
    public Process readProcess(byte[] json) throws SpecException {
        String document = "process.json";
        return process(Cursor.root(document, trees.parse(json, document)));
    }

    /**
     * Reads the {@code linux.resources} object alone, as {@code update --resources} takes it.
     *
     * @throws SpecException as {@link #read(byte[])}; paths are relative to the object, e.g. {@code memory.limit}
     */
    public Resources readResources(byte[] json) throws SpecException {
        String document = "resources.json";
        return LinuxReader.resources(Cursor.root(document, trees.parse(json, document)));
    }

    /**
     * Reads a {@link State}, with or without the fields beyond the specification. Its version may be any.
     *
     * @throws SpecException when it is not JSON, a field has the wrong type or a required field is absent
     */
    public State readState(byte[] json) throws SpecException {
        String document = "state.json";
        Cursor at = Cursor.root(document, trees.parse(json, document));
        Cursor status = at.required("status");
        State.Status known = State.Status.ofJson(status.string());
        if (known == null) {
            throw status.error("unknown status " + Texts.quote(status.string()));
        }
        Long pid = at.integerOrNull("pid", 0, Integer.MAX_VALUE);
        return new State(at.requiredString("ociVersion"), at.requiredString("id"), known, pid == null ? null : pid.intValue(),
            at.requiredString("bundle"), stringMap(at, "annotations"), at.string("rootfs"), at.string("created"),
            at.has("owner") ? at.required("owner").string() : null);
    }

    /**
     * Reads a {@link Features} document.
     *
     * @throws SpecException when it is not JSON, a field has the wrong type or a required field is absent
     */
    public Features readFeatures(byte[] json) throws SpecException {
        String document = "features.json";
        return FeaturesReader.features(Cursor.root(document, trees.parse(json, document)));
    }

    private static String version(Cursor at) throws SpecException {
        Cursor version = at.required("ociVersion");
        String text = version.string();
        if (!VERSION.matcher(text).matches()) {
            throw version.error("unsupported version " + Texts.quote(text) + ", expected 1.x.y");
        }
        return text;
    }

    private static Process process(Cursor at) throws SpecException {
        if (at == null) {
            return null;
        }
        List<Rlimit> rlimits = new ArrayList<>();
        for (Cursor item : at.items("rlimits")) {
            rlimits.add(new Rlimit(item.requiredString("type"), item.requiredUint64("soft"), item.requiredUint64("hard")));
        }
        Long oomScoreAdj = at.integerOrNull("oomScoreAdj", Integer.MIN_VALUE, Integer.MAX_VALUE);
        return new Process(at.flag("terminal"), box(at.object("consoleSize")), user(at.object("user")), at.strings("args"),
            at.strings("env"), at.string("cwd"), capabilities(at.object("capabilities")), rlimits, at.flag("noNewPrivileges"),
            at.string("apparmorProfile"), at.string("selinuxLabel"), oomScoreAdj == null ? null : oomScoreAdj.intValue(),
            scheduler(at.object("scheduler")), ioPriority(at.object("ioPriority")), affinity(at.object("execCPUAffinity")));
    }

    private static Box box(Cursor at) throws SpecException {
        return at == null ? null
            : new Box((int) at.requiredInteger("height", 0, 0xffff), (int) at.requiredInteger("width", 0, 0xffff));
    }

    private static User user(Cursor at) throws SpecException {
        if (at == null) {
            return User.ROOT;
        }
        List<Long> additionalGids = new ArrayList<>();
        for (Cursor item : at.items("additionalGids")) {
            additionalGids.add(item.integer(0, Cursor.UINT32));
        }
        return new User(at.integer("uid", 0, Cursor.UINT32), at.integer("gid", 0, Cursor.UINT32), at.uint32OrNull("umask"),
            additionalGids);
    }

    private static Capabilities capabilities(Cursor at) throws SpecException {
        return at == null ? null : new Capabilities(at.strings("bounding"), at.strings("effective"), at.strings("inheritable"),
            at.strings("permitted"), at.strings("ambient"));
    }

    private static Scheduler scheduler(Cursor at) throws SpecException {
        return at == null ? null : new Scheduler(at.requiredString("policy"), at.int32("nice"), at.int32("priority"),
            at.strings("flags"), at.uint64("runtime"), at.uint64("deadline"), at.uint64("period"));
    }

    private static IOPriority ioPriority(Cursor at) throws SpecException {
        return at == null ? null : new IOPriority(at.requiredString("class"), at.int32("priority"));
    }

    private static CPUAffinity affinity(Cursor at) throws SpecException {
        return at == null ? null : new CPUAffinity(at.string("initial"), at.string("final"));
    }

    private static Root root(Cursor at) throws SpecException {
        return at == null ? null : new Root(at.requiredString("path"), at.flag("readonly"));
    }

    private static Mount mount(Cursor at) throws SpecException {
        return new Mount(at.requiredString("destination"), at.string("type"), at.string("source"), at.strings("options"),
            LinuxReader.idMappings(at, "uidMappings"), LinuxReader.idMappings(at, "gidMappings"));
    }

    private static Hooks hooks(Cursor at) throws SpecException {
        return at == null ? null : new Hooks(hooks(at, "prestart"), hooks(at, "createRuntime"), hooks(at, "createContainer"),
            hooks(at, "startContainer"), hooks(at, "poststart"), hooks(at, "poststop"));
    }

    private static List<Hook> hooks(Cursor at, String name) throws SpecException {
        List<Hook> hooks = new ArrayList<>();
        for (Cursor item : at.items(name)) {
            hooks.add(new Hook(item.requiredString("path"), item.strings("args"), item.strings("env"), item.int64OrNull("timeout")));
        }
        return hooks;
    }

    /** A map from string to string. */
    static Map<String, String> stringMap(Cursor at, String name) throws SpecException {
        Map<String, String> map = new LinkedHashMap<>();
        for (Cursor entry : at.entries(name)) {
            map.put(entry.key(), entry.string());
        }
        return map;
    }
}
