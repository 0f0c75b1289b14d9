package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.linux.cgroups.CgroupException;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.launch.CgroupPlace;
import dev.caisson.linux.launch.CreateRequest;
import dev.caisson.linux.launch.Terminal;
import dev.caisson.linux.lsm.SecurityModules;
import dev.caisson.linux.mounts.MountOptions;
import dev.caisson.linux.mounts.MountTargets;
import dev.caisson.linux.resctrl.ResctrlGroup;
import dev.caisson.spec.IntelRdt;
import dev.caisson.spec.Mount;
import dev.caisson.spec.NamespaceType;
import dev.caisson.spec.Spec;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.SpecReader;
import dev.caisson.spec.SpecValidator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A bundle whose configuration has been read and found good.
 *
 * @param folder the bundle, absolute
 * @param json   its configuration, as it was read
 * @param spec   what it says
 */
record Bundle(Path folder, byte[] json, Spec spec) {

    private static final Path SYS = Path.of("/sys");

    /** As many descriptors as --preserve-fds takes. */
    private static final int LISTENING_AT_MOST = 1 << 20;

    /** Reads a bundle, and refuses what the specification forbids or this version can't do. */
    static Bundle read(Context context, Path folder, Path config) throws CommandException, SpecException, IOException {
        if (!Files.isDirectory(folder)) {
            throw new CommandException("open the bundle " + folder + ": "
                    + (Files.exists(folder) ? "not a directory" : "no such file or directory"));
        }
        byte[] json;
        try {
            json = Files.readAllBytes(config);
        } catch (NoSuchFileException e) {
            throw new CommandException("JSON specification file config.json not found: " + config + ": no such file or directory");
        }
        Spec spec = new SpecReader().read(json);
        for (String warning : SpecValidator.validate(spec)) {
            context.warn(warning);
        }
        if (spec.process() == null) {
            throw new CommandException("config.json: process: it is required");
        }
        if (spec.linux() == null || !spec.linux().has(NamespaceType.MOUNT)) {
            throw new CommandException("config.json: linux.namespaces: a container needs a mount namespace");
        }
        if (SecurityModules.areAskedFor(spec.process(), spec.linux())) {
            String refusal = SecurityModules.read(SYS).refusal(spec.process(), spec.linux(), "process.");
            if (refusal != null) {
                throw new CommandException("config.json: " + refusal);
            }
        }
        String refusal = MountTargets.refusal(spec.mounts());
        if (refusal != null) {
            throw new CommandException("config.json: " + refusal);
        }
        return new Bundle(folder, json, HookEnvironment.fill(spec, context.invocation()));
    }

    /** The resctrl group that the container is to have, or null. */
    ResctrlGroup resctrl(String id) throws IOException {
        IntelRdt rdt = spec.linux().intelRdt();
        return rdt == null ? null : ResctrlGroup.of(ResctrlGroup.root(Path.of("/proc/self/mountinfo")), rdt, id);
    }

    /** What the plans are made from. */
    CreateRequest request(Context context, CreateOptions options, String fifo, Terminal terminal, ContainerCgroup cgroup,
            ResctrlGroup resctrl)
            throws CommandException, IOException {
        Map<String, String> environment = new LinkedHashMap<>();
        int preserved = options.preserveFds();
        String listening = context.invocation().env("LISTEN_FDS").orElse(null);
        // sd_listen_fds(3): LISTEN_PID says which process is meant, whose children may have inherited the variables. Without it, it is this one.
        String meant = context.invocation().env("LISTEN_PID").orElse(null);
        if (listening != null && (meant == null || meant.equals(Integer.toString(context.invocation().pid())))) {
            preserved += listening(listening);
            environment.put("LISTEN_FDS", "LISTEN_FDS=" + listening);
            environment.put("LISTEN_PID", "LISTEN_PID=1");
            context.invocation().env("LISTEN_FDNAMES").ifPresent(names -> environment.put("LISTEN_FDNAMES", "LISTEN_FDNAMES=" + names));
        }
        return new CreateRequest(options.id(), spec, folder.toString(), rootfs(), fifo, terminal,
                options.pidfdSocket() == null ? null : options.pidfdSocket().toString(),
                PreservedFds.of(context.invocation(), preserved), options.noPivot(), !options.noNewKeyring(),
                place(context, cgroup, resctrl), bindSources(), IdMaps.writer(context, spec.linux()),
                context.host().filter(spec.linux().seccomp()), environment);
    }

    /** How many descriptors a service manager hands over: the container's init has them from 3 on, and is told so. */
    private static int listening(String text) throws CommandException {
        try {
            int count = Integer.parseInt(text);
            if (count >= 0 && count <= LISTENING_AT_MOST) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new CommandException("LISTEN_FDS=" + text + ": not a number from 0 to " + LISTENING_AT_MOST);
    }

    private static CgroupPlace place(Context context, ContainerCgroup cgroup, ResctrlGroup resctrl) throws CgroupException {
        CgroupPlace place = Cgroups.place(context.host().cgroups(), cgroup);
        return resctrl == null ? place : place.with(resctrl.tasks());
    }

    private String rootfs() throws CommandException, IOException {
        Path path = folder.resolve(spec.root().path());
        try {
            Path real = path.toRealPath();
            if (Files.isDirectory(real)) {
                return real.toString();
            }
        } catch (NoSuchFileException e) {
            throw new CommandException("root.path " + path + ": no such file or directory");
        }
        throw new CommandException("root.path " + path + ": not a directory");
    }

    private Map<String, Boolean> bindSources() throws CommandException {
        Map<String, Boolean> sources = new HashMap<>();
        List<Mount> mounts = spec.mounts();
        for (int i = 0; i < mounts.size(); i++) {
            Mount mount = mounts.get(i);
            MountOptions options = MountOptions.parse(mount.type(), mount.options());
            if (options.showsSource()) {
                String source = CreateRequest.source(folder.toString(), mount.source());
                Path path = Path.of(source);
                if (!Files.exists(path)) {
                    throw new CommandException("mounts[" + i + "].source " + source + ": no such file or directory");
                }
                sources.put(source, !Files.isDirectory(path));
            }
        }
        return sources;
    }
}
