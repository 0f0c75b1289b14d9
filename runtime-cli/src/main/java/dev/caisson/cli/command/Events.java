package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.WatchContainer;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;

/** {@code events}: prints what a container uses, and when it lacks memory. */
final class Events implements Verb {

    private static final long DEFAULT_NANOS = 5_000_000_000L;

    private static final Option INTERVAL = Option.text("interval", "duration", "the time between two looks, as in 500ms or 1m30s (default: 5s)");
    private static final Option STATS = Option.flag("stats", "print what it uses now, and nothing more");
    private static final Syntax SYNTAX = new Syntax("events", Syntax.CONTAINER, "prints what a container uses, and when it lacks memory",
            List.of("One JSON object a line, until the container's process ends."), List.of(INTERVAL, STATS), 1, 1, true);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, IOException {
        String interval = arguments.text(INTERVAL);
        long nanos = interval == null ? DEFAULT_NANOS : nanos(interval);
        if (nanos <= 0) {
            throw new CommandException("duration interval must be greater than 0");
        }
        String id = arguments.operands().getFirst();
        return arguments.flag(STATS) ? WatchContainer.once(context, id) : WatchContainer.run(context, id, nanos);
    }

    /** A duration as Go programs take it: decimal numbers with a unit each, as in {@code 1m30.5s}. */
    static long nanos(String text) throws CommandException {
        CommandException invalid = new CommandException("invalid value " + Text.quote(text) + " for flag -interval: parse error");
        boolean negative = text.startsWith("-");
        String rest = negative || text.startsWith("+") ? text.substring(1) : text;
        if (rest.equals("0")) {
            return 0;
        }
        if (rest.isEmpty()) {
            throw invalid;
        }
        BigDecimal sum = BigDecimal.ZERO;
        while (!rest.isEmpty()) {
            int digits = 0;
            while (digits < rest.length() && (Character.isDigit(rest.charAt(digits)) || rest.charAt(digits) == '.')) {
                digits++;
            }
            int end = digits;
            while (end < rest.length() && !Character.isDigit(rest.charAt(end)) && rest.charAt(end) != '.') {
                end++;
            }
            long unit = unit(rest.substring(digits, end));
            if (unit == 0) {
                throw invalid;
            }
            try {
                sum = sum.add(new BigDecimal(rest.substring(0, digits)).multiply(BigDecimal.valueOf(unit)));
            } catch (NumberFormatException e) {
                throw invalid;
            }
            rest = rest.substring(end);
        }
        try {
            long nanos = sum.toBigInteger().longValueExact();
            return negative ? -nanos : nanos;
        } catch (ArithmeticException e) {
            throw invalid;
        }
    }

    /** In nanoseconds; 0 for none. */
    private static long unit(String name) {
        return switch (name) {
            case "ns" -> 1;
            case "us", "µs", "μs" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 0;
        };
    }
}
