package dev.caisson.cli.command;

import dev.caisson.cli.command.Globals.LogFormat;
import dev.caisson.cli.engine.Build;
import dev.caisson.cli.engine.CommandHandler;
import dev.caisson.cli.engine.EngineControl;
import dev.caisson.cli.engine.EngineLog;
import dev.caisson.cli.engine.Front;
import dev.caisson.cli.engine.FrontLostException;
import dev.caisson.cli.engine.Invocation;
import dev.caisson.cli.lifecycle.Host;
import dev.caisson.cli.state.ContainerStore;
import dev.caisson.spec.SpecException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Finds out which command an invocation asks for, carries it out, and says what went wrong. */
public final class Commands implements CommandHandler {

    /** What callers know an unknown command by. */
    private static final int NO_SUCH_COMMAND = 3;

    private final EngineControl engine;
    private final EngineLog engineLog;
    private final Host host;

    /**
     * @param engine the engine that these commands run in
     * @param host   what it knows of the machine
     */
    public Commands(EngineControl engine, EngineLog engineLog, Host host) {
        this.host = host;
        this.engine = engine;
        this.engineLog = engineLog;
    }

    @Override
    public int handle(Invocation invocation, Front front) throws FrontLostException {
        ErrorLog log = ErrorLog.toStandardError(front, LogFormat.TEXT);
        try {
            Arguments before = Arguments.parse(GlobalOptions.SYNTAX, invocation.arguments());
            Globals globals = GlobalOptions.of(before, invocation);
            log = globals.log() == null
                    ? ErrorLog.toStandardError(front, globals.logFormat())
                    : ErrorLog.toFile(front, globals.logFormat(), invocation, globals.log());
            List<String> words = before.operands();
            if (before.flag(GlobalOptions.VERSION)) {
                return print(front, version());
            }
            if (before.help() || words.isEmpty()) {
                return print(front, HelpPages.all());
            }
            if (words.getFirst().equals("help") || words.getFirst().equals("h")) {
                return help(words, front);
            }
            Verb verb = verb(words.getFirst());
            Arguments arguments = Arguments.parse(verb.syntax(), words.subList(1, words.size()));
            if (arguments.help()) {
                return print(front, HelpPages.of(verb.syntax()));
            }
            arguments.checkOperands(invocation.program());
            return verb.run(new Context(invocation, front, globals, store(globals, front), log, engine, host), arguments);
        } catch (FrontLostException e) {
            throw e;
        } catch (CommandException e) {
            log.error(e.getMessage());
            return e.exitCode();
        } catch (SpecException e) {
            log.error(e.getMessage());
            return 1;
        } catch (IOException e) {
            log.error(Failures.words(e));
            return 1;
        } catch (RuntimeException | Error e) {
            engineLog.error("a command failed: " + invocation.arguments(), e);
            log.error("internal error: " + e);
            return 1;
        } finally {
            log.close();
        }
    }

    /** A front that has heard nothing for ten seconds takes its engine for hung, so it hears of waits. */
    private static ContainerStore store(Globals globals, Front front) {
        return new ContainerStore(globals.root(), () -> front.write(1, new byte[0]));
    }

    private static int help(List<String> words, Front front) throws CommandException, FrontLostException {
        return print(front, words.size() == 1 ? HelpPages.all() : HelpPages.of(verb(words.get(1)).syntax()));
    }

    private static Verb verb(String name) throws CommandException {
        Verb verb = Verbs.named(name);
        if (verb == null) {
            throw new CommandException("No help topic for '" + name + "'", NO_SUCH_COMMAND);
        }
        return verb;
    }

    private static int print(Front front, String text) throws FrontLostException {
        front.write(1, text.getBytes(StandardCharsets.UTF_8));
        return 0;
    }

    /** Other programs read the first word but one, and the lines by their beginnings; the last line is as crun has it. */
    private String version() {
        Build build = engine.build();
        return "caisson version " + build.version() + "\ncommit: " + build.id() + "\nspec: " + Build.SPECIFICATION + "\n+CAP +EBPF\n";
    }
}
