package dev.caisson.linux.plan;

/** The kernel's constants that plans are made of, under their own names, by header. The same on x86-64 and aarch64. */
public final class Kernel {

    // fcntl.h, linux/fcntl.h
    public static final int AT_FDCWD = -100;
    public static final int AT_SYMLINK_NOFOLLOW = 0x100;
    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int AT_RECURSIVE = 0x8000;

    // linux/openat2.h
    public static final int RESOLVE_NO_XDEV = 0x01;
    public static final int RESOLVE_NO_MAGICLINKS = 0x02;
    public static final int RESOLVE_NO_SYMLINKS = 0x04;
    public static final int RESOLVE_BENEATH = 0x08;
    public static final int RESOLVE_IN_ROOT = 0x10;

    // sys/stat.h
    public static final int S_IFIFO = 0010000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFBLK = 0060000;

    // linux/sched.h
    public static final long CLONE_NEWTIME = 0x00000080L;
    public static final long CLONE_NEWNS = 0x00020000L;
    public static final long CLONE_NEWCGROUP = 0x02000000L;
    public static final long CLONE_NEWUTS = 0x04000000L;
    public static final long CLONE_NEWIPC = 0x08000000L;
    public static final long CLONE_NEWUSER = 0x10000000L;
    public static final long CLONE_NEWPID = 0x20000000L;
    public static final long CLONE_NEWNET = 0x40000000L;

    // linux/mount.h
    public static final int MS_RDONLY = 1;
    public static final int MS_NOSUID = 2;
    public static final int MS_NODEV = 4;
    public static final int MS_NOEXEC = 8;
    public static final int MS_REMOUNT = 32;
    public static final int MS_BIND = 4096;
    public static final int MS_REC = 16384;
    public static final int MS_UNBINDABLE = 1 << 17;
    public static final int MS_PRIVATE = 1 << 18;
    public static final int MS_SLAVE = 1 << 19;
    public static final int MS_SHARED = 1 << 20;
    public static final int MNT_DETACH = 2;
    public static final int OPEN_TREE_CLONE = 1;
    public static final int MOVE_MOUNT_F_EMPTY_PATH = 0x04;
    public static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    public static final int FSCONFIG_SET_FLAG = 0;
    public static final int FSCONFIG_SET_STRING = 1;
    public static final int FSCONFIG_SET_FD = 5;
    public static final int FSCONFIG_CMD_CREATE = 6;
    public static final int FSCONFIG_CMD_RECONFIGURE = 7;
    public static final int FSPICK_EMPTY_PATH = 0x08;
    public static final long MOUNT_ATTR_RDONLY = 0x00000001L;
    public static final long MOUNT_ATTR_NOSUID = 0x00000002L;
    public static final long MOUNT_ATTR_NODEV = 0x00000004L;
    public static final long MOUNT_ATTR_NOEXEC = 0x00000008L;
    public static final long MOUNT_ATTR__ATIME = 0x00000070L;
    public static final long MOUNT_ATTR_RELATIME = 0x00000000L;
    public static final long MOUNT_ATTR_NOATIME = 0x00000010L;
    public static final long MOUNT_ATTR_STRICTATIME = 0x00000020L;
    public static final long MOUNT_ATTR_NODIRATIME = 0x00000080L;
    public static final long MOUNT_ATTR_IDMAP = 0x00100000L;
    public static final long MOUNT_ATTR_NOSYMFOLLOW = 0x00200000L;

    // linux/magic.h
    public static final long PROC_SUPER_MAGIC = 0x9fa0L;
    public static final long DEVPTS_SUPER_MAGIC = 0x1cd1L;
    public static final long NSFS_MAGIC = 0x6e736673L;

    // linux/prctl.h
    public static final int PR_SET_DUMPABLE = 4;
    public static final int PR_SET_KEEPCAPS = 8;
    public static final int PR_CAPBSET_DROP = 24;
    public static final int PR_SET_NO_NEW_PRIVS = 38;
    public static final int PR_CAP_AMBIENT = 47;
    public static final int PR_CAP_AMBIENT_RAISE = 2;
    public static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    // linux/key.h of the kernel's own headers: what a new session keyring's owner and user may do, and the right to find it
    public static final long KEY_NEW_SESSION = 0x3f130000L;
    public static final long KEY_USR_SEARCH = 0x00080000L;
    public static final long KEY_OTH_SEARCH = 0x00000008L;

    // linux/netlink.h
    public static final int NETLINK_ROUTE = 0;

    // linux/ioprio.h
    public static final int IOPRIO_WHO_PGRP = 2;

    // linux/personality.h
    public static final long PER_LINUX = 0x0000L;
    public static final long PER_LINUX32 = 0x0008L;

    // asm-generic/ioctls.h
    public static final int TIOCSCTTY = 0x540E;
    public static final int TIOCGPTPEER = 0x5441;

    // linux/close_range.h
    public static final int CLOSE_RANGE_CLOEXEC = 4;

    private Kernel() {}
}
