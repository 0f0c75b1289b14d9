package dev.caisson.linux.seccomp;

import java.util.List;

/** What is decided of a call: by rules with conditions, the first that holds, and without regard to arguments otherwise. */
final class Decision {

    private final List<Rule> rules;
    private final int otherwise;
    private int label = -1;

    Decision(List<Rule> rules, int otherwise) {
        this.rules = rules;
        this.otherwise = otherwise;
    }

    /** A decision without regard to arguments. */
    Decision(int verdict) {
        this(List.of(), verdict);
    }

    /**
     * Makes the decision of a call's rules, which stand in the order of the profile. A rule without conditions decides alone, wherever
     * it stands, and the first such: so libseccomp has it.
     */
    static Decision of(List<Rule> rules, int otherwise) {
        for (Rule rule : rules) {
            if (rule.always()) {
                return new Decision(rule.verdict());
            }
        }
        return new Decision(rules, otherwise);
    }

    /** Whether it depends on arguments. */
    boolean conditional() {
        return !rules.isEmpty();
    }

    /** Whether both come from the same rules, so that a range of calls can share them. */
    boolean same(Decision other) {
        if (otherwise != other.otherwise || rules.size() != other.rules.size()) {
            return false;
        }
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i) != other.rules.get(i)) {
                return false;
            }
        }
        return true;
    }

    /** Writes it, once; returns where it starts. */
    int write(Assembler out) {
        if (rules.isEmpty()) {
            return out.verdict(otherwise);
        }
        if (label < 0) {
            label = out.verdict(otherwise);
            for (int i = rules.size() - 1; i >= 0; i--) {
                label = rules.get(i).write(out, label);
            }
        }
        return label;
    }
}
