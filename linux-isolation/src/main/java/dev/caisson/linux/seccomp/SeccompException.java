package dev.caisson.linux.seccomp;

/** A profile that can't become a filter. The message is one line, {@code linux.seccomp.flags[0]: unknown flag "X"}. */
public final class SeccompException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String path;

    SeccompException(String path, String problem) {
        super(path + ": " + oneLine(problem));
        this.path = path;
    }

    // What a profile says is quoted, and may say anything.
    private static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            line.append(Character.isISOControl(c) ? '?' : c);
        }
        return line.toString();
    }

    /** The path of the field at fault in config.json. */
    public String path() {
        return path;
    }
}
