package dev.caisson.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ArgumentsTest {

    private static final Option FLAG = Option.flag("no-subreaper", "");
    private static final Option SHORT = Option.flag("all", 'a', "");
    private static final Option TEXT = Option.text("bundle", 'b', "folder", "");
    private static final Option NUMBER = Option.number("preserve-fds", "n", "");
    private static final Option TEXTS = Option.texts("env", 'e', "name=value", "");
    private static final Option NUMBERS = Option.numbers("additional-gids", 'g', "gid", "");
    private static final List<Option> OPTIONS = List.of(FLAG, SHORT, TEXT, NUMBER, TEXTS, NUMBERS);

    private static final Syntax ANYWHERE = new Syntax("verb", "<id>", "", List.of(), OPTIONS, 1, 1, true);
    private static final Syntax BEFORE = new Syntax("verb", "<id> [words]", "", List.of(), OPTIONS, 1, Syntax.ANY, false);

    private static Arguments parse(Syntax syntax, String... words) throws CommandException {
        return Arguments.parse(syntax, List.of(words));
    }

    private static String refused(String... words) {
        return assertThrows(CommandException.class, () -> parse(ANYWHERE, words)).getMessage();
    }

    @Test
    void oneDashIsAsGoodAsTwo() throws Exception {
        assertTrue(parse(ANYWHERE, "-no-subreaper").flag(FLAG));
        assertTrue(parse(ANYWHERE, "--no-subreaper").flag(FLAG));
        assertTrue(parse(ANYWHERE, "-a").flag(SHORT));
        assertTrue(parse(ANYWHERE, "--a").flag(SHORT));
        assertEquals("X", parse(ANYWHERE, "-bundle=X").text(TEXT));
        assertEquals("X", parse(ANYWHERE, "-b", "X").text(TEXT));
        assertEquals("X=Y", parse(ANYWHERE, "--bundle=X=Y").text(TEXT));
        assertEquals("-x", parse(ANYWHERE, "--bundle", "-x").text(TEXT));
    }

    @Test
    void aFlagTakesItsValueOnlyBehindAnEqualsSign() throws Exception {
        assertFalse(parse(ANYWHERE, "--all=false").flag(SHORT));
        assertTrue(parse(ANYWHERE, "--all=T").flag(SHORT));
        assertEquals(List.of("true"), parse(ANYWHERE, "--all", "true").operands());
        assertNull(parse(ANYWHERE).flagOrNull(SHORT));
        assertEquals(false, parse(ANYWHERE, "--all=0").flagOrNull(SHORT));
    }

    @Test
    void valuesAreCollectedOrTheLastOneCounts() throws Exception {
        Arguments arguments = parse(ANYWHERE, "-e", "A=1", "--env=B=2", "-b", "x", "-b", "y", "-g", "5", "-g=6", "--preserve-fds=3");
        assertEquals(List.of("A=1", "B=2"), arguments.texts(TEXTS));
        assertEquals("y", arguments.text(TEXT));
        assertEquals(List.of(5L, 6L), arguments.numbers(NUMBERS));
        assertEquals(3, arguments.number(NUMBER));
        assertEquals(List.of(), parse(ANYWHERE).texts(TEXTS));
        assertEquals(0, parse(ANYWHERE).number(NUMBER));
        assertNull(parse(ANYWHERE, "--bundle=").text(TEXT), "callers send empty values for none");
    }

    @Test
    void optionsMayFollowOperandsOrNot() throws Exception {
        Arguments anywhere = parse(ANYWHERE, "id", "--all", "-b", "x");
        assertTrue(anywhere.flag(SHORT));
        assertEquals(List.of("id"), anywhere.operands());
        Arguments before = parse(BEFORE, "--all", "id", "ls", "-l", "--all=x", "--");
        assertTrue(before.flag(SHORT));
        assertEquals(List.of("id", "ls", "-l", "--all=x", "--"), before.operands());
        assertEquals(List.of("--all", "-"), parse(ANYWHERE, "--", "--all", "-").operands());
        assertEquals(List.of("-"), parse(ANYWHERE, "-").operands());
    }

    @Test
    void refusalsHaveTheWordsOfGoPrograms() {
        assertEquals("flag provided but not defined: -bogus", refused("--bogus"));
        assertEquals("flag provided but not defined: -it", refused("-it"));
        assertEquals("flag needs an argument: -bundle", refused("--bundle"));
        assertEquals("invalid boolean value \"x\" for -all: parse error", refused("--all=x"));
        assertEquals("invalid value \"x\" for flag -preserve-fds: parse error", refused("--preserve-fds", "x"));
        assertEquals("invalid value \"3000000000\" for flag -preserve-fds: parse error", refused("--preserve-fds=3000000000"));
        assertEquals("bad flag syntax: ---all", refused("---all"));
        assertEquals("bad flag syntax: --=x", refused("--=x"));
    }

    @Test
    void theNumberOfOperandsIsChecked() {
        assertEquals("caisson: \"verb\" requires exactly 1 argument(s)",
                assertThrows(CommandException.class, () -> parse(ANYWHERE).checkOperands("caisson")).getMessage());
        assertEquals("caisson: \"verb\" requires a minimum of 1 argument(s)",
                assertThrows(CommandException.class, () -> parse(BEFORE).checkOperands("caisson")).getMessage());
        Syntax two = new Syntax("kill", "", "", List.of(), List.of(), 1, 2, true);
        assertEquals("caisson: \"kill\" requires a maximum of 2 argument(s)",
                assertThrows(CommandException.class, () -> parse(two, "a", "b", "c").checkOperands("caisson")).getMessage());
    }

    @Test
    void helpIsNoticedAnywhere() throws Exception {
        assertTrue(parse(ANYWHERE, "id", "--help").help());
        assertTrue(parse(ANYWHERE, "-h").help());
        assertFalse(parse(BEFORE, "id", "--help").help());
    }

    @Test
    void anyWordsAreParsedOrRefusedInOneLine() {
        Random random = new Random(9);
        String[] pieces = {"-", "--", "=", "all", "a", "bundle", "env", "preserve-fds", "7", "x", "", "\n", "-h"};
        for (int i = 0; i < 20_000; i++) {
            List<String> words = new ArrayList<>();
            for (int k = random.nextInt(5); k > 0; k--) {
                StringBuilder word = new StringBuilder();
                for (int p = random.nextInt(4); p > 0; p--) {
                    word.append(pieces[random.nextInt(pieces.length)]);
                }
                words.add(word.toString());
            }
            try {
                Arguments.parse(random.nextBoolean() ? ANYWHERE : BEFORE, words);
            } catch (CommandException e) {
                assertEquals(1, e.exitCode());
            }
        }
    }

    @Test
    void aWarmInvocationIsParsedInNoTime() throws Exception {
        List<String> words = List.of("--bundle", "/run/x", "-preserve-fds=2", "--no-subreaper", "id");
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 20_000; i++) {
            long began = System.nanoTime();
            Arguments.parse(ANYWHERE, words);
            best = Math.min(best, System.nanoTime() - began);
        }
        assertTrue(best < 200_000, best + " ns");
    }
}
