package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.linux.cgroups.ContainerCgroup;
import dev.caisson.linux.launch.CreateRequest;
import dev.caisson.linux.launch.Terminal;
import dev.caisson.linux.launch.Unsupported;
import dev.caisson.linux.mounts.MountOptions;
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
 * @param json   config.json as it was read
 * @param spec   what it says
 */
record Bundle(Path folder, byte[] json, Spec spec) {

    /** Reads a bundle, and refuses what the specification forbids or this version can't do. */
    static Bundle read(Context context, Path folder) throws CommandException, SpecException, IOException {
        if (!Files.isDirectory(folder)) {
            throw new CommandException("open the bundle " + folder + ": "
                    + (Files.exists(folder) ? "not a directory" : "no such file or directory"));
        }
        Path config = folder.resolve("config.json");
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
        List<String> unsupported = Unsupported.fields(spec);
        if (!unsupported.isEmpty()) {
            throw new CommandException("config.json: " + String.join(", ", unsupported) + ": not supported by this version");
        }
        return new Bundle(folder, json, spec);
    }

    /** What the plans are made from. */
    CreateRequest request(Context context, CreateOptions options, String fifo, Terminal terminal, ContainerCgroup cgroup)
            throws CommandException, IOException {
        String listening = context.invocation().env("LISTEN_FDS").orElse(null);
        Map<String, String> environment = new LinkedHashMap<>();
        int preserved = options.preserveFds();
        if (listening != null) {
            // sd_listen_fds(3): the descriptors come first, and the variable holds the pid of who is meant, the container's init.
            try {
                preserved += Integer.parseUnsignedInt(listening);
            } catch (NumberFormatException e) {
                throw new CommandException("LISTEN_FDS=" + listening + ": not a number");
            }
            environment.put("LISTEN_FDS", "LISTEN_FDS=" + listening);
            environment.put("LISTEN_PID", "LISTEN_PID=1");
            context.invocation().env("LISTEN_FDNAMES").ifPresent(names -> environment.put("LISTEN_FDNAMES", "LISTEN_FDNAMES=" + names));
        }
        return new CreateRequest(options.id(), spec, folder.toString(), rootfs(), fifo, terminal,
                options.pidfdSocket() == null ? null : options.pidfdSocket().toString(), preserved, options.noPivot(),
                !options.noNewKeyring(), Cgroups.place(context.host().cgroups(), cgroup), bindSources(),
                context.host().filter(spec.linux().seccomp()), environment);
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
            if (MountOptions.parse(mount.type(), mount.options()).bind()) {
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
