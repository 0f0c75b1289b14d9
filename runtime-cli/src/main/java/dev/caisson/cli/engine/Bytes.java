package dev.caisson.cli.engine;

/** Integers in frames: little-endian, as all machines are that Caisson runs on. */
final class Bytes {

    private Bytes() {}

    static int getInt(byte[] bytes, int at) {
        return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16 | bytes[at + 3] << 24;
    }

    static long getLong(byte[] bytes, int at) {
        return getInt(bytes, at) & 0xffff_ffffL | (long) getInt(bytes, at + 4) << 32;
    }

    static void putInt(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >> 8);
        bytes[at + 2] = (byte) (value >> 16);
        bytes[at + 3] = (byte) (value >> 24);
    }

    static void putLong(byte[] bytes, int at, long value) {
        putInt(bytes, at, (int) value);
        putInt(bytes, at + 4, (int) (value >> 32));
    }
}
