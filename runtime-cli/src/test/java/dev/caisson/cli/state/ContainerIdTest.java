package dev.caisson.cli.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ContainerIdTest {

    @Test
    void idsAreWhatTheExpressionOfOtherRuntimesMatches() {
        Pattern expression = Pattern.compile("^[\\w+.-]+$");
        Random random = new Random(1);
        for (int i = 0; i < 50_000; i++) {
            StringBuilder id = new StringBuilder();
            for (int k = 1 + random.nextInt(6); k > 0; k--) {
                id.append((char) (random.nextInt(20) == 0 ? random.nextInt(0x300) : 32 + random.nextInt(96)));
            }
            String text = id.toString();
            boolean expected = expression.matcher(text).matches() && !text.equals(".") && !text.equals("..");
            assertEquals(expected, ContainerId.isValid(text), text);
        }
    }

    @Test
    void whatWouldLeaveTheRootIsNoId() {
        for (String id : new String[] {".", "..", "a/b", "../a", "/", "a\0b", "é", "a b", "", "x".repeat(256)}) {
            assertFalse(ContainerId.isValid(id), id);
        }
        for (String id : new String[] {"...", "-", "a+b_c.d-e", "x".repeat(255), "buildah-buildah4186"}) {
            assertTrue(ContainerId.isValid(id), id);
        }
    }

    @Test
    void refusalsHaveTheWordsThatCallersKnow() {
        assertEquals("container id cannot be empty", assertThrows(StateException.class, () -> ContainerId.check("")).getMessage());
        assertEquals("invalid container ID format", assertThrows(StateException.class, () -> ContainerId.check("..")).getMessage());
    }
}
