package dev.caisson.linux.plan;

import java.util.List;

/**
 * One step of a plan.
 *
 * @param op        what
 * @param arguments one for each letter of the signature, but for lengths, which their bytes imply
 * @param result    where the result goes, or null
 * @param second    where a second result goes (a clone's pidfd), or null
 * @param tolerated errnos after which the plan goes on, at most 4, each 1 to 255
 * @param skip      how many operations a tolerated failure skips
 * @param words     what is being done, for the printed plan and for errors: {@code "mount proc on /proc"}
 * @param label     whether the words travel too, since the front alone will be there to say them
 */
public record Operation(Op op, List<Arg> arguments, Register result, Register second, List<Integer> tolerated, int skip,
                        String words, boolean label) {

    /** Checks the arguments against the signature. */
    public Operation {
        arguments = List.copyOf(arguments);
        tolerated = List.copyOf(tolerated);
        if (tolerated.size() > 4) {
            throw new IllegalArgumentException(op + " tolerates more than 4 errnos");
        }
        String signature = op.signature().replace("n", "");
        if (signature.length() != arguments.size()) {
            throw new IllegalArgumentException(op + " takes " + signature.length() + " arguments, not " + arguments.size());
        }
        for (int i = 0; i < arguments.size(); i++) {
            if (!fits(signature.charAt(i), arguments.get(i))) {
                throw new IllegalArgumentException(op + ": argument " + i + " is no '" + signature.charAt(i) + "'");
            }
        }
    }

    private static boolean fits(char letter, Arg argument) {
        return switch (letter) {
            case 'i', 'f' -> argument instanceof Arg.Int || argument instanceof Arg.Reg;
            case 's' -> argument instanceof Arg.Text || argument instanceof Arg.Int(long value) && value == 0;
            case 'b' -> argument instanceof Arg.Bytes;
            case 'l' -> argument instanceof Arg.Texts;
            default -> false;
        };
    }
}
