package dev.caisson.cli.command;

import dev.caisson.cli.engine.Invocation;
import dev.caisson.linux.cgroups.CgroupHost;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.DefaultSpec;
import dev.caisson.spec.SpecWriter;
import java.io.IOException;
import java.nio.file.Path;

/** {@code spec}: writes a config.json to start from. */
final class SpecCommand implements Verb {

    private static final Option BUNDLE = Option.text("bundle", 'b', "folder", "the bundle's folder (default: the current one)");
    private static final Option ROOTLESS = Option.flag("rootless", "for a runtime without root's rights");
    private static final Syntax SYNTAX = Syntax.withoutOperands("spec", "writes a config.json to start from", BUNDLE, ROOTLESS);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        Invocation invocation = context.invocation();
        String bundle = arguments.text(BUNDLE);
        Path config = (bundle == null ? invocation.cwd() : invocation.resolve(bundle)).resolve("config.json");
        byte[] json = new SpecWriter().write(DefaultSpec.create(arguments.flag(ROOTLESS), invocation.uid(), invocation.gid(),
                CgroupHost.read().unified()));
        int mode = 0666 & ~invocation.umask();
        try (Descriptor file = Sys.open(config.toString(), Sys.O_WRONLY | Sys.O_CREAT | Sys.O_EXCL, mode)) {
            Sys.write(file.fd(), json, "write " + config);
        } catch (LinuxException e) {
            if (e.errno() == Errno.EEXIST) {
                throw new CommandException("File config.json exists. Remove it first", e);
            }
            throw e;
        }
        return 0;
    }
}
