package dev.caisson.cli.state;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Rfc3339Test {

    @Test
    void pointsInTimeAreThoseOfTheCalendar() {
        Random random = new Random(4);
        for (int i = 0; i < 100_000; i++) {
            long second = random.nextLong(-62_135_596_800L, 253_402_300_800L); // years 1 to 9999
            assertEquals(Instant.ofEpochSecond(second).toString(), Rfc3339.seconds(second));
        }
    }

    @Test
    void fractionsLoseTheirZeros() {
        assertEquals("1970-01-01T00:00:00Z", Rfc3339.format(0, 0));
        assertEquals("1970-01-01T00:00:00.5Z", Rfc3339.format(0, 500_000_000));
        assertEquals("2024-02-29T23:59:59.000000001Z", Rfc3339.format(1709251199, 1));
    }
}
