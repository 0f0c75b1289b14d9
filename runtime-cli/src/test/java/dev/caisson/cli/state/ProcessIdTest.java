package dev.caisson.cli.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ProcessIdTest {

    private static final String STAT = "1 (a) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 22 33 44";

    @Test
    void theStartTimeIsField22WhateverTheCommandIsCalled() {
        assertEquals(new ProcessId(1, 777), ProcessId.parse(1, STAT));
        assertEquals(new ProcessId(1, 777), ProcessId.parse(1, STAT.replace("(a)", "(x) S 0 (y z)")));
        assertEquals(new ProcessId(1, 777), ProcessId.parse(1, STAT.replace("(a)", "())))")));
    }

    @Test
    void zombiesAndTheDeadAreNone() {
        assertEquals(ProcessId.NONE, ProcessId.parse(1, STAT.replace(" S ", " Z ")));
        assertEquals(ProcessId.NONE, ProcessId.parse(1, STAT.replace(" S ", " X ")));
    }

    @Test
    void whatIsCutShortIsNone() {
        for (int i = 0; i < STAT.indexOf("777"); i++) {
            assertEquals(ProcessId.NONE, ProcessId.parse(1, STAT.substring(0, i)));
        }
        Random random = new Random(2);
        for (int i = 0; i < 10_000; i++) {
            char[] text = STAT.toCharArray();
            text[random.nextInt(text.length)] = (char) random.nextInt(256);
            ProcessId.parse(1, new String(text));
        }
    }

    @Test
    void aProcessLivesUntilItsEnd() throws Exception {
        Process sleep = new ProcessBuilder("sleep", "60").start();
        ProcessId id = ProcessId.of((int) sleep.pid());
        assertTrue(id.isAlive());
        assertFalse(new ProcessId(id.pid(), id.startTime() + 1).isAlive(), "a later process of the same pid");
        sleep.destroyForcibly().waitFor();
        assertFalse(id.isAlive());
        assertFalse(ProcessId.NONE.isAlive());
        assertEquals(ProcessId.NONE, ProcessId.of(-1));
    }
}
