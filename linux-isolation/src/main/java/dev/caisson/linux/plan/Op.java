package dev.caisson.linux.plan;

import java.util.List;

/**
 * The operations of a launch plan. The native front's {@code ops.def} is their list: codes and arguments here are tested against
 * it, and it says what each does.
 */
public enum Op {
    OPENAT2(1, "fsiii"),
    CLOSE(2, "f"),
    CLOSE_RANGE(3, "iii"),
    DUP3(4, "fii"),
    MKDIRAT(5, "fsi"),
    MKNODAT(6, "fsiii"),
    SYMLINKAT(7, "sfs"),
    UNLINKAT(8, "fsi"),
    FCHOWNAT(9, "fsiii"),
    FCHMODAT(10, "fsi"),
    FCHDIR(11, "f"),
    CHDIR(12, "s"),
    CHROOT(13, "s"),
    PIVOT_ROOT(14, "ss"),
    UMOUNT2(15, "si"),
    MOUNT(16, "sssis"),
    OPEN_TREE(17, "fsi"),
    MOVE_MOUNT(18, "fsfsi"),
    FSOPEN(19, "si"),
    FSCONFIG(20, "fissi"),
    FSMOUNT(21, "fii"),
    MOUNT_SETATTR(22, "fsiiiif"),
    SETNS(23, "fi"),
    UNSHARE(24, "i"),
    SETHOSTNAME(25, "bn"),
    SETDOMAINNAME(26, "bn"),
    WRITE(27, "fbn"),
    SETSID(28, ""),
    IOCTL(29, "fii"),
    PRCTL(30, "iiiii"),
    CAPSET(31, "iii"),
    SETRESUID(32, "iii"),
    SETRESGID(33, "iii"),
    SETGROUPS(34, "bn"),
    PRLIMIT(35, "iiii"),
    UMASK(36, "i"),
    JOIN_KEYRING(37, "si"),
    PERSONALITY(38, "i"),
    IOPRIO_SET(39, "iii"),
    SCHED_SETATTR(40, "bn"),
    SCHED_SETAFFINITY(41, "bn"),
    SET_MEMPOLICY(42, "ibn"),
    SECCOMP_FILTER(43, "ibn"),
    PIDFD_SEND_SIGNAL(44, "fi"),
    FSPICK(46, "fsi"),

    CLONE(64, "ifii"),
    MAKE_IN_ROOT(65, "fsii"),
    EXPECT_FS(66, "fi"),
    EXPECT_DEVICE(67, "fiii"),
    EXPECT_CWD(68, ""),
    EXPECT_OPEN(69, "i"),
    FIND_EXECUTABLE(70, "l"),
    EXEC(71, "lill"),
    TELL_PARENT(72, ""),
    AWAIT_PARENT(73, ""),
    TELL_CHILD(74, ""),
    AWAIT_CHILD(75, ""),
    AWAIT_EXEC(76, ""),
    SEND_FD(77, "ffbn"),
    RECEIVE_FD(78, ""),
    CONNECT(79, "s"),
    HOOK(80, "sllbni"),
    PATCH_PID(81, "bni"),
    WAIT(82, "iff"),
    OWN_STDIO(83, "i"),
    WINDOW_SIZE(84, "fii"),
    UNLOCK_PTY(85, "f"),
    AWAIT_START(86, "f"),
    KILL_CHILD(87, ""),
    DETACH_CHILD(88, ""),
    FILL_HOME(89, "bni"),
    SKIP(90, ""),
    RECLONE(91, "i"),
    ADOPT_CHILD(92, ""),
    OPEN_PROC(93, "isi"),
    MAKE_USERNS(94, "bnbn"),
    TELL_FD(95, "f"),
    TAKE_FD(96, ""),
    COPY_UP(97, "ffi"),
    NETLINK(100, "i"),
    FSETXATTR(101, "fsbn"),
    REFUSE_FS(102, "fi");

    private static final List<Op> ALL = List.of(values());

    private final int code;
    private final String signature;

    Op(int code, String signature) {
        this.code = code;
        this.signature = signature;
    }

    /** The number it travels as. */
    public int code() {
        return code;
    }

    /** One letter an argument, as {@code ops.def} explains them. */
    public String signature() {
        return signature;
    }

    /** All, in the order of their codes. */
    public static List<Op> all() {
        return ALL;
    }
}
