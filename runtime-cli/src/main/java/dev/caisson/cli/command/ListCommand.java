package dev.caisson.cli.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.caisson.cli.lifecycle.Statuses;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.cli.state.ContainerStore;
import dev.caisson.cli.state.StateException;
import dev.caisson.cli.state.StateException.Problem;
import dev.caisson.spec.State;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code list}: lists the containers under the root. */
final class ListCommand implements Verb {

    private static final int LEAST_WIDTH = 12;
    private static final int GAP = 3;

    private static final Option FORMAT = Option.text("format", 'f', "format", "table or json (default: table)");
    private static final Option QUIET = Option.flag("quiet", 'q', "print the ids alone");
    private static final Syntax SYNTAX = Syntax.withoutOperands("list", "lists the containers under the root", FORMAT, QUIET);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        List<State> states = states(context);
        String format = arguments.text(FORMAT) == null ? "table" : arguments.text(FORMAT);
        if (arguments.flag(QUIET)) {
            StringBuilder ids = new StringBuilder();
            for (State state : states) {
                ids.append(state.id()).append('\n');
            }
            context.print(ids.toString());
            return 0;
        }
        switch (format) {
            case "table" -> context.print(table(states));
            case "json" -> context.print(json(states));
            default -> throw new CommandException("invalid format option");
        }
        return 0;
    }

    private static List<State> states(Context context) throws IOException {
        ContainerStore store = context.store();
        List<String> ids;
        try {
            ids = store.ids();
        } catch (NoSuchFileException e) {
            return List.of();
        }
        List<State> states = new ArrayList<>();
        for (String id : ids) {
            try {
                ContainerState state = store.read(id);
                State shown = state.toState(Statuses.of(store, state));
                states.add(new State(shown.ociVersion(), id, shown.status(), shown.pid(), shown.bundle(), shown.annotations(),
                        shown.rootfs(), shown.created(), owner(store.folder(id))));
            } catch (StateException e) {
                if (e.problem() != Problem.NOT_FOUND) { // else it is being made or deleted just now
                    context.warn("load container " + id + ": " + e.getMessage());
                }
            } catch (NoSuchFileException e) {
                // deleted meanwhile
            }
        }
        return states;
    }

    private static String table(List<State> states) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"));
        for (State state : states) {
            rows.add(List.of(state.id(), state.pid().toString(), state.status().json(), state.bundle(), state.created(), state.owner()));
        }
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            for (int column = 0; column < row.size(); column++) {
                String cell = row.get(column);
                out.append(cell);
                if (column < row.size() - 1) {
                    out.repeat(' ', width(rows, column) - cell.codePointCount(0, cell.length()));
                }
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static int width(List<List<String>> rows, int column) {
        int width = LEAST_WIDTH;
        for (List<String> row : rows) {
            String cell = row.get(column);
            width = Math.max(width, cell.codePointCount(0, cell.length()) + GAP);
        }
        return width;
    }

    private static String json(List<State> states) throws IOException {
        if (states.isEmpty()) {
            return "null\n"; // as an empty list of Go's prints itself, which callers read back
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartArray();
            for (State state : states) {
                json.writeStartObject();
                json.writeStringField("ociVersion", state.ociVersion());
                json.writeStringField("id", state.id());
                json.writeNumberField("pid", state.pid());
                json.writeStringField("status", state.status().json());
                json.writeStringField("bundle", state.bundle());
                json.writeStringField("rootfs", state.rootfs());
                json.writeStringField("created", state.created());
                if (!state.annotations().isEmpty()) {
                    json.writeObjectFieldStart("annotations");
                    for (Map.Entry<String, String> annotation : state.annotations().entrySet()) {
                        json.writeStringField(annotation.getKey(), annotation.getValue());
                    }
                    json.writeEndObject();
                }
                json.writeStringField("owner", state.owner());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        return bytes.toString(StandardCharsets.UTF_8) + "\n";
    }

    /** The name of the folder's owner in /etc/passwd, or {@code #UID}. */
    private static String owner(Path folder) throws IOException {
        String uid = Integer.toString((Integer) Files.getAttribute(folder, "unix:uid"));
        try {
            for (String line : Files.readAllLines(Path.of("/etc/passwd"), StandardCharsets.ISO_8859_1)) {
                String[] fields = line.split(":", 4);
                if (fields.length > 2 && fields[2].equals(uid)) {
                    return fields[0];
                }
            }
        } catch (IOException e) {
            // A system without the file has users all the same.
        }
        return "#" + uid;
    }
}
