package dev.caisson.spec;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Checks what the specification demands of a configuration's values, apart from types: what would be wrong on any host with any
 * runtime. Whether files exist, what the kernel supports and what the user may do is for others to find out.
 *
 * <p>Each method throws a {@link SpecException} for the first fault, with the field's path, and returns warnings, each
 * {@code path: text} on one line, for what is odd but to be accepted. Values of environment variables never appear in messages, since
 * they may be secret. All methods are safe for use by many threads.
 */
public final class SpecValidator {

    /** The kernel's limit for host and domain names, in bytes. */
    private static final int MAX_HOST_NAME = 64;

    private SpecValidator() {
    }

    /**
     * Checks a whole configuration for the creation of a container. A configuration without a process is fine: such a container can be
     * created and not started.
     */
    public static List<String> validate(Spec spec) throws SpecException {
        Check check = new Check("config.json");
        if (spec.root() == null) {
            throw check.error(Path.ROOT.field("root"), "root must be specified");
        }
        if (spec.root().path().isEmpty()) {
            throw check.error(Path.ROOT.field("root").field("path"), "must not be empty");
        }
        check.noNul(Path.ROOT.field("root").field("path"), spec.root().path());
        if (spec.process() != null) {
            ProcessValidator.process(check, Path.ROOT.field("process"), spec.process());
        }
        hostName(check, spec, "hostname", spec.hostname());
        hostName(check, spec, "domainname", spec.domainname());
        domainNames(check, spec);
        mounts(check, spec);
        if (spec.hooks() != null) {
            hooks(check, spec.hooks());
        }
        for (Map.Entry<String, String> annotation : spec.annotations().entrySet()) {
            if (annotation.getKey().isEmpty()) {
                throw check.error(Path.ROOT.field("annotations").field(""), "the key must not be empty");
            }
        }
        if (spec.linux() != null) {
            LinuxValidator.linux(check, Path.ROOT.field("linux"), spec.linux());
        }
        return check.warnings();
    }

    /** Checks a process that is to be added to a container. */
    public static List<String> validate(Process process) throws SpecException {
        Check check = new Check("process.json");
        ProcessValidator.process(check, Path.ROOT, process);
        return check.warnings();
    }

    /** Checks limits that a container is to get. */
    public static List<String> validate(Resources resources) throws SpecException {
        Check check = new Check("resources.json");
        ResourcesValidator.resources(check, Path.ROOT, resources);
        return check.warnings();
    }

    /** The name may come from either field, and from both if they agree: which of two would be left to the order of things. */
    private static void domainNames(Check check, Spec spec) throws SpecException {
        if (spec.domainname() == null || spec.domainname().isEmpty() || spec.linux() == null) {
            return;
        }
        for (Map.Entry<String, String> sysctl : spec.linux().sysctl().entrySet()) {
            SysctlName name = SysctlName.parse(sysctl.getKey());
            if (name != null && name.dotted().equals("kernel.domainname") && !sysctl.getValue().equals(spec.domainname())) {
                throw check.error(Path.ROOT.field("linux").field("sysctl").field(sysctl.getKey()),
                    "sysctl \"kernel.domainname\" is not allowed as it conflicts with the OCI \"domainname\" field");
            }
        }
    }

    private static void hostName(Check check, Spec spec, String field, String name) throws SpecException {
        if (name == null) {
            return;
        }
        Path at = Path.ROOT.field(field);
        check.noNul(at, name);
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_HOST_NAME) {
            throw check.error(at, "is longer than " + MAX_HOST_NAME + " bytes: " + Texts.quote(name));
        }
        if (spec.linux() == null || !spec.linux().has(NamespaceType.UTS)) {
            throw check.error(at, "unable to set " + field + " without a private UTS namespace");
        }
    }

    private static void mounts(Check check, Spec spec) throws SpecException {
        boolean userNamespace = spec.linux() != null && spec.linux().has(NamespaceType.USER);
        for (int i = 0; i < spec.mounts().size(); i++) {
            Path at = Path.ROOT.field("mounts").item(i);
            Mount mount = spec.mounts().get(i);
            check.noNul(at.field("destination"), mount.destination());
            check.noNul(at.field("type"), mount.type());
            check.noNul(at.field("source"), mount.source());
            check.noNul(at.field("options"), mount.options());
            if (mount.destination().isEmpty()) {
                throw check.error(at.field("destination"), "must not be empty");
            }
            if (!mount.destination().startsWith("/")) {
                check.warn(at.field("destination"), "relative destination path is **deprecated**, using it as relative to /: "
                    + Texts.quote(mount.destination()));
            }
            LinuxValidator.idMappings(check, at.field("uidMappings"), mount.uidMappings());
            LinuxValidator.idMappings(check, at.field("gidMappings"), mount.gidMappings());
            if (mount.uidMappings().isEmpty() != mount.gidMappings().isEmpty()) {
                throw check.error(at, "id-mapped mounts must have both uid and gid mappings specified");
            }
            if (mount.options().contains("tmpcopyup") && !"tmpfs".equals(mount.type())) {
                throw check.error(at.field("options"), "tmpcopyup is for mounts of type tmpfs");
            }
            if (mount.idMapped() && !mount.isBind()) {
                throw check.error(at, "id-mapped mounts are only supported for bind mounts");
            }
            if (mount.idMapped() && mount.uidMappings().isEmpty() && !userNamespace) {
                throw check.error(at.field("options"),
                    "id-mapped mounts need uid and gid mappings, of their own or of the container's user namespace");
            }
        }
    }

    private static void hooks(Check check, Hooks hooks) throws SpecException {
        Path at = Path.ROOT.field("hooks");
        hooks(check, at.field("prestart"), hooks.prestart());
        hooks(check, at.field("createRuntime"), hooks.createRuntime());
        hooks(check, at.field("createContainer"), hooks.createContainer());
        hooks(check, at.field("startContainer"), hooks.startContainer());
        hooks(check, at.field("poststart"), hooks.poststart());
        hooks(check, at.field("poststop"), hooks.poststop());
    }

    private static void hooks(Check check, Path list, List<Hook> hooks) throws SpecException {
        for (int i = 0; i < hooks.size(); i++) {
            Path at = list.item(i);
            Hook hook = hooks.get(i);
            check.absolute(at.field("path"), hook.path());
            check.noNul(at.field("args"), hook.args());
            env(check, at.field("env"), hook.env());
            if (hook.timeout() != null && hook.timeout() <= 0) {
                throw check.error(at.field("timeout"), "must be greater than 0 seconds, found " + hook.timeout());
            }
        }
    }

    // What is no KEY=VALUE is passed on to a hook as it is, as other runtimes do.
    private static void env(Check check, Path at, List<String> env) throws SpecException {
        for (int i = 0; i < env.size(); i++) {
            if (env.get(i).indexOf('\0') >= 0) {
                throw check.error(at.item(i), "invalid environment variable: contains nul byte (\\x00)");
            }
        }
    }
}
