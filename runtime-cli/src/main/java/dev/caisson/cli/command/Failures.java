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
        return switch (e) {
            case NoSuchFileException f -> f.getFile() + ": no such file or directory";
            case AccessDeniedException f -> f.getFile() + ": permission denied";
            case FileAlreadyExistsException f -> f.getFile() + ": file exists";
            case DirectoryNotEmptyException f -> f.getFile() + ": directory not empty";
            case NotDirectoryException f -> f.getFile() + ": not a directory";
            case FileSystemException f when f.getReason() != null -> f.getFile() + ": " + f.getReason().toLowerCase(Locale.ROOT);
            default -> e.getMessage() == null ? e.toString() : e.getMessage();
        };
    }
}
