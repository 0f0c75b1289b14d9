package dev.caisson.it.harness;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;

/** A container that exists; closing it deletes it by force. */
public final class Container implements AutoCloseable {

    private final Sandbox box;
    private final String id;
    private final Result created;

    Container(Sandbox box, String id, Result created) {
        this.box = box;
        this.id = id;
        this.created = created;
    }

    /** Its id. */
    public String id() {
        return id;
    }

    /** What {@code create} or {@code run} came to; the container's own output goes to the same files. */
    public Result created() {
        return created;
    }

    /** A verb on it, to be completed: {@code verb OPTIONS... ID}. */
    public Command verbCommand(String verb, String... options) {
        List<String> line = new ArrayList<>(List.of(verb));
        line.addAll(List.of(options));
        line.add(id);
        return box.command(line.toArray(String[]::new));
    }

    /** Runs a verb on it: {@code verb OPTIONS... ID}. */
    public Result verb(String verb, String... options) {
        return verbCommand(verb, options).run();
    }

    /** Starts it. */
    public Container start() {
        verb("start").ok();
        return this;
    }

    /** Sends it a signal, by number or name. */
    public void kill(String signal) {
        box.run("kill", id, signal).ok();
    }

    /** Deletes it. */
    public void delete() {
        verb("delete").ok();
    }

    /** Its state. */
    public JsonNode state() {
        return Json.read(verb("state").ok());
    }

    /** Its status. */
    public String status() {
        return state().get("status").asText();
    }

    /** Waits until it has a status. */
    public void awaitStatus(String status) {
        if (!Await.holds(20_000, () -> status().equals(status))) {
            Assertions.fail(id + " never came to be " + status + ", it is " + state());
        }
    }

    /** The pid of its first process. */
    public long pid() {
        return state().get("pid").asLong();
    }

    /** What its process has written so far. */
    public String output() {
        return created.stdout().strip();
    }

    /** Executes a program in it. */
    public Result exec(String... arguments) {
        List<String> line = new ArrayList<>(List.of("exec", id));
        line.addAll(List.of(arguments));
        return box.run(line.toArray(String[]::new));
    }

    /** Executes a script in it; what it writes. */
    public String sh(String script) {
        return exec("sh", "-c", script).ok();
    }

    @Override
    public void close() {
        box.run("delete", "--force", id).ok();
    }
}
