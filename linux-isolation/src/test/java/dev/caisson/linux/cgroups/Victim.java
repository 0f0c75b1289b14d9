package dev.caisson.linux.cgroups;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A shell that has gone into a cgroup, and says so before it does anything else. */
record Victim(Process process) implements AutoCloseable {

    /** @param then what the shell does in the cgroup */
    static Victim in(Placement placement, String then) throws IOException {
        List<String> files = switch (placement) {
            case Placement.Tasks tasks -> tasks.files();
            case Placement.Directory directory -> List.of(directory.path() + "/cgroup.procs");
        };
        return in(files, then);
    }

    static Victim in(List<String> files, String then) throws IOException {
        String enter = files.stream().map(file -> "echo 0 > '" + file + "' || exit 99\n").collect(Collectors.joining());
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", enter + "echo in\n" + then));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader output = process.inputReader();
        String said = output.readLine();
        if (!"in".equals(said)) {
            process.destroyForcibly();
            throw new IOException("the shell could not enter: " + said);
        }
        return new Victim(process);
    }

    int pid() {
        return (int) process.pid();
    }

    /** The next line that it writes. */
    String says() throws IOException {
        return process.inputReader().readLine();
    }

    /** The state's letter in /proc. */
    char state() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid() + "/stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }

    boolean diesWithin(long millis) throws InterruptedException {
        return process.waitFor(millis, TimeUnit.MILLISECONDS);
    }

    /** All that it writes until its end. */
    String output() {
        return process.inputReader().lines().collect(Collectors.joining("\n"));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
