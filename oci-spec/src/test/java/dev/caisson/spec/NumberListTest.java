package dev.caisson.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumberListTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"0|{0}", "0-3,7|{0, 1, 2, 3, 7}", "7,1|{1, 7}", "2-2|{2}", "0-2,1-3|{0, 1, 2, 3}",
        "' 1 , 2-3 '|{1, 2, 3}", "1,,2,|{1, 2}", "''|{}", "65535|{65535}", "007|{7}"})
    void readsNumbersAndRanges(String list, String numbers) {
        assertEquals(numbers, NumberList.parse(list).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "-", "-1", "1-", "1--2", "0 - 3", "1;2", "+1", "0x1", "65536", "99999999999999999999", "3-1", "1-2-3", "\u0661"})
    void refusesWhatIsNone(String list) {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> NumberList.parse(list)).getMessage().contains("\""));
    }

    /** Any set, written in any of its spellings, reads as itself. */
    @Test
    void readsWhatItWasWrittenFrom() {
        Random random = new Random(20260102);
        for (int round = 0; round < 2000; round++) {
            BitSet numbers = new BitSet();
            StringBuilder list = new StringBuilder();
            for (int i = random.nextInt(6); i >= 0; i--) {
                int first = random.nextInt(NumberList.MAX + 1);
                int last = Math.min(NumberList.MAX, first + random.nextInt(5));
                numbers.set(first, last + 1);
                list.append(list.isEmpty() ? "" : ",").append(first).append(first == last && random.nextBoolean() ? "" : "-" + last);
            }
            assertEquals(numbers, NumberList.parse(list.toString()), list::toString);
        }
    }

    /** Whatever it is given, it answers with a set or with its one exception. */
    @Test
    void answersAnything() {
        Random random = new Random(20260103);
        for (int round = 0; round < 20000; round++) {
            StringBuilder list = new StringBuilder();
            for (int i = random.nextInt(12); i > 0; i--) {
                list.append("0123456789,,-- \tx\u0000".charAt(random.nextInt(18)));
            }
            try {
                NumberList.parse(list.toString());
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage().lines().count() == 1, list::toString);
            }
        }
    }
}
