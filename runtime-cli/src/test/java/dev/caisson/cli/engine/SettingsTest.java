package dev.caisson.cli.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SettingsTest {

    @Test
    void knownKeysAreReadAndTheRestIsPassedOver() {
        assertEquals(new Settings(60, "/var/log/caisson.log"), Settings.parse("""
                # comment
                engine = auto
                idle_seconds = 60   # a minute
                engine_log=/var/log/caisson.log
                nonsense
                """));
    }

    @Test
    void whatCannotBeUnderstoodIsAsIfItWereNotThere() {
        assertEquals(new Settings(0, null), Settings.parse("idle_seconds = soon\nengine_log ="));
        assertEquals(new Settings(1, null), Settings.parse("idle_seconds = -5"));
        assertEquals(new Settings(0, null), Settings.parse(""));
    }
}
