package dev.caisson.it.harness;

import java.util.List;
import java.util.Optional;

/** The resident engine that a sandbox's commands use, if there is one. */
public final class Engine {

    private final Sandbox box;

    Engine(Sandbox box) {
        this.box = box;
    }

    /** Its pid; found without starting one. */
    public Optional<Long> pid() {
        return all().stream().findFirst();
    }

    /** The pids of all of them: callers in other namespaces have one of their own. */
    public List<Long> all() {
        return ProcessHandle.allProcesses().filter(this::serves).map(ProcessHandle::pid).toList();
    }

    /** Engines listen at a socket in the folder, which their command line names. */
    private boolean serves(ProcessHandle process) {
        String command = Files.text(Proc.of(process.pid()).resolve("cmdline"));
        return command.contains("\0--listen\0" + box.engineFolder() + "/");
    }

    /** Starts one if there is none; its pid. */
    public long start() {
        box.command("engine", "start").engine(EngineMode.RESIDENT).run().ok();
        return pid().orElseThrow();
    }

    /** How many descriptors it has open. */
    public int descriptors() {
        return pid().map(pid -> Files.in(Proc.of(pid).resolve("fd")).size()).orElse(0);
    }

    /** Kills it as a crash would. */
    public void crash() {
        pid().ifPresent(pid -> {
            Linux.kill(pid, Linux.SIGKILL);
            Await.until("the engine is gone", () -> Proc.isOver(pid));
        });
    }

    /** Ends it. */
    public void stop() {
        pid().ifPresent(pid -> {
            box.command("engine", "stop").engine(EngineMode.RESIDENT).run();
            if (!Await.holds(10_000, () -> Proc.isOver(pid))) {
                Linux.kill(pid, Linux.SIGKILL);
                throw new AssertionError("engine " + pid + " does not end when told to");
            }
        });
    }
}
