package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.Statuses;
import dev.caisson.cli.state.ContainerState;
import dev.caisson.linux.cgroups.ContainerCgroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code ps}: lists the processes of a container. */
final class Ps implements Verb {

    private static final Option FORMAT = Option.text("format", 'f', "format", "table, or json for the pids alone (default: table)");
    private static final Syntax SYNTAX = new Syntax("ps", "<container-id> [ps options]", "lists the processes of a container",
            List.of("The options after the id are those of the host's ps (default: -ef); its output needs a PID column."),
            List.of(FORMAT), 1, Syntax.ANY, false);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        List<String> operands = arguments.operands();
        ContainerState state = context.store().read(operands.getFirst());
        int[] pids = pids(state);
        String format = arguments.text(FORMAT) == null ? "table" : arguments.text(FORMAT);
        switch (format) {
            case "json" -> context.print(json(pids));
            case "table" -> context.print(table(context, operands.subList(1, operands.size()), pids));
            default -> throw new CommandException("invalid format option");
        }
        return 0;
    }

    private static int[] pids(ContainerState state) throws IOException {
        Optional<ContainerCgroup> cgroup = Statuses.cgroup(state);
        if (cgroup.isPresent()) {
            return cgroup.get().pids();
        }
        return state.init().isAlive() ? new int[] {state.init().pid()} : new int[0];
    }

    private static String json(int[] pids) {
        if (pids.length == 0) {
            return "null\n"; // as an empty list of Go's prints itself, which callers read back
        }
        StringBuilder out = new StringBuilder("[");
        for (int i = 0; i < pids.length; i++) {
            out.append(i == 0 ? "" : ",").append(pids[i]);
        }
        return out.append("]\n").toString();
    }

    private static String table(Context context, List<String> options, int[] pids) throws CommandException, IOException {
        List<String> command = new ArrayList<>();
        command.add("ps");
        command.addAll(options.isEmpty() ? List.of("-ef") : options);
        String[] lines = output(context, command).split("\n");
        int column = pidColumn(lines[0]);
        StringBuilder out = new StringBuilder(lines[0]).append('\n');
        for (int i = 1; i < lines.length; i++) {
            String[] fields = lines[i].strip().split("\\s+");
            if (fields.length > column && isOneOf(fields[column], pids)) {
                out.append(lines[i]).append('\n');
            }
        }
        return out.toString();
    }

    private static String output(Context context, List<String> command) throws CommandException, IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        context.invocation().env("PATH").ifPresent(path -> builder.environment().put("PATH", path));
        Process ps = builder.start();
        ps.getOutputStream().close();
        String output = new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            int code = ps.waitFor();
            if (code != 0) {
                throw new CommandException("ps: exit status " + code + ": " + output.strip().replace('\n', ' '));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("ps: interrupted", e);
        }
        return output;
    }

    private static int pidColumn(String title) throws CommandException {
        int column = Arrays.asList(title.strip().split("\\s+")).indexOf("PID");
        if (column < 0) {
            throw new CommandException("couldn't find PID field in ps output");
        }
        return column;
    }

    private static boolean isOneOf(String field, int[] pids) {
        for (int pid : pids) {
            if (field.equals(Integer.toString(pid))) {
                return true;
            }
        }
        return false;
    }
}
