package dev.caisson.cli.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.cli.state.StateException.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StateJsonTest {

    private final StateJson json = new StateJson();

    @Test
    void whatIsWrittenIsRead() throws Exception {
        ContainerState state = States.creating("a").withInit(new ProcessId(7, 99)).withCgroups(Map.of("", "/sys/fs/cgroup/a"));
        assertEquals(state, json.read("a", json.write(state)));
        assertEquals(state.whole(), json.read("a", json.write(state.whole())));
        ContainerState grouped = state.withResctrl(Map.of("path", "/sys/fs/resctrl/a", "own", "true"));
        assertEquals(grouped, json.read("a", json.write(grouped)));
        assertEquals(grouped.resctrl(), grouped.withInit(ProcessId.NONE).withCgroups(Map.of()).whole().resctrl());
    }

    @Test
    void fieldsOfALaterVersionArePassedOver() throws Exception {
        ContainerState state = States.creating("a");
        String text = new String(json.write(state), StandardCharsets.UTF_8);
        String later = text.substring(0, text.length() - 1) + ",\"new\":{\"a\":[1,{\"b\":null}]}}";
        assertEquals(state, json.read("a", later.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void anotherContainersStateIsRefused() {
        StateException e = assertThrows(StateException.class, () -> json.read("b", json.write(States.creating("a"))));
        assertEquals(Problem.UNREADABLE, e.problem());
    }

    @Test
    void whateverIsDamagedIsRefusedInOneLine() throws Exception {
        byte[] whole = json.write(States.creating("a").withInit(new ProcessId(7, 99)).withCgroups(Map.of("cpu", "/sys/fs/cgroup/a")));
        for (int i = 0; i < whole.length; i++) {
            expectRefused(Arrays.copyOf(whole, i));
        }
        Random random = new Random(6);
        for (int round = 0; round < 5_000; round++) {
            byte[] bytes = whole.clone();
            for (int k = random.nextInt(4); k >= 0; k--) {
                int at = random.nextInt(bytes.length);
                switch (random.nextInt(3)) {
                    case 0 -> bytes[at] = (byte) random.nextInt();
                    case 1 -> bytes[at] = (byte) "{}[]\":,0-9.eEntfu\\".charAt(random.nextInt(18));
                    default -> System.arraycopy(whole, random.nextInt(whole.length - 8), bytes, Math.min(at, bytes.length - 8), 8);
                }
            }
            try {
                json.read("a", bytes);
            } catch (StateException e) {
                checkOneLine(e);
            }
        }
    }

    @Test
    void nestingHasItsLimits() {
        expectRefused(("{\"x\":" + "[".repeat(100_000)).getBytes(StandardCharsets.UTF_8));
        expectRefused("{\"init\":{\"pid\":99999999999,\"startTime\":1}}".getBytes(StandardCharsets.UTF_8));
        expectRefused("[]".getBytes(StandardCharsets.UTF_8));
        expectRefused(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf});
    }

    private void expectRefused(byte[] bytes) {
        checkOneLine(assertThrows(StateException.class, () -> json.read("a", bytes)));
    }

    private static void checkOneLine(StateException e) {
        assertEquals(Problem.UNREADABLE, e.problem());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }
}
