package dev.caisson.cli.command;

import java.util.List;

/** All commands, by name. A switch rather than a table, so that an engine for one command loads one command. */
final class Verbs {

    /** In the order of the help. */
    static final List<String> NAMES = List.of("create", "delete", "engine", "events", "exec", "features", "kill", "list", "pause", "plan", "ps",
            "resume", "run", "spec", "start", "state", "update");

    private Verbs() {}

    /** The command of this name, or null. */
    static Verb named(String name) {
        return switch (name) {
            case "create" -> new Create();
            case "delete" -> new Delete();
            case "engine" -> new EngineCommand();
            case "events" -> new Events();
            case "exec" -> new Exec();
            case "features" -> new FeaturesCommand();
            case "kill" -> new Kill();
            case "list" -> new ListCommand();
            case "pause" -> new Pause();
            case "plan" -> new PlanCommand();
            case "ps" -> new Ps();
            case "resume" -> new Resume();
            case "run" -> new Run();
            case "spec" -> new SpecCommand();
            case "start" -> new Start();
            case "state" -> new StateCommand();
            case "update" -> new Update();
            default -> null;
        };
    }
}
