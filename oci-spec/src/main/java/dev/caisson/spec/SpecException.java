package dev.caisson.spec;

/**
 * A document that can't be read or that the specification forbids. The message is one line of the form
 * {@code config.json: process.args[2]: expected a string, found a number}.
 */
public final class SpecException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String path;

    /**
     * Makes an exception; control characters in any part are escaped, so that the message stays one line.
     *
     * @param document name of the document, e.g. {@code config.json}
     * @param path     path of the field inside it, e.g. {@code process.args[2]}; empty for the document as a whole
     * @param problem  what is wrong
     */
    public SpecException(String document, String path, String problem) {
        super(Texts.oneLine(path.isEmpty() ? document + ": " + problem : document + ": " + path + ": " + problem));
        this.path = path;
    }

    /** The path of the field, e.g. {@code linux.sysctl["net.ipv4.ip_forward"]}; empty for the document as a whole. */
    public String path() {
        return path;
    }
}
