package dev.caisson.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes of {@code update} and durations of {@code events}. */
class QuantitiesTest {

    @ParameterizedTest
    @CsvSource({"0,0", "100,100", "-1,-1", "1k,1024", "1K,1024", "2kb,2048", "3KiB,3072", "1 m,1048576", "1.5g,1610612736", "0.5k,512", "10b,10",
        "1T,1099511627776", "1p,1125899906842624"})
    void sizes(String text, long bytes) {
        assertEquals(bytes, Update.bytes(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "x", "1x", "-2", "-1k", "1kk", "k", "1..2", ".", "1  k", "1e3", "9999999999999999999", "0x10", "1kib8"})
    void sizesThatAreNone(String text) {
        assertEquals(-2, Update.bytes(text));
    }

    @ParameterizedTest
    @CsvSource({"5s,5000000000", "100ms,100000000", "1m30s,90000000000", "1.5h,5400000000000", "0,0", "7ns,7", "2us,2000", "2µs,2000",
        "-1s,-1000000000", "+1s,1000000000", ".5s,500000000", "1.s,1000000000"})
    void durations(String text, long nanos) throws CommandException {
        assertEquals(nanos, Events.nanos(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "5", "s", "5y", "1.2.3s", "1s5", ".s", "1 s", "99999999999h", "s5", "1h-1m"})
    void durationsThatAreNone(String text) {
        assertThrows(CommandException.class, () -> Events.nanos(text));
    }
}
