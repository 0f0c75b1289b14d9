package dev.caisson.cli.command;

/** Texts in messages and on one line. */
final class Text {

    private static final String HEX = "0123456789abcdef";

    private Text() {}

    /** In quotation marks, with escapes as Go's %q has them. */
    static String quote(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        escape(out, text, false);
        return out.append('"').toString();
    }

    /** Appends the text with escapes for what would end a quoted text or a line. */
    static void escape(StringBuilder out, String text, boolean json) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        out.append(json ? "\\u00" : "\\x").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
    }
}
