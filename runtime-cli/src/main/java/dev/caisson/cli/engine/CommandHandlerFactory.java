package dev.caisson.cli.engine;

/** Makes the commands of an engine, which some of them concern. */
@FunctionalInterface
public interface CommandHandlerFactory {

    /** The commands that {@code engine} serves. */
    CommandHandler forEngine(EngineControl engine);
}
