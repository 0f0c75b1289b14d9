package dev.caisson.cli.command;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;

/** The words for exceptions of the Java library, which leave them to the exception's class. */
public final class Failures {

    private Failures() {}

    /** One line that names the file and what is wrong with it, in the words of Linux tools. */
    public static String words(IOException e) {
        // Not a switch over types: in a fresh JVM that takes ten milliseconds to link.
        if (e instanceof FileSystemException f && f.getFile() != null) {
            String why = why(f);
            if (why != null) {
                return f.getFile() + ": " + why;
            }
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private static String why(FileSystemException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "file exists";
        }
        if (e instanceof DirectoryNotEmptyException) {
            return "directory not empty";
        }
        if (e instanceof NotDirectoryException) {
            return "not a directory";
        }
        return e.getReason() == null ? null : e.getReason().toLowerCase(Locale.ROOT);
    }
}
