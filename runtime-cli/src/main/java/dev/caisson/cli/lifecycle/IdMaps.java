package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.cli.engine.Invocation;
import dev.caisson.linux.launch.IdMapWriter;
import dev.caisson.spec.IdMapping;
import dev.caisson.spec.Linux;
import dev.caisson.spec.Namespace;
import dev.caisson.spec.NamespaceType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Who may map the ids of a container's user namespace. */
final class IdMaps {

    private IdMaps() {}

    /** Who does it, or null where no user namespace is made. */
    static IdMapWriter writer(Context context, Linux linux) throws CommandException {
        Namespace users = linux.namespace(NamespaceType.USER);
        if (users == null || users.path() != null && !users.path().isEmpty()) {
            return null;
        }
        Invocation invocation = context.invocation();
        if (invocation.uid() == 0) {
            return new IdMapWriter.Direct(false);
        }
        if (isOwn(linux.uidMappings(), invocation.uid()) && isOwn(linux.gidMappings(), invocation.gid())) {
            return new IdMapWriter.Direct(true);
        }
        return new IdMapWriter.Programs(program(invocation, "newuidmap", "uidMappings"), program(invocation, "newgidmap", "gidMappings"));
    }

    private static boolean isOwn(List<IdMapping> mappings, int id) {
        return mappings.size() == 1 && mappings.getFirst().size() == 1 && mappings.getFirst().hostID() == id;
    }

    private static String program(Invocation invocation, String name, String field) throws CommandException {
        for (String folder : invocation.env("PATH").orElse("/usr/bin:/bin").split(":")) {
            Path program = Path.of(folder.isEmpty() ? "." : folder, name);
            if (program.isAbsolute() && Files.isExecutable(program)) {
                return program.toString();
            }
        }
        throw new CommandException("linux." + field + ": user " + invocation.uid() + " may map no other ids than its own without "
                + name + ", which is not on PATH (package uidmap)");
    }
}
