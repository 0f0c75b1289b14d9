package dev.caisson.cli.command;

import java.util.Locale;

/** Signals by name (signal(7); the numbers are those of x86-64 and aarch64 alike). */
final class Signals {

    static final int SIGKILL = 9;
    static final int SIGTERM = 15;

    private static final int MOST = 64;
    private static final int REALTIME_LEAST = 34;

    private Signals() {}

    /**
     * The number of a signal.
     *
     * @param text a number from 0 to 64, or a name with or without {@code SIG}, in any case
     * @throws CommandException if there is none of this name or number
     */
    static int parse(String text) throws CommandException {
        int number = isNumber(text) ? Integer.parseInt(text) : named(text.toUpperCase(Locale.ROOT));
        if (number < 0 || number > MOST) {
            throw new CommandException("unknown signal " + Text.quote(text));
        }
        return number;
    }

    private static boolean isNumber(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty() && text.length() < 10;
    }

    private static int named(String text) {
        String name = text.startsWith("SIG") ? text.substring(3) : text;
        if (name.startsWith("RTMIN+") && isNumber(name.substring(6))) {
            return REALTIME_LEAST + Integer.parseInt(name.substring(6));
        }
        if (name.startsWith("RTMAX-") && isNumber(name.substring(6))) {
            return Math.max(-1, MOST - Integer.parseInt(name.substring(6)));
        }
        return switch (name) {
            case "HUP" -> 1;
            case "INT" -> 2;
            case "QUIT" -> 3;
            case "ILL" -> 4;
            case "TRAP" -> 5;
            case "ABRT", "IOT" -> 6;
            case "BUS" -> 7;
            case "FPE" -> 8;
            case "KILL" -> SIGKILL;
            case "USR1" -> 10;
            case "SEGV" -> 11;
            case "USR2" -> 12;
            case "PIPE" -> 13;
            case "ALRM" -> 14;
            case "TERM" -> SIGTERM;
            case "STKFLT" -> 16;
            case "CHLD", "CLD" -> 17;
            case "CONT" -> 18;
            case "STOP" -> 19;
            case "TSTP" -> 20;
            case "TTIN" -> 21;
            case "TTOU" -> 22;
            case "URG" -> 23;
            case "XCPU" -> 24;
            case "XFSZ" -> 25;
            case "VTALRM" -> 26;
            case "PROF" -> 27;
            case "WINCH" -> 28;
            case "IO", "POLL" -> 29;
            case "PWR" -> 30;
            case "SYS", "UNUSED" -> 31;
            case "RTMIN" -> REALTIME_LEAST;
            case "RTMAX" -> MOST;
            default -> -1;
        };
    }
}
