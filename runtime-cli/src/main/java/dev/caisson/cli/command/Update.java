package dev.caisson.cli.command;

import dev.caisson.cli.lifecycle.UpdateContainer;
import dev.caisson.spec.Resources;
import dev.caisson.spec.SpecException;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;

/** {@code update}: changes the limits of a container. */
final class Update implements Verb {

    private static final Option RESOURCES = Option.text("resources", 'r', "file",
            "read the limits from this JSON file, or from standard input where it is -; all other options are ignored then");
    private static final Option BLKIO_WEIGHT = Option.number("blkio-weight", "n", "share of block devices' time, 10 to 1000");
    private static final Option CPU_PERIOD = Option.text("cpu-period", "microseconds", "the period that the quota is for");
    private static final Option CPU_QUOTA = Option.text("cpu-quota", "microseconds", "processor time in a period; -1 for no limit");
    private static final Option CPU_BURST = Option.text("cpu-burst", "microseconds", "processor time that may be saved up");
    private static final Option CPU_SHARE = Option.text("cpu-share", "n", "share of processor time, 2 to 262144");
    private static final Option CPU_RT_PERIOD = Option.text("cpu-rt-period", "microseconds", "the period of real-time processes");
    private static final Option CPU_RT_RUNTIME = Option.text("cpu-rt-runtime", "microseconds", "time of real-time processes in a period");
    private static final Option CPU_IDLE = Option.text("cpu-idle", "0|1", "1: run only when nothing else does");
    private static final Option CPUSET_CPUS = Option.text("cpuset-cpus", "list", "processors to use, as in 0-3,7");
    private static final Option CPUSET_MEMS = Option.text("cpuset-mems", "list", "memory nodes to use, as in 0-1");
    private static final Option KERNEL_MEMORY = Option.text("kernel-memory", "bytes", "accepted for compatibility");
    private static final Option KERNEL_MEMORY_TCP = Option.text("kernel-memory-tcp", "bytes", "accepted for compatibility");
    private static final Option MEMORY = Option.text("memory", "bytes", "limit of memory, as in 512m; -1 for none");
    private static final Option MEMORY_RESERVATION = Option.text("memory-reservation", "bytes", "memory that is kept for the container");
    private static final Option MEMORY_SWAP = Option.text("memory-swap", "bytes", "limit of memory and swap together; -1 for none");
    private static final Option PIDS_LIMIT = Option.number("pids-limit", "n", "the most tasks there may be; -1 for no limit");
    private static final Option L3_CACHE_SCHEMA = Option.text("l3-cache-schema", "schema", "Intel RDT: share of the cache");
    private static final Option MEM_BW_SCHEMA = Option.text("mem-bw-schema", "schema", "Intel RDT: share of the memory's bandwidth");

    private static final Syntax SYNTAX = new Syntax("update", Syntax.CONTAINER, "changes the limits of a container",
            List.of("What is not given, or given as 0, stays as it is. When one limit is refused, none is changed.",
                    "The file has the form of linux.resources in config.json."),
            List.of(RESOURCES, BLKIO_WEIGHT, CPU_PERIOD, CPU_QUOTA, CPU_BURST, CPU_SHARE, CPU_RT_PERIOD, CPU_RT_RUNTIME, CPU_IDLE,
                    CPUSET_CPUS, CPUSET_MEMS, KERNEL_MEMORY, KERNEL_MEMORY_TCP, MEMORY, MEMORY_RESERVATION, MEMORY_SWAP, PIDS_LIMIT,
                    L3_CACHE_SCHEMA, MEM_BW_SCHEMA), 1, 1, true);

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public int run(Context context, Arguments arguments) throws CommandException, SpecException, IOException {
        String id = arguments.operands().getFirst();
        String file = arguments.text(RESOURCES);
        Resources changes = file == null ? changes(arguments)
                : UpdateContainer.read(context, file.equals("-") ? null : context.invocation().resolve(file));
        return UpdateContainer.run(context, id, changes);
    }

    private static Resources changes(Arguments arguments) throws CommandException {
        for (Option option : List.of(L3_CACHE_SCHEMA, MEM_BW_SCHEMA)) {
            if (arguments.text(option) != null) {
                throw new CommandException("--" + option.name() + ": Intel RDT is not supported by this version");
            }
        }
        int weight = arguments.number(BLKIO_WEIGHT);
        int pids = arguments.number(PIDS_LIMIT);
        return new Resources(null,
                new Resources.Memory(bytes(arguments, MEMORY), bytes(arguments, MEMORY_RESERVATION), bytes(arguments, MEMORY_SWAP),
                        bytes(arguments, KERNEL_MEMORY), bytes(arguments, KERNEL_MEMORY_TCP), null, null, null, null),
                new Resources.Cpu(unsigned(arguments, CPU_SHARE), signed(arguments, CPU_QUOTA), unsigned(arguments, CPU_BURST),
                        unsigned(arguments, CPU_PERIOD), signed(arguments, CPU_RT_RUNTIME), unsigned(arguments, CPU_RT_PERIOD),
                        arguments.text(CPUSET_CPUS), arguments.text(CPUSET_MEMS), signed(arguments, CPU_IDLE)),
                pids == 0 ? null : new Resources.Pids((long) pids),
                weight == 0 ? null : new Resources.BlockIO(weight, null, null, null, null, null, null), null, null, null, null);
    }

    private static Long unsigned(Arguments arguments, Option option) throws CommandException {
        String text = arguments.text(option);
        try {
            return text == null ? null : (Long) Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw invalid(option, text, "it is no number of 0 or more");
        }
    }

    private static Long signed(Arguments arguments, Option option) throws CommandException {
        String text = arguments.text(option);
        try {
            return text == null ? null : (Long) Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw invalid(option, text, "it is no number");
        }
    }

    private static Long bytes(Arguments arguments, Option option) throws CommandException {
        String text = arguments.text(option);
        if (text == null) {
            return null;
        }
        long bytes = bytes(text);
        if (bytes < -1) {
            throw invalid(option, text, "invalid size: '" + text + "'");
        }
        return bytes;
    }

    /** A size as other tools take it: {@code 100}, {@code 1.5k}, {@code 20 MiB}; or -1. What is none of these comes to -2. */
    static long bytes(String text) {
        if (text.equals("-1")) {
            return -1;
        }
        String size = text.toLowerCase(Locale.ROOT);
        int digits = 0;
        while (digits < size.length() && (Character.isDigit(size.charAt(digits)) || size.charAt(digits) == '.')) {
            digits++;
        }
        String unit = size.substring(digits);
        if (unit.startsWith(" ")) {
            unit = unit.substring(1);
        }
        int power = unit.isEmpty() ? -1 : "kmgtp".indexOf(unit.charAt(0));
        String rest = power < 0 ? unit : unit.substring(1);
        try {
            if (rest.isEmpty() || rest.equals("b") || rest.equals("ib")) {
                return new BigDecimal(size.substring(0, digits)).multiply(BigDecimal.valueOf(1L << 10 * (power + 1))).toBigInteger()
                        .longValueExact();
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // none
        }
        return -2;
    }

    private static CommandException invalid(Option option, String text, String why) {
        return new CommandException("invalid value for " + option.name() + ": " + Text.quote(text) + ": " + why);
    }
}
