package dev.caisson.spec;

/** Texts for error messages: one line, of bounded length, whatever the document contains. */
final class Texts {

    /** Enough to recognise a value by; a value can be megabytes long. */
    private static final int MAX_QUOTED = 120;

    private Texts() {
    }

    /** The text with control characters (and what a terminal may take for one) as escapes. */
    static String oneLine(String text) {
        int i = 0;
        while (i < text.length() && isPlain(text.charAt(i))) {
            i++;
        }
        if (i == text.length()) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
        for (; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> escaped.append("\\n");
                case '\t' -> escaped.append("\\t");
                case '\r' -> escaped.append("\\r");
                default -> {
                    if (isPlain(c)) {
                        escaped.append(c);
                    } else {
                        escaped.append("\\u").append(Character.forDigit(c >> 12, 16)).append(Character.forDigit(c >> 8 & 15, 16))
                            .append(Character.forDigit(c >> 4 & 15, 16)).append(Character.forDigit(c & 15, 16));
                    }
                }
            }
        }
        return escaped.toString();
    }

    /** The value in double quotes, on one line, cut when long. */
    static String quote(String value) {
        String shown = value.length() <= MAX_QUOTED ? value : value.substring(0, MAX_QUOTED) + "…";
        return '"' + oneLine(shown.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
    }

    // C0, DEL, C1, the Unicode line ends and the marks that turn the direction of writing.
    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x7f
            || c >= 0xa0 && c != 0x2028 && c != 0x2029 && !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
    }
}
