package dev.caisson.linux.plan;

import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.Sys;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Says a plan in words, one operation a line: its number, what is being done and with which call. Operations of the child are
 * indented. The text is stable: tests compare it.
 */
public final class PlanPrinter {

    private static final int WORDS_WIDTH = 52;

    private record Flag(long bits, String name) {}

    private static final List<Flag> OPEN = List.of(new Flag(Sys.O_RDWR, "O_RDWR"), new Flag(Sys.O_WRONLY, "O_WRONLY"),
            new Flag(Sys.O_CREAT, "O_CREAT"), new Flag(Sys.O_EXCL, "O_EXCL"), new Flag(Sys.O_NOCTTY, "O_NOCTTY"),
            new Flag(Sys.O_NONBLOCK, "O_NONBLOCK"), new Flag(Sys.O_DIRECTORY, "O_DIRECTORY"),
            new Flag(Sys.O_NOFOLLOW, "O_NOFOLLOW"), new Flag(Sys.O_PATH, "O_PATH"), new Flag(Sys.O_CLOEXEC, "O_CLOEXEC"));
    private static final List<Flag> RESOLVE = List.of(new Flag(Kernel.RESOLVE_NO_XDEV, "RESOLVE_NO_XDEV"),
            new Flag(Kernel.RESOLVE_NO_MAGICLINKS, "RESOLVE_NO_MAGICLINKS"),
            new Flag(Kernel.RESOLVE_NO_SYMLINKS, "RESOLVE_NO_SYMLINKS"), new Flag(Kernel.RESOLVE_BENEATH, "RESOLVE_BENEATH"),
            new Flag(Kernel.RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT"));
    private static final List<Flag> AT = List.of(new Flag(Kernel.AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"),
            new Flag(Kernel.AT_EMPTY_PATH, "AT_EMPTY_PATH"), new Flag(Kernel.AT_RECURSIVE, "AT_RECURSIVE"));
    private static final List<Flag> TREE = List.of(new Flag(Kernel.OPEN_TREE_CLONE, "OPEN_TREE_CLONE"),
            new Flag(Kernel.AT_EMPTY_PATH, "AT_EMPTY_PATH"), new Flag(Kernel.AT_RECURSIVE, "AT_RECURSIVE"));
    private static final List<Flag> MOVE = List.of(new Flag(Kernel.MOVE_MOUNT_F_EMPTY_PATH, "F_EMPTY_PATH"),
            new Flag(Kernel.MOVE_MOUNT_T_EMPTY_PATH, "T_EMPTY_PATH"));
    private static final List<Flag> CLONE = List.of(new Flag(Kernel.CLONE_NEWTIME, "CLONE_NEWTIME"),
            new Flag(Kernel.CLONE_NEWNS, "CLONE_NEWNS"), new Flag(Kernel.CLONE_NEWCGROUP, "CLONE_NEWCGROUP"),
            new Flag(Kernel.CLONE_NEWUTS, "CLONE_NEWUTS"), new Flag(Kernel.CLONE_NEWIPC, "CLONE_NEWIPC"),
            new Flag(Kernel.CLONE_NEWUSER, "CLONE_NEWUSER"), new Flag(Kernel.CLONE_NEWPID, "CLONE_NEWPID"),
            new Flag(Kernel.CLONE_NEWNET, "CLONE_NEWNET"));
    private static final List<Flag> MOUNT = List.of(new Flag(Kernel.MS_RDONLY, "MS_RDONLY"), new Flag(Kernel.MS_NOSUID, "MS_NOSUID"),
            new Flag(Kernel.MS_NODEV, "MS_NODEV"), new Flag(Kernel.MS_NOEXEC, "MS_NOEXEC"),
            new Flag(Kernel.MS_REMOUNT, "MS_REMOUNT"), new Flag(Kernel.MS_BIND, "MS_BIND"), new Flag(Kernel.MS_REC, "MS_REC"),
            new Flag(Kernel.MS_UNBINDABLE, "MS_UNBINDABLE"), new Flag(Kernel.MS_PRIVATE, "MS_PRIVATE"),
            new Flag(Kernel.MS_SLAVE, "MS_SLAVE"), new Flag(Kernel.MS_SHARED, "MS_SHARED"));
    private static final List<Flag> ATTRIBUTES = List.of(new Flag(Kernel.MOUNT_ATTR_RDONLY, "RDONLY"),
            new Flag(Kernel.MOUNT_ATTR_NOSUID, "NOSUID"), new Flag(Kernel.MOUNT_ATTR_NODEV, "NODEV"),
            new Flag(Kernel.MOUNT_ATTR_NOEXEC, "NOEXEC"), new Flag(Kernel.MOUNT_ATTR__ATIME, "_ATIME"),
            new Flag(Kernel.MOUNT_ATTR_NOATIME, "NOATIME"),
            new Flag(Kernel.MOUNT_ATTR_STRICTATIME, "STRICTATIME"), new Flag(Kernel.MOUNT_ATTR_NODIRATIME, "NODIRATIME"),
            new Flag(Kernel.MOUNT_ATTR_IDMAP, "IDMAP"), new Flag(Kernel.MOUNT_ATTR_NOSYMFOLLOW, "NOSYMFOLLOW"));

    private static final List<Flag> UMOUNT = List.of(new Flag(Kernel.MNT_DETACH, "MNT_DETACH"));
    private static final List<Flag> CLOSE = List.of(new Flag(Kernel.CLOSE_RANGE_CLOEXEC, "CLOEXEC"));

    private PlanPrinter() {}

    /** The whole plan, each line ended by a newline. */
    public static String print(LaunchPlan plan) {
        StringBuilder out = new StringBuilder(plan.operations().size() * 100);
        for (int i = 0; i < plan.passed().size(); i++) {
            out.append("     with the plan comes a descriptor: ").append(plan.passed().get(i).name()).append('\n');
        }
        int childEnds = 0;
        for (int i = 0; i < plan.operations().size(); i++) {
            Operation operation = plan.operations().get(i);
            line(out, i, i < childEnds, operation);
            if (operation.op() == Op.CLONE) {
                childEnds = i + 1 + (int) ((Arg.Int) operation.arguments().get(3)).value();
            }
        }
        return out.toString();
    }

    private static void line(StringBuilder out, int number, boolean child, Operation operation) {
        int start = out.length();
        String digits = Integer.toString(number);
        out.repeat(' ', Math.max(0, 4 - digits.length())).append(digits).append(child ? "    " : "  ").append(operation.words());
        out.repeat(' ', Math.max(2, WORDS_WIDTH - (out.length() - start)));
        if (operation.result() != null) {
            out.append(operation.result().name());
            if (operation.second() != null) {
                out.append(", ").append(operation.second().name());
            }
            out.append(" = ");
        }
        out.append(name(operation.op())).append('(');
        for (int i = 0; i < operation.arguments().size(); i++) {
            out.append(i == 0 ? "" : ", ");
            argument(out, operation, i);
        }
        out.append(')');
        if (operation.op() == Op.SKIP) {
            out.append("  on to ").append(number + 1 + operation.skip());
        }
        if (!operation.tolerated().isEmpty()) {
            out.append("  or ");
            for (int i = 0; i < operation.tolerated().size(); i++) {
                out.append(i == 0 ? "" : ", ").append(Errno.text(operation.tolerated().get(i)));
            }
            if (operation.skip() > 0) {
                out.append(": on to ").append(number + 1 + operation.skip());
            }
        }
        out.append('\n');
    }

    /** The operation's name without its upper case; String.toLowerCase would ask for a locale. */
    private static String name(Op op) {
        char[] letters = op.name().toCharArray();
        for (int i = 0; i < letters.length; i++) {
            letters[i] = Character.toLowerCase(letters[i]);
        }
        return new String(letters);
    }

    private static void argument(StringBuilder out, Operation operation, int index) {
        switch (operation.arguments().get(index)) {
            case Arg.Int(long value) -> number(out, operation.op(), index, value);
            case Arg.Reg(Register register) -> out.append(register.name());
            case Arg.Text(String text) -> quoted(out, text);
            case Arg.Bytes bytes -> bytes(out, bytes);
            case Arg.Texts(List<Arg> items) -> {
                out.append('[');
                for (int i = 0; i < items.size(); i++) {
                    out.append(i == 0 ? "" : ", ");
                    if (items.get(i) instanceof Arg.Bytes bytes) {
                        bytes(out, bytes);
                    } else {
                        quoted(out, ((Arg.Text) items.get(i)).text());
                    }
                }
                out.append(']');
            }
        }
    }

    private static void number(StringBuilder out, Op op, int index, long value) {
        char letter = op.signature().replace("n", "").charAt(index);
        if (letter == 's') {
            out.append("null");
        } else if (letter == 'f' && value == Kernel.AT_FDCWD) {
            out.append("cwd");
        } else {
            switch (op) {
                case OPEN_PROC -> flags(out, value, OPEN);
                case OPENAT2 -> flags(out, value, index == 2 ? OPEN : index == 4 ? RESOLVE : List.of());
                case OPEN_TREE -> flags(out, value, index == 2 ? TREE : List.of());
                case MOVE_MOUNT -> flags(out, value, MOVE);
                case FSPICK -> out.append(value == Kernel.FSPICK_EMPTY_PATH ? "EMPTY_PATH" : Long.toString(value));
                case CLONE -> flags(out, value, index == 0 ? CLONE : List.of());
                case SETNS, UNSHARE, RECLONE -> flags(out, value, CLONE);
                case MOUNT -> flags(out, value, MOUNT);
                case FSMOUNT -> flags(out, value, index == 2 ? ATTRIBUTES : List.of());
                case MOUNT_SETATTR -> flags(out, value,
                        index == 2 ? AT : index == 3 || index == 4 ? ATTRIBUTES : index == 5 ? MOUNT : List.of());
                case MKDIRAT, FCHMODAT -> octal(out, index == 2, value);
                case MKNODAT -> octal(out, index == 2, value);
                case MAKE_IN_ROOT -> {
                    if (index == 2) {
                        out.append(value == 0 ? "directory" : "file");
                    } else {
                        octal(out, true, value);
                    }
                }
                case FSCONFIG -> out.append(index == 1 ? configuration(value) : Long.toString(value));
                case PRCTL -> out.append(index == 0 ? option(value) : Long.toString(value));
                case IOCTL -> {
                    if (index == 1) {
                        out.append(value == Kernel.TIOCSCTTY ? "TIOCSCTTY" : value == Kernel.TIOCGPTPEER ? "TIOCGPTPEER"
                                : Long.toString(value));
                    } else {
                        flags(out, value, index == 2 ? OPEN : List.of());
                    }
                }
                case UMOUNT2 -> flags(out, value, UMOUNT);
                case CLOSE_RANGE -> flags(out, value, index == 2 ? CLOSE : List.of());
                case UMASK -> octal(out, true, value);
                case EXPECT_DEVICE -> octal(out, index == 1, value);
                case EXPECT_FS, REFUSE_FS, CAPSET, JOIN_KEYRING, PERSONALITY -> out.append("0x").append(Long.toHexString(value));
                default -> out.append(value);
            }
        }
    }

    private static String configuration(long command) {
        return switch ((int) command) {
            case Kernel.FSCONFIG_SET_FLAG -> "SET_FLAG";
            case Kernel.FSCONFIG_SET_STRING -> "SET_STRING";
            case Kernel.FSCONFIG_SET_FD -> "SET_FD";
            case Kernel.FSCONFIG_CMD_CREATE -> "CMD_CREATE";
            case Kernel.FSCONFIG_CMD_RECONFIGURE -> "CMD_RECONFIGURE";
            default -> Long.toString(command);
        };
    }

    private static String option(long option) {
        return switch ((int) option) {
            case Kernel.PR_SET_DUMPABLE -> "PR_SET_DUMPABLE";
            case Kernel.PR_SET_KEEPCAPS -> "PR_SET_KEEPCAPS";
            case Kernel.PR_CAPBSET_DROP -> "PR_CAPBSET_DROP";
            case Kernel.PR_SET_NO_NEW_PRIVS -> "PR_SET_NO_NEW_PRIVS";
            case Kernel.PR_CAP_AMBIENT -> "PR_CAP_AMBIENT";
            default -> Long.toString(option);
        };
    }

    private static void octal(StringBuilder out, boolean mode, long value) {
        if (mode) {
            out.append('0').append(Long.toOctalString(value));
        } else {
            out.append(value);
        }
    }

    private static void flags(StringBuilder out, long value, List<Flag> names) {
        long rest = value;
        int start = out.length();
        for (Flag flag : names) {
            if (flag.bits() != 0 && (rest & flag.bits()) == flag.bits()) {
                out.append(out.length() == start ? "" : "|").append(flag.name());
                rest &= ~flag.bits();
            }
        }
        if (rest != 0 || out.length() == start) {
            out.append(out.length() == start ? "" : "|").append(rest);
        }
    }

    private static void bytes(StringBuilder out, Arg.Bytes argument) {
        byte[] bytes = Arrays.copyOfRange(argument.bytes(), argument.from(), argument.from() + argument.length());
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            if (bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\t') {
                out.append(bytes.length).append(" bytes");
                return;
            }
        }
        quoted(out, new String(bytes, 0, end, StandardCharsets.UTF_8));
    }

    private static void quoted(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        out.append("\\x").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
