package dev.caisson.cli.lifecycle;

import dev.caisson.cli.command.CommandException;
import dev.caisson.cli.command.Context;
import dev.caisson.cli.engine.Invocation;
import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Sys;
import dev.caisson.spec.SpecReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A document that the caller names on the command line. */
final class CallerFile {

    private CallerFile() {}

    /**
     * Reads it whole. {@code /dev/stdin}, {@code /dev/fd/N} and the like mean the caller's descriptors, as a shell's
     * {@code <(command)} has it.
     *
     * @param words what is being done, as in "read --process"
     * @param file  absolute
     */
    static byte[] read(Context context, String words, Path file) throws CommandException, IOException {
        int own = Invocation.descriptor(file);
        if (own >= 0) {
            try (Descriptor descriptor = context.front().give(own)) {
                return Sys.readAll(descriptor.fd(), SpecReader.MAX_BYTES, words + " " + file);
            }
        }
        if (!Files.exists(file)) {
            throw new CommandException(words + " " + file + ": no such file or directory");
        }
        return Files.readAllBytes(file);
    }
}
