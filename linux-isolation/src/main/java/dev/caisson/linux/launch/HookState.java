package dev.caisson.linux.launch;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The state that hooks read from their standard input (OCI runtime specification, "State"), with room for the pid, which is known
 * only when the plan runs.
 *
 * @param json    the bytes; the pid's place is spaces and one digit
 * @param pidFrom where the pid's place begins
 */
record HookState(byte[] json, int pidFrom) {

    /** Digits of the largest pid, and then some. */
    static final int PID_WIDTH = 10;

    static HookState of(String ociVersion, String id, String status, long pid, String bundle, Map<String, String> annotations) {
        StringBuilder out = new StringBuilder(512);
        out.append("{\"ociVersion\":").append(quoted(ociVersion)).append(",\"id\":").append(quoted(id))
                .append(",\"status\":").append(quoted(status)).append(",\"pid\":");
        int from = out.toString().getBytes(StandardCharsets.UTF_8).length;
        String digits = Long.toString(pid);
        out.repeat(' ', PID_WIDTH - digits.length()).append(digits);
        out.append(",\"bundle\":").append(quoted(bundle));
        if (!annotations.isEmpty()) {
            String separator = ",\"annotations\":{";
            for (Map.Entry<String, String> annotation : annotations.entrySet()) {
                out.append(separator).append(quoted(annotation.getKey())).append(':')
                        .append(quoted(annotation.getValue()));
                separator = ",";
            }
            out.append('}');
        }
        return new HookState(out.append('}').toString().getBytes(StandardCharsets.UTF_8), from);
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
