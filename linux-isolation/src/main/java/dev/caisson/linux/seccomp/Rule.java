package dev.caisson.linux.seccomp;

import dev.caisson.spec.Seccomp.Arg;
import dev.caisson.spec.Seccomp.Syscall;
import java.util.ArrayList;
import java.util.List;

/**
 * What happens to a call on conditions that must all hold.
 *
 * @param verdict    the filter's answer
 * @param conditions none for a rule that always holds
 */
record Rule(int verdict, List<Condition> conditions) {

    /**
     * The rules that an entry of the profile makes. It is one, unless the entry has two conditions on the same argument: then each
     * condition makes a rule of its own, any of which is enough. So it is with other runtimes, and profiles that list the
     * values allowed of an argument count on it.
     */
    static List<Rule> of(Syscall entry, int verdict, Abi abi) {
        List<Arg> args = entry.args();
        if (!repeats(args)) {
            return List.of(new Rule(verdict, conditions(args, abi)));
        }
        List<Rule> rules = new ArrayList<>(args.size());
        for (Arg arg : args) {
            rules.add(new Rule(verdict, conditions(List.of(arg), abi)));
        }
        return rules;
    }

    /**
     * The rule for a call that is made through another one, which says in its first argument which it is. The conditions on the other
     * arguments stay as they are, since a filter can't follow the pointer behind which the real ones lie; that on the first is
     * given up.
     */
    Rule through(Condition which) {
        List<Condition> all = new ArrayList<>(conditions.size() + 1);
        all.add(which);
        for (Condition condition : conditions) {
            if (condition.argument() != 0) {
                all.add(condition);
            }
        }
        return new Rule(verdict, all);
    }

    boolean always() {
        return conditions.isEmpty();
    }

    /** Writes the conditions, which go on at {@code no} when one doesn't hold; returns where they start. */
    int write(Assembler out, int no) {
        int next = out.verdict(verdict);
        for (int i = conditions.size() - 1; i >= 0; i--) {
            next = conditions.get(i).write(out, next, no);
        }
        return next;
    }

    private static List<Condition> conditions(List<Arg> args, Abi abi) {
        List<Condition> conditions = new ArrayList<>(args.size());
        for (Arg arg : args) {
            Condition condition = Condition.of(arg, abi);
            if (!condition.empty()) {
                conditions.add(condition);
            }
        }
        return conditions;
    }

    private static boolean repeats(List<Arg> args) {
        int seen = 0;
        for (Arg arg : args) {
            int bit = 1 << arg.index();
            if ((seen & bit) != 0) {
                return true;
            }
            seen |= bit;
        }
        return false;
    }
}
