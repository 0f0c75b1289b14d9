package dev.caisson.cli.state;

/** Points in time as RFC 3339 writes them, in UTC. Plain arithmetic: a formatter would take a fresh JVM some ten milliseconds. */
public final class Rfc3339 {

    private static final long SECONDS_A_DAY = 86_400;
    private static final long DAYS_TO_EPOCH = 719_468; // from 0000-03-01 to 1970-01-01

    private Rfc3339() {}

    /** To the second: {@code 2026-01-31T08:05:09Z}. */
    public static String seconds(long epochSecond) {
        return format(epochSecond, 0);
    }

    /**
     * To the nanosecond, without the zeros at the end: {@code 2026-01-31T08:05:09.25Z}.
     *
     * @param nano 0 to 999,999,999
     */
    public static String format(long epochSecond, int nano) {
        long day = Math.floorDiv(epochSecond, SECONDS_A_DAY);
        int second = (int) Math.floorMod(epochSecond, SECONDS_A_DAY);
        // The Gregorian calendar repeats every 400 years of 146,097 days; years are counted from March, so that leap days end them.
        long shifted = day + DAYS_TO_EPOCH;
        long era = Math.floorDiv(shifted, 146_097L);
        int dayOfEra = (int) Math.floorMod(shifted, 146_097L);
        int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int monthFromMarch = (5 * dayOfYear + 2) / 153;
        int dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1;
        int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);

        StringBuilder out = new StringBuilder(30);
        pad(out, (int) year, 4).append('-');
        pad(out, month, 2).append('-');
        pad(out, dayOfMonth, 2).append('T');
        pad(out, second / 3600, 2).append(':');
        pad(out, second / 60 % 60, 2).append(':');
        pad(out, second % 60, 2);
        if (nano > 0) {
            out.append('.');
            pad(out, nano, 9);
            while (out.charAt(out.length() - 1) == '0') {
                out.setLength(out.length() - 1);
            }
        }
        return out.append('Z').toString();
    }

    private static StringBuilder pad(StringBuilder out, int number, int width) {
        String digits = Integer.toString(number);
        for (int i = digits.length(); i < width; i++) {
            out.append('0');
        }
        return out.append(digits);
    }
}
