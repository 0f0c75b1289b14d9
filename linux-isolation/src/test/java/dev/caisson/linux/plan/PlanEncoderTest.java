package dev.caisson.linux.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the encoder writes is what the front's decoder reads: {@code plan-echo} is that decoder, printing. */
class PlanEncoderTest {

    private static final Path FRONT = Path.of("src/main/c");
    private static final Path ECHO = Path.of("target/front/plan-echo");
    private static final Set<Op> CHILD_ALONE = EnumSet.of(Op.RECLONE, Op.TELL_PARENT, Op.AWAIT_PARENT, Op.AWAIT_START,
            Op.TELL_FD);
    private static final Set<Op> NOT_AT_RANDOM = EnumSet.of(Op.CLONE, Op.SKIP);

    @BeforeAll
    static void buildTheDecoder() throws IOException, InterruptedException {
        Process make = new ProcessBuilder("make", "-s", "-C", FRONT.toString(), "plan-echo").inheritIO().start();
        assumeTrue(make.waitFor() == 0 && Files.isExecutable(ECHO), "there is no C compiler to build plan-echo with");
    }

    @Test
    void randomPlansArriveAsTheyWereWritten() throws Exception {
        for (int seed = 0; seed < 150; seed++) {
            LaunchPlan plan = new Generator(seed).plan();
            assertEquals(expected(plan), echo(plan.encode()), "seed " + seed);
        }
    }

    @Test
    void oneByteChangedIsEitherRefusedOrAnotherWellFormedPlan() throws Exception {
        Random random = new Random(7);
        byte[] good = new Generator(7).plan().encode();
        for (int i = 0; i < 150; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            Process echo = start(i % 3 == 0 ? Arrays.copyOf(bad, random.nextInt(bad.length)) : bad);
            echo.getInputStream().readAllBytes();
            int code = echo.waitFor();
            assertTrue(code == 0 || code == 1, "the decoder ended with " + code);
        }
    }

    private static Process start(byte[] plan) throws IOException {
        Process echo = new ProcessBuilder(ECHO.toString()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (var in = echo.getOutputStream()) {
            in.write(plan);
        }
        return echo;
    }

    private static String echo(byte[] plan) throws IOException {
        return new String(start(plan).getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String expected(LaunchPlan plan) {
        StringBuilder out = new StringBuilder("# operations=" + plan.operations().size() + " flags=" + (plan.sealed() ? 1 : 0)
                + " fds=" + plan.passed().size() + " first=" + (plan.passed().isEmpty() ? 0 : plan.passed().getFirst().index()) + "\n");
        for (Operation operation : plan.operations()) {
            out.append(operation.op()).append(" dst=").append(register(operation.result())).append(" dst2=")
                    .append(register(operation.second())).append(" skip=").append(operation.skip()).append(" tolerated=")
                    .append(operation.tolerated().isEmpty() ? "-" : String.join(",",
                            operation.tolerated().stream().map(String::valueOf).toList()))
                    .append(" label=").append(operation.label() ? quoted(operation.words()) : "-");
            for (int i = 0; i < operation.arguments().size(); i++) {
                out.append(' ').append(argument(operation.op(), i, operation.arguments().get(i)));
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static String argument(Op op, int index, Arg argument) {
        return switch (argument) {
            case Arg.Int(long value) -> op.signature().replace("n", "").charAt(index) == 's' ? "null" : "i:" + value;
            case Arg.Reg(Register register) -> "r:" + register.index();
            case Arg.Text(String text) -> "s:" + quoted(text);
            case Arg.Bytes(byte[] bytes, int from, int length) -> "b:" + HexFormat.of().formatHex(bytes, from, from + length);
            case Arg.Texts(List<Arg> items) -> "l:[" + String.join(",", items.stream()
                    .map(item -> quoted(((Arg.Text) item).text())).toList()) + "]";
        };
    }

    private static String register(Register register) {
        return register == null ? "-" : String.valueOf(register.index());
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            out.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return out.append('"').toString();
    }

    /** Well-formed plans of all operations, by chance. */
    private static final class Generator {

        private final Random random;

        Generator(long seed) {
            random = new Random(seed);
        }

        LaunchPlan plan() {
            List<Register> passed = new ArrayList<>();
            int first = random.nextInt(10);
            for (int i = random.nextInt(4); i > 0; i--) {
                passed.add(new Register(first + passed.size(), "fd"));
            }
            List<Operation> operations = new ArrayList<>();
            for (int i = random.nextInt(30); i > 0; i--) {
                operations.add(operation(false));
            }
            int count = random.nextInt(30);
            int at = operations.size();
            operations.add(new Operation(Op.CLONE,
                    List.of(new Arg.Int(0), new Arg.Int(-1), new Arg.Int(at + 1), new Arg.Int(count)), register(), register(),
                    List.of(), 0, words(), random.nextBoolean()));
            for (int i = 0; i < count; i++) {
                operations.add(operation(true));
            }
            return new LaunchPlan(operations, passed, random.nextBoolean());
        }

        private Operation operation(boolean child) {
            Op op;
            do {
                op = Op.all().get(random.nextInt(Op.all().size()));
            } while (NOT_AT_RANDOM.contains(op) || (child ? !fitsAChild(op) : CHILD_ALONE.contains(op)));
            List<Arg> arguments = new ArrayList<>();
            for (char letter : op.signature().replace("n", "").toCharArray()) {
                arguments.add(argument(op, letter, child, arguments.size()));
            }
            List<Integer> tolerated = new ArrayList<>();
            for (int i = random.nextInt(5); i > 0; i--) {
                tolerated.add(1 + random.nextInt(255));
            }
            return new Operation(op, arguments, random.nextBoolean() ? register() : null, null, tolerated, 0, words(),
                    random.nextBoolean());
        }

        private static boolean fitsAChild(Op op) {
            return !EnumSet.of(Op.ADOPT_CHILD, Op.TELL_CHILD, Op.AWAIT_CHILD, Op.AWAIT_EXEC, Op.RECEIVE_FD, Op.TAKE_FD, Op.WAIT,
                    Op.KILL_CHILD, Op.DETACH_CHILD).contains(op);
        }

        private Arg argument(Op op, char letter, boolean child, int index) {
            return switch (letter) {
                case 'i' -> random.nextBoolean() ? new Arg.Int(random.nextLong()) : new Arg.Reg(register());
                case 'f' -> op == Op.SEND_FD && !child && index == 0 || random.nextBoolean() ? new Arg.Reg(register())
                        : new Arg.Int(random.nextBoolean() ? Kernel.AT_FDCWD : random.nextInt(3));
                case 's' -> op.code() < Op.CLONE.code() && random.nextInt(5) == 0 ? Arg.Int.NULL : new Arg.Text(words());
                case 'b' -> bytes(op);
                default -> list();
            };
        }

        private Arg bytes(Op op) {
            byte[] bytes = new byte[64];
            random.nextBytes(bytes);
            if (op == Op.FILL_HOME) {
                System.arraycopy("HOME=/\0".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 7);
                return new Arg.Bytes(bytes);
            }
            int from = op == Op.SETGROUPS || op == Op.SCHED_SETATTR || op == Op.SECCOMP_FILTER ? 0 : random.nextInt(16);
            int length = op == Op.SETGROUPS ? 4 * random.nextInt(8) : op == Op.SECCOMP_FILTER ? 8 * (1 + random.nextInt(7))
                    : 1 + random.nextInt(40);
            return new Arg.Bytes(bytes, from, length);
        }

        private Arg list() {
            List<Arg> items = new ArrayList<>();
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                items.add(new Arg.Text(words()));
            }
            return new Arg.Texts(items);
        }

        private Register register() {
            return new Register(random.nextInt(Register.COUNT), "r");
        }

        private String words() {
            StringBuilder words = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                words.append("abc/é\"\\ =\n\t".charAt(random.nextInt(11)));
            }
            return words.append(random.nextInt(1000)).toString();
        }
    }
}
