package dev.caisson.cli.command;

import java.util.ArrayList;
import java.util.List;

/**
 * A command line taken apart as Go programs do it, since that is what callers are written against: {@code -name} and {@code --name}
 * are the same, a value follows or stands behind {@code =}, a flag's value only behind {@code =}, {@code --} ends the options.
 *
 * <p>The help is picocli's ({@link HelpPages}), this is not: its class files are too old for the ahead-of-time cache, and loading
 * them would take an engine that was started for one command longer than the command itself.
 */
final class Arguments {

    private final Syntax syntax;
    private final Object[] values;
    private final List<String> operands = new ArrayList<>();
    private boolean help;

    private Arguments(Syntax syntax) {
        this.syntax = syntax;
        this.values = new Object[syntax.options().size()];
    }

    /** @throws CommandException for an option that is not known, or has no value or a wrong one */
    static Arguments parse(Syntax syntax, List<String> words) throws CommandException {
        Arguments arguments = new Arguments(syntax);
        int at = 0;
        while (at < words.size()) {
            String word = words.get(at++);
            if (word.equals("--")) {
                break;
            }
            if (word.length() < 2 || word.charAt(0) != '-') {
                arguments.operands.add(word);
                if (!syntax.interspersed()) {
                    break;
                }
                continue;
            }
            at = arguments.option(word, words, at);
        }
        arguments.operands.addAll(words.subList(at, words.size()));
        return arguments;
    }

    /** Takes the option {@code word}, whose value may be {@code words[at]}; where to go on. */
    private int option(String word, List<String> words, int at) throws CommandException {
        int dashes = word.startsWith("--") ? 2 : 1;
        int equals = word.indexOf('=');
        String name = word.substring(dashes, equals < 0 ? word.length() : equals);
        if (name.isEmpty() || name.charAt(0) == '-') {
            throw new CommandException("bad flag syntax: " + word);
        }
        int index = indexOf(name);
        if (index < 0) {
            if (name.equals("help") || name.equals("h")) {
                help = true;
                return at;
            }
            throw new CommandException("flag provided but not defined: -" + name);
        }
        Option option = syntax.options().get(index);
        if (option.kind() == Option.Kind.FLAG) {
            values[index] = equals < 0 || flagValue(word.substring(equals + 1), name);
            return at;
        }
        if (equals >= 0) {
            take(index, option, name, word.substring(equals + 1));
            return at;
        }
        if (at == words.size()) {
            throw new CommandException("flag needs an argument: -" + name);
        }
        take(index, option, name, words.get(at));
        return at + 1;
    }

    private int indexOf(String name) {
        List<Option> options = syntax.options();
        for (int i = 0; i < options.size(); i++) {
            if (options.get(i).isNamed(name)) {
                return i;
            }
        }
        return -1;
    }

    private void take(int index, Option option, String name, String value) throws CommandException {
        switch (option.kind()) {
            case TEXT -> values[index] = value;
            case NUMBER -> values[index] = (int) number(value, name, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case TEXTS -> list(index).add(value);
            case NUMBERS -> list(index).add(number(value, name, Long.MIN_VALUE, Long.MAX_VALUE));
            default -> throw new IllegalStateException("no value for a " + option.kind());
        }
    }

    @SuppressWarnings("unchecked")
    private List<Object> list(int index) {
        if (values[index] == null) {
            values[index] = new ArrayList<>();
        }
        return (List<Object>) values[index];
    }

    private static long number(String value, String name, long least, long most) throws CommandException {
        try {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new CommandException("invalid value " + Text.quote(value) + " for flag -" + name + ": parse error");
    }

    private static boolean flagValue(String value, String name) throws CommandException {
        Boolean parsed = parseBoolean(value);
        if (parsed == null) {
            throw new CommandException("invalid boolean value " + Text.quote(value) + " for -" + name + ": parse error");
        }
        return parsed;
    }

    /** The truth values that Go's strconv.ParseBool knows, or null. */
    static Boolean parseBoolean(String value) {
        return switch (value) {
            case "1", "t", "T", "true", "TRUE", "True" -> Boolean.TRUE;
            case "0", "f", "F", "false", "FALSE", "False" -> Boolean.FALSE;
            default -> null;
        };
    }

    /** @throws CommandException unless there are as many operands as the command takes */
    void checkOperands(String program) throws CommandException {
        int count = operands.size();
        String problem = null;
        if (syntax.least() == syntax.most() && count != syntax.least()) {
            problem = "exactly " + syntax.least();
        } else if (count < syntax.least()) {
            problem = "a minimum of " + syntax.least();
        } else if (count > syntax.most()) {
            problem = "a maximum of " + syntax.most();
        }
        if (problem != null) {
            throw new CommandException(program + ": \"" + syntax.name() + "\" requires " + problem + " argument(s)");
        }
    }

    /** Whether {@code --help} is among them. */
    boolean help() {
        return help;
    }

    /** What is no option. */
    List<String> operands() {
        return operands;
    }

    /** Whether a flag is set. */
    boolean flag(Option option) {
        return Boolean.TRUE.equals(value(option));
    }

    /** A flag's value, or null where it was not given. */
    Boolean flagOrNull(Option option) {
        return (Boolean) value(option);
    }

    /** The value, or null where the option was not given. An empty one counts as not given, as it does for all callers. */
    String text(Option option) {
        String text = (String) value(option);
        return text == null || text.isEmpty() ? null : text;
    }

    /** The value, or 0 where the option was not given. */
    int number(Option option) {
        Integer number = (Integer) value(option);
        return number == null ? 0 : number;
    }

    /** All values. */
    @SuppressWarnings("unchecked")
    List<String> texts(Option option) {
        List<String> texts = (List<String>) value(option);
        return texts == null ? List.of() : texts;
    }

    /** All values. */
    @SuppressWarnings("unchecked")
    List<Long> numbers(Option option) {
        List<Long> numbers = (List<Long>) value(option);
        return numbers == null ? List.of() : numbers;
    }

    private Object value(Option option) {
        List<Option> options = syntax.options();
        for (int i = 0; i < options.size(); i++) {
            if (options.get(i) == option) {
                return values[i];
            }
        }
        throw new IllegalArgumentException(syntax.name() + " has no option " + option.name());
    }
}
