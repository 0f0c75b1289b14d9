package dev.caisson.it.harness;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** The machine's cgroups, as far as they are the tests' own. */
public final class Cgroups {

    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private Cgroups() {}

    /** Whether the controllers are mounted one by one (v1). */
    public static boolean areV1() {
        return java.nio.file.Files.isDirectory(ROOT.resolve("memory"));
    }

    /** Whether the machine has a controller. */
    public static boolean has(String controller) {
        return areV1() ? java.nio.file.Files.isDirectory(ROOT.resolve(controller))
                : List.of(Files.text(ROOT.resolve("cgroup.controllers")).strip().split(" ")).contains(controller);
    }

    /** The hierarchies' own folders: one for each controller on v1, a single one on v2. */
    public static List<Path> hierarchies() {
        if (!areV1()) {
            return List.of(ROOT);
        }
        List<Path> all = new ArrayList<>(Files.in(ROOT));
        all.removeIf(java.nio.file.Files::isSymbolicLink);
        all.remove(ROOT.resolve("unified"));
        return all;
    }

    /** The folder of a cgroup: in its controller's hierarchy on v1, in the only one on v2. */
    public static Path folder(String controller, String cgroup) {
        return (areV1() ? ROOT.resolve(controller) : ROOT).resolve(cgroup.substring(1));
    }

    /** What a control file of a cgroup holds. */
    public static String read(String controller, String cgroup, String file) {
        return Files.text(folder(controller, cgroup).resolve(file)).strip();
    }

    /** The processor time that a cgroup's processes have had, as its file says it. */
    public static String processorTime(String cgroup) {
        return areV1() ? read("cpuacct", cgroup, "cpuacct.usage") : read("cpu", cgroup, "cpu.stat").lines().findFirst().orElse("");
    }

    /** Removes a cgroup and those below it, in all hierarchies: parents that a runtime has made on its way and leaves. */
    public static void remove(String cgroup) {
        for (Path folder : named(cgroup.substring(1))) {
            folder.toFile().delete();
        }
    }

    /** All cgroups whose names begin with {@code name}, and those below them, in all hierarchies; the deepest first. */
    static List<Path> named(String name) {
        List<Path> found = new ArrayList<>();
        List<Path> hierarchies = new ArrayList<>(Files.in(ROOT));
        hierarchies.add(ROOT);
        for (Path hierarchy : hierarchies) {
            if (java.nio.file.Files.isSymbolicLink(hierarchy)) {
                continue;
            }
            for (Path cgroup : Files.in(hierarchy)) {
                if (cgroup.getFileName().toString().startsWith(name)) {
                    found.addAll(below(cgroup));
                }
            }
        }
        return found;
    }

    private static List<Path> below(Path cgroup) {
        List<Path> found = new ArrayList<>();
        try {
            java.nio.file.Files.walkFileTree(cgroup, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFileFailed(Path file, IOException problem) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, IOException problem) {
                    found.add(folder);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            // It was removed meanwhile.
        }
        return found;
    }
}
