package dev.caisson.cli.engine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Log lines in a file, by logback. Only an engine that was given a file loads this class, and all that it needs. */
final class FileLog implements EngineLog {

    private final Logger logger;

    /** @param file where to; made if missing */
    FileLog(String file) {
        System.setProperty(FileLogConfigurator.FILE_PROPERTY, file);
        this.logger = LoggerFactory.getLogger("caisson.engine");
    }

    @Override
    public void info(String message) {
        logger.info(message);
    }

    @Override
    public void warn(String message) {
        logger.warn(message);
    }

    @Override
    public void error(String message, Throwable cause) {
        logger.error(message, cause);
    }
}
