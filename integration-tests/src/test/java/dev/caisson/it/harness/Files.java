package dev.caisson.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.NoSuchFileException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/** File operations without checked exceptions, so that tests read as what they show. */
public final class Files {

    private Files() {}

    /** A file's content; nothing where there is no file. */
    public static String text(Path file) {
        try {
            return new String(java.nio.file.Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            // Files of processes that end while they are read.
            return "";
        }
    }

    /** Writes a file, and the folders above it. */
    public static Path write(Path file, String content) {
        try {
            java.nio.file.Files.createDirectories(file.getParent());
            return java.nio.file.Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a folder, and those above it. */
    public static Path folder(Path folder) {
        try {
            return java.nio.file.Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a symbolic link. */
    public static Path link(Path link, String target) {
        try {
            java.nio.file.Files.createDirectories(link.getParent());
            return java.nio.file.Files.createSymbolicLink(link, Path.of(target));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets permissions, as in {@code rwxr-xr-x}. */
    public static Path mode(Path file, String permissions) {
        try {
            return java.nio.file.Files.setPosixFilePermissions(file,
                    java.nio.file.attribute.PosixFilePermissions.fromString(permissions));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives a folder and all in it to somebody, but for files that have another name elsewhere too; no link is followed. */
    public static Path own(Path folder, int uid, int gid) {
        try (Stream<Path> all = java.nio.file.Files.walk(folder)) {
            for (Path file : all.toList()) {
                if (java.nio.file.Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)
                        || (Integer) java.nio.file.Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) == 1) {
                    java.nio.file.Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
                    java.nio.file.Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
                }
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The user that a file belongs to. */
    public static int owner(Path file) {
        try {
            return (Integer) java.nio.file.Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What lies in a folder; nothing where there is none. */
    public static List<Path> in(Path folder) {
        try (Stream<Path> entries = java.nio.file.Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Where a symbolic link points to; null where it can't be read. */
    public static String target(Path link) {
        try {
            return java.nio.file.Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return null;
        }
    }

    /** Removes a folder and all in it; no link is followed. */
    public static void remove(Path folder) throws IOException {
        if (!java.nio.file.Files.exists(folder)) {
            return;
        }
        java.nio.file.Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                java.nio.file.Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException problem) throws IOException {
                java.nio.file.Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
