package dev.caisson.spec;

/**
 * The size of a terminal (config.md, "Process", {@code consoleSize}).
 *
 * @param height rows, 0 to 65535 (the kernel's window size has 16 bits)
 * @param width  columns, 0 to 65535
 */
public record Box(int height, int width) {
}
