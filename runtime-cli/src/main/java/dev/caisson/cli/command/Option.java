package dev.caisson.cli.command;

/**
 * An option of a command line.
 *
 * @param name        its name, without dashes
 * @param letter      its one-letter name, or {@link #NO_LETTER}
 * @param kind        what value it takes
 * @param placeholder what the help calls the value; empty for a flag
 * @param help        what it does, in one sentence
 */
record Option(String name, char letter, Kind kind, String placeholder, String help) {

    static final char NO_LETTER = 0;

    /** What value an option takes. */
    enum Kind {
        /** None, or {@code =true}, {@code =false}. */
        FLAG,
        /** A text; the last one counts. */
        TEXT,
        /** A whole number of 32 bits; the last one counts. */
        NUMBER,
        /** A text each time. */
        TEXTS,
        /** A whole number of 64 bits each time. */
        NUMBERS
    }

    static Option flag(String name, String help) {
        return new Option(name, NO_LETTER, Kind.FLAG, "", help);
    }

    static Option flag(String name, char letter, String help) {
        return new Option(name, letter, Kind.FLAG, "", help);
    }

    static Option text(String name, String placeholder, String help) {
        return new Option(name, NO_LETTER, Kind.TEXT, placeholder, help);
    }

    static Option text(String name, char letter, String placeholder, String help) {
        return new Option(name, letter, Kind.TEXT, placeholder, help);
    }

    static Option number(String name, String placeholder, String help) {
        return new Option(name, NO_LETTER, Kind.NUMBER, placeholder, help);
    }

    static Option texts(String name, char letter, String placeholder, String help) {
        return new Option(name, letter, Kind.TEXTS, placeholder, help);
    }

    static Option numbers(String name, char letter, String placeholder, String help) {
        return new Option(name, letter, Kind.NUMBERS, placeholder, help);
    }

    boolean isNamed(String text) {
        return name.equals(text) || letter != NO_LETTER && text.length() == 1 && text.charAt(0) == letter;
    }
}
