package dev.caisson.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs a program as the kernel does, after checking what seccomp_check_filter and bpf_check_classic check. */
final class Interpreter {

    private final int[] code;
    private final int[] yes;
    private final int[] no;
    private final int[] k;
    private int steps;

    Interpreter(byte[] program) {
        int count = program.length / 8;
        assertTrue(program.length % 8 == 0 && count > 0 && count <= 4096, "length " + program.length);
        code = new int[count];
        yes = new int[count];
        no = new int[count];
        k = new int[count];
        for (int i = 0; i < count; i++) {
            code[i] = program[8 * i] & 0xff | (program[8 * i + 1] & 0xff) << 8;
            yes[i] = program[8 * i + 2] & 0xff;
            no[i] = program[8 * i + 3] & 0xff;
            for (int b = 0; b < 4; b++) {
                k[i] |= (program[8 * i + 4 + b] & 0xff) << 8 * b;
            }
            switch (code[i]) {
                case 0x20 -> assertTrue(k[i] >= 0 && k[i] < 64 && k[i] % 4 == 0, "load of " + k[i]);
                case 0x15, 0x25, 0x35, 0x45 -> assertTrue(i + 1 + Math.max(yes[i], no[i]) < count, "jump out of the program");
                case 0x05 -> assertTrue(k[i] >= 0 && i + 1 + k[i] < count, "jump out of the program");
                case 0x54, 0x06, 0x80 -> { }
                default -> throw new AssertionError("code " + code[i]);
            }
        }
        assertTrue(code[count - 1] == 0x06, "the last instruction returns");
    }

    int length() {
        return code.length;
    }

    /** How many instructions the last run took. */
    int steps() {
        return steps;
    }

    int run(int arch, int number, long[] args) {
        int a = 0;
        steps = 0;
        for (int i = 0;; i++) {
            steps++;
            switch (code[i]) {
                case 0x20 -> a = load(k[i], arch, number, args);
                case 0x54 -> a &= k[i];
                case 0x15 -> i += a == k[i] ? yes[i] : no[i];
                case 0x25 -> i += Integer.compareUnsigned(a, k[i]) > 0 ? yes[i] : no[i];
                case 0x35 -> i += Integer.compareUnsigned(a, k[i]) >= 0 ? yes[i] : no[i];
                case 0x45 -> i += (a & k[i]) != 0 ? yes[i] : no[i];
                case 0x05 -> i += k[i];
                default -> {
                    return k[i];
                }
            }
        }
    }

    private static int load(int offset, int arch, int number, long[] args) {
        return switch (offset) {
            case 0 -> number;
            case 4 -> arch;
            case 8, 12 -> 0;
            default -> (int) (args[(offset - 16) / 8] >>> (offset % 8 == 0 ? 0 : 32));
        };
    }
}
