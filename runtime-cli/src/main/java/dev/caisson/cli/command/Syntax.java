package dev.caisson.cli.command;

import java.util.List;

/**
 * What a command takes: for {@link Arguments} to parse and for {@link HelpPages} to show.
 *
 * @param name         the verb; the program's own name for the options before it
 * @param operands     what the help calls the operands, as in {@code <container-id> [signal]}
 * @param summary      what it does, in one sentence without a full stop
 * @param description  what else is to be known, a paragraph each
 * @param options      its options
 * @param least        operands that it needs
 * @param most         operands that it takes; {@link #ANY} for any number
 * @param interspersed whether options may come after operands; else the first operand and all after it are operands
 */
record Syntax(String name, String operands, String summary, List<String> description, List<Option> options, int least, int most,
              boolean interspersed) {

    static final int ANY = Integer.MAX_VALUE;

    static final String CONTAINER = "<container-id>";

    /** A verb that takes a container and options anywhere. */
    static Syntax ofContainer(String name, String summary, Option... options) {
        return new Syntax(name, CONTAINER, summary, List.of(), List.of(options), 1, 1, true);
    }

    /** A verb that takes options alone. */
    static Syntax withoutOperands(String name, String summary, Option... options) {
        return new Syntax(name, "", summary, List.of(), List.of(options), 0, 0, true);
    }
}
