package dev.caisson.spec;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Writes the records as JSON in UTF-8. What is absent, empty or has its default is left out; reading the result gives an equal record.
 * A writer is meant to be kept and used again; it is safe for use by many threads.
 */
public final class SpecWriter {

    private final JsonFactory factory = new JsonFactory();

    /** Makes a writer. */
    public SpecWriter() {
    }

    /** A whole config.json, indented by tabs, without a line end after it. */
    public byte[] write(Spec spec) {
        try {
            JsonOut out = new JsonOut(factory, "\t");
            out.text("ociVersion", spec.ociVersion());
            if (spec.process() != null) {
                out.startObject("process");
                process(out, spec.process());
                out.endObject();
            }
            if (spec.root() != null) {
                out.startObject("root");
                out.text("path", spec.root().path());
                out.flag("readonly", spec.root().readonly());
                out.endObject();
            }
            out.text("hostname", spec.hostname());
            out.text("domainname", spec.domainname());
            mounts(out, spec.mounts());
            if (spec.hooks() != null) {
                hooks(out, spec.hooks());
            }
            out.strings("annotations", spec.annotations());
            if (spec.linux() != null) {
                out.startObject("linux");
                LinuxWriter.linux(out, spec.linux());
                out.endObject();
            }
            return out.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }

    /** A {@code process} object alone, on one line. */
    public byte[] write(Process process) {
        try {
            JsonOut out = new JsonOut(factory, null);
            process(out, process);
            return out.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A {@code resources} object alone, on one line. */
    public byte[] write(Resources resources) {
        try {
            JsonOut out = new JsonOut(factory, null);
            LinuxWriter.resources(out, resources);
            return out.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A state as the {@code state} command prints it: with all fields, indented by two spaces, without a line end after it. */
    public byte[] write(State state) {
        try {
            JsonOut out = new JsonOut(factory, "  ");
            out.text("ociVersion", state.ociVersion());
            out.text("id", state.id());
            out.number("pid", state.pid());
            out.text("status", state.status().json());
            out.text("bundle", state.bundle());
            out.text("rootfs", state.rootfs());
            out.text("created", state.created());
            out.strings("annotations", state.annotations());
            out.text("owner", state.owner());
            return out.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A state as hooks read it: the specification's fields alone, on one line. */
    public byte[] writeForHooks(State state) {
        try {
            JsonOut out = new JsonOut(factory, null);
            out.text("ociVersion", state.ociVersion());
            out.text("id", state.id());
            out.text("status", state.status().json());
            out.number("pid", state.pid());
            out.text("bundle", state.bundle());
            out.strings("annotations", state.annotations());
            return out.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A features document, indented by four spaces, without a line end after it. */
    public byte[] write(Features features) {
        try {
            JsonOut out = new JsonOut(factory, "    ");
            FeaturesWriter.features(out, features);
            return out.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void process(JsonOut out, Process process) throws IOException {
        out.flag("terminal", process.terminal());
        if (process.consoleSize() != null) {
            out.startObject("consoleSize");
            out.number("height", process.consoleSize().height());
            out.number("width", process.consoleSize().width());
            out.endObject();
        }
        out.startObject("user");
        out.number("uid", process.user().uid());
        out.number("gid", process.user().gid());
        out.number("umask", process.user().umask());
        out.numbers("additionalGids", process.user().additionalGids());
        out.endObject();
        out.strings("args", process.args());
        out.strings("env", process.env());
        out.text("cwd", process.cwd());
        if (process.capabilities() != null) {
            out.startObject("capabilities");
            out.strings("bounding", process.capabilities().bounding());
            out.strings("effective", process.capabilities().effective());
            out.strings("inheritable", process.capabilities().inheritable());
            out.strings("permitted", process.capabilities().permitted());
            out.strings("ambient", process.capabilities().ambient());
            out.endObject();
        }
        if (!process.rlimits().isEmpty()) {
            out.startArray("rlimits");
            for (Rlimit rlimit : process.rlimits()) {
                out.startObject();
                out.text("type", rlimit.type());
                out.uint64("hard", rlimit.hard());
                out.uint64("soft", rlimit.soft());
                out.endObject();
            }
            out.endArray();
        }
        out.flag("noNewPrivileges", process.noNewPrivileges());
        out.text("apparmorProfile", process.apparmorProfile());
        out.number("oomScoreAdj", process.oomScoreAdj());
        if (process.scheduler() != null) {
            scheduler(out, process.scheduler());
        }
        out.text("selinuxLabel", process.selinuxLabel());
        if (process.ioPriority() != null) {
            out.startObject("ioPriority");
            out.text("class", process.ioPriority().priorityClass());
            out.number("priority", process.ioPriority().priority());
            out.endObject();
        }
        if (process.execCPUAffinity() != null) {
            out.startObject("execCPUAffinity");
            out.text("initial", process.execCPUAffinity().initial());
            out.text("final", process.execCPUAffinity().finalCpus());
            out.endObject();
        }
    }

    private static void scheduler(JsonOut out, Scheduler scheduler) throws IOException {
        out.startObject("scheduler");
        out.text("policy", scheduler.policy());
        out.numberUnlessZero("nice", scheduler.nice());
        out.numberUnlessZero("priority", scheduler.priority());
        out.strings("flags", scheduler.flags());
        out.uint64UnlessZero("runtime", scheduler.runtime());
        out.uint64UnlessZero("deadline", scheduler.deadline());
        out.uint64UnlessZero("period", scheduler.period());
        out.endObject();
    }

    private static void mounts(JsonOut out, List<Mount> mounts) throws IOException {
        if (mounts.isEmpty()) {
            return;
        }
        out.startArray("mounts");
        for (Mount mount : mounts) {
            out.startObject();
            out.text("destination", mount.destination());
            out.text("type", mount.type());
            out.text("source", mount.source());
            out.strings("options", mount.options());
            LinuxWriter.idMappings(out, "uidMappings", mount.uidMappings());
            LinuxWriter.idMappings(out, "gidMappings", mount.gidMappings());
            out.endObject();
        }
        out.endArray();
    }

    private static void hooks(JsonOut out, Hooks hooks) throws IOException {
        out.startObject("hooks");
        hooks(out, "prestart", hooks.prestart());
        hooks(out, "createRuntime", hooks.createRuntime());
        hooks(out, "createContainer", hooks.createContainer());
        hooks(out, "startContainer", hooks.startContainer());
        hooks(out, "poststart", hooks.poststart());
        hooks(out, "poststop", hooks.poststop());
        out.endObject();
    }

    private static void hooks(JsonOut out, String name, List<Hook> hooks) throws IOException {
        if (hooks.isEmpty()) {
            return;
        }
        out.startArray(name);
        for (Hook hook : hooks) {
            out.startObject();
            out.text("path", hook.path());
            out.strings("args", hook.args());
            out.strings("env", hook.env());
            out.number("timeout", hook.timeout());
            out.endObject();
        }
        out.endArray();
    }
}
