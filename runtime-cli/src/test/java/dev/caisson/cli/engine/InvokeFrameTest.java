package dev.caisson.cli.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.cli.engine.InvokeFrame.World;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InvokeFrameTest {

    @Test
    void whatIsEncodedIsParsed() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            InvokeFrame frame = random(random);
            assertEquals(frame, InvokeFrame.parse(frame.encode()));
        }
    }

    @Test
    void anyMutationIsParsedOrRefused() {
        Random random = new Random(8);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = random(random).encode();
            for (int k = random.nextInt(4); k >= 0; k--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            if (random.nextInt(4) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 8));
            }
            try {
                InvokeFrame.parse(bytes).toInvocation(1);
            } catch (MalformedFrameException e) {
                // as it should be
            }
        }
    }

    @Test
    void countsBeyondTheFrameReserveNothing() {
        byte[] bytes = FakeFront.invocation("state").encode();
        Bytes.putInt(bytes, 20, Integer.MAX_VALUE);
        assertThrows(MalformedFrameException.class, () -> InvokeFrame.parse(bytes));
        Bytes.putInt(bytes, 20, -1);
        assertThrows(MalformedFrameException.class, () -> InvokeFrame.parse(bytes));
    }

    @Test
    void ofAnotherVersionNothingElseIsRead() throws Exception {
        byte[] bytes = new byte[8];
        Bytes.putInt(bytes, 0, Frames.INVOKE_MAGIC);
        Bytes.putInt(bytes, 4, 99);
        assertEquals(99, InvokeFrame.parse(bytes).version());
    }

    @Test
    void emptyVariablesCountAsUnset() throws Exception {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("XDG_RUNTIME_DIR", "");
        environment.put("HOME", "/root");
        Invocation invocation = FakeFront.invocation(Path.of("/tmp"), environment, "state", "a").toInvocation(42);
        assertEquals(Optional.empty(), invocation.env("XDG_RUNTIME_DIR"));
        assertEquals(Optional.empty(), invocation.env("PATH"));
        assertEquals(Optional.of("/root"), invocation.env("HOME"));
        assertEquals(List.of("state", "a"), invocation.arguments());
        assertEquals("caisson", invocation.program());
        assertEquals(42, invocation.pid());
        assertEquals(Path.of("/tmp/bundle"), invocation.resolve("./x/../bundle"));
    }

    @Test
    void withoutArgumentsOrWorkingDirectoryThereIsAnInvocation() throws Exception {
        InvokeFrame frame = new InvokeFrame(1, 0, 0, 0, FakeFront.WORLD, "b", "/d", "", List.of(), Map.of());
        Invocation invocation = frame.toInvocation(1);
        assertEquals(List.of(), invocation.arguments());
        assertEquals(Path.of("/"), invocation.cwd());
    }

    private static InvokeFrame random(Random random) {
        List<String> arguments = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            arguments.add(text(random));
        }
        Map<String, String> environment = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            environment.put("V" + text(random).replace('=', 'x'), text(random));
        }
        World world = new World(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong(),
                random.nextLong());
        return new InvokeFrame(1, random.nextInt(01000), random.nextInt(), random.nextInt(), world, text(random), "/" + text(random),
                "/" + text(random), arguments, environment);
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            text.appendCodePoint(random.nextInt(10) == 0 ? 0x1f600 + random.nextInt(30) : 1 + random.nextInt(0x7ff));
        }
        return text.toString();
    }
}
