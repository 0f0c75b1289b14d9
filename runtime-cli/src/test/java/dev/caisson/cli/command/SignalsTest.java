package dev.caisson.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SignalsTest {

    @Test
    void namesAreThoseOfTheSystem() throws Exception {
        Process list = new ProcessBuilder("/bin/bash", "-c", "for i in $(seq 1 31); do kill -l $i; done").start();
        String[] names = new String(list.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).split("\n");
        assertEquals(31, names.length);
        for (int i = 0; i < names.length; i++) {
            assertEquals(i + 1, Signals.parse(names[i]), names[i]);
            assertEquals(i + 1, Signals.parse("SIG" + names[i]));
            assertEquals(i + 1, Signals.parse("sig" + names[i].toLowerCase(java.util.Locale.ROOT)));
            assertEquals(i + 1, Signals.parse(Integer.toString(i + 1)));
        }
    }

    @Test
    void realTimeSignalsHaveNamesToo() throws Exception {
        assertEquals(37, Signals.parse("SIGRTMIN+3"));
        assertEquals(34, Signals.parse("RTMIN"));
        assertEquals(62, Signals.parse("rtmax-2"));
        assertEquals(0, Signals.parse("0"));
    }

    @Test
    void whatIsNoSignalIsRefused() {
        for (String text : new String[] {"BOGUS", "SIG", "-1", "65", "99999999999", "RTMIN+99", "RTMAX-99", "RTMIN+", "9x", "SIGSIGKILL"}) {
            CommandException e = assertThrows(CommandException.class, () -> Signals.parse(text), text);
            assertEquals("unknown signal \"" + text + "\"", e.getMessage());
        }
    }
}
