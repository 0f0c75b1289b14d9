package dev.caisson.linux.seccomp;

import dev.caisson.spec.Seccomp.Syscall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The rules of a profile for the calls of one ABI, by number. */
final class Calls {

    private static final int[] GAPS = {701, 301, 132, 57, 23, 10, 4, 1};

    private final Abi abi;
    private final SyscallTable table;
    private final List<Rule> rules = new ArrayList<>();
    /** For each pair of call and rule, the call's number in the upper half and the rule's index in the lower. */
    private long[] pairs = new long[512];
    private int count;
    /** The decisions that look at arguments; calls with the same rules share one, so that it is written once. */
    private final List<Decision> conditional = new ArrayList<>();
    private int last = -1;

    Calls(Abi abi) {
        this.abi = abi;
        this.table = abi.table();
    }

    /**
     * Adds an entry of the profile. Names that this ABI doesn't have are left out, as other runtimes do.
     *
     * @param matters whether it says something other than the default; if not, it shows which calls the profile knows, and no more
     */
    void add(Syscall entry, int verdict, boolean matters) {
        List<String> names = entry.names();
        int[] numbers = new int[names.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = table.number(names.get(i));
            if (numbers[i] > last && abi.counts(numbers[i])) {
                last = numbers[i];
            }
        }
        if (!matters) {
            return;
        }
        List<Rule> made = Rule.of(entry, verdict, abi);
        for (int r = 0; r < made.size(); r++) {
            int rule = rules.size();
            rules.add(made.get(r));
            for (int number : numbers) {
                add(number, rule);
            }
            if (abi == Abi.X86) {
                addMultiplexed(names, made.get(r));
            }
        }
    }

    private void addMultiplexed(List<String> names, Rule rule) {
        for (int i = 0; i < names.size(); i++) {
            String through = Multiplexer.through(names.get(i));
            if (through != null) {
                rules.add(rule.through(Multiplexer.which(names.get(i))));
                add(table.number(through), rules.size() - 1);
            }
        }
    }

    private void add(int number, int rule) {
        if (number >= 0) {
            if (count == pairs.length) {
                pairs = Arrays.copyOf(pairs, 2 * count);
            }
            pairs[count++] = (long) number << 32 | rule;
        }
    }

    /**
     * Decides all numbers of this ABI.
     *
     * @param end       the number after its last
     * @param otherwise the verdict on calls without a rule
     * @param newer     the verdict on calls that came to Linux after the newest that the profile knows
     */
    void decide(Ranges ranges, long end, int otherwise, int newer) {
        // In order of the numbers, and for one number in the order of the profile.
        sort();
        Decision unnamed = new Decision(otherwise);
        // A profile that names none of this ABI's calls says nothing of which are newer.
        Decision unknown = new Decision(last < 0 ? otherwise : newer);
        long next = 0;
        int at = 0;
        while (at < count) {
            int number = (int) (pairs[at] >>> 32);
            List<Rule> its = new ArrayList<>(2);
            for (; at < count && (int) (pairs[at] >>> 32) == number; at++) {
                its.add(rules.get((int) pairs[at]));
            }
            gap(ranges, next, number, unnamed, unknown);
            ranges.from(abi.base() + (long) number, shared(Decision.of(its, otherwise)));
            next = number + 1L;
        }
        gap(ranges, next, end, unnamed, unknown);
    }

    // Shell's. Arrays.sort makes lambdas, which takes a fresh virtual machine longer than all the rest of compiling.
    private void sort() {
        for (int gap : GAPS) {
            for (int i = gap; i < count; i++) {
                long pair = pairs[i];
                int at = i;
                for (; at >= gap && pairs[at - gap] > pair; at -= gap) {
                    pairs[at] = pairs[at - gap];
                }
                pairs[at] = pair;
            }
        }
    }

    private Decision shared(Decision decision) {
        if (!decision.conditional()) {
            return decision;
        }
        for (int i = 0; i < conditional.size(); i++) {
            if (conditional.get(i).same(decision)) {
                return conditional.get(i);
            }
        }
        conditional.add(decision);
        return decision;
    }

    private void gap(Ranges ranges, long from, long to, Decision unnamed, Decision unknown) {
        long afterLast = last + 1L;
        if (from < Math.min(to, afterLast)) {
            ranges.from(abi.base() + from, unnamed);
        }
        if (Math.max(from, afterLast) < to) {
            ranges.from(abi.base() + Math.max(from, afterLast), unknown);
        }
    }
}
