/** The commands, the engine that serves them, and the store of the containers' state. */
module dev.caisson.cli {
    requires dev.caisson.spec;
    requires dev.caisson.linux;
    requires dev.caisson.virtio;
    requires com.fasterxml.jackson.core;
    requires info.picocli;
    requires org.slf4j;
    requires ch.qos.logback.classic;
    requires ch.qos.logback.core;

    provides ch.qos.logback.classic.spi.Configurator with dev.caisson.cli.engine.FileLogConfigurator;
}
