package dev.caisson.cli.engine;

/**
 * Which Caisson this is.
 *
 * @param version what people call it
 * @param id      which build: front and engine work together only if theirs are the same
 */
public record Build(String version, String id) {

    /** The system property that the distribution's start command names the build with. */
    public static final String PROPERTY = "caisson.build";

    /** The version of the OCI runtime specification that this implements. */
    public static final String SPECIFICATION = "1.3.0";

    private static final String VERSION = "0.1.0";

    /** Of this engine. */
    public static Build current() {
        return new Build(VERSION, System.getProperty(PROPERTY, "dev"));
    }
}
