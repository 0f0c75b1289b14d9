package dev.caisson.cli.state;

import dev.caisson.cli.state.StateException.Problem;

/** The rule for ids: ASCII letters, digits and {@code _ + - .}, and neither {@code .} nor {@code ..}. */
public final class ContainerId {

    /** A folder's name has no more bytes (NAME_MAX of limits.h). */
    private static final int LONGEST = 255;

    private ContainerId() {}

    /**
     * Refuses what is no id; one that passes is a safe file name.
     *
     * @throws StateException with the words that callers look for
     */
    public static void check(String id) throws StateException {
        if (id.isEmpty()) {
            throw new StateException(Problem.INVALID_ID, "container id cannot be empty");
        }
        if (!isValid(id)) {
            throw new StateException(Problem.INVALID_ID, "invalid container ID format");
        }
    }

    /** Whether {@code id} is one. */
    public static boolean isValid(String id) {
        if (id.isEmpty() || id.length() > LONGEST || id.equals(".") || id.equals("..")) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean fine = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
                    || c == '_' || c == '+' || c == '-' || c == '.';
            if (!fine) {
                return false;
            }
        }
        return true;
    }
}
