/*
 * COPY_UP: what a folder of the root holds, into a new file system.
 *
 * The folder may be a hostile one, and change meanwhile: every step takes one name, relative to a descriptor, and follows no
 * link. Whoever makes the plan gives the source as a mount of its own without devices, so that opening a name has no effect.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    DEPTH_AT_MOST = 128,
    ENTRIES = 4096,     /* bytes of a folder's entries at a time */
    NAME = 19,          /* struct linux_dirent64: u64 inode, u64 offset, u16 length, u8 type, the name */
    LENGTH = 16,
    ATTRIBUTES = 65536, /* linux/limits.h: XATTR_LIST_MAX, XATTR_SIZE_MAX */
};

static long copy_folder(int from, int to, int depth);

static int open_entry(int folder, const char *name, int flags)
{
    return (int)sys(SYS_openat, folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
}

static long copy_data(int from, int to, long size)
{
    long r = sys(SYS_ftruncate, to, size);
    for (long at = 0, hole = 0; r >= 0 && at < size; at = hole) {
        at = sys(SYS_lseek, from, hole, SEEK_DATA);
        if (at == -ENXIO)
            return 0; /* a hole to the end */
        hole = at < 0 ? at : sys(SYS_lseek, from, at, SEEK_HOLE);
        if (hole < 0)
            return hole;
        if (hole > size) /* it grows as we read: enough is enough */
            hole = size;
        r = sys(SYS_lseek, to, at, SEEK_SET);
        while (r >= 0 && at < hole) {
            r = sys(SYS_sendfile, to, from, &at, hole - at);
            if (r == 0)
                return 0; /* it has been cut short */
        }
    }
    return r < 0 ? r : 0;
}

static long copy_extended(int from, int to)
{
    static char names[ATTRIBUTES + 1], value[ATTRIBUTES];
    long length = sys(SYS_flistxattr, from, names, ATTRIBUTES);
    if (length == -EOPNOTSUPP)
        return 0;
    if (length < 0 || length > ATTRIBUTES)
        return length;
    names[length] = '\0';
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        long size = sys(SYS_fgetxattr, from, name, value, sizeof value);
        if (size == -ENODATA)
            continue; /* gone meanwhile */
        long r = size < 0 ? size : sys(SYS_fsetxattr, to, name, value, size, 0);
        if (r < 0 && r != -EOPNOTSUPP && r != -EPERM) /* a kind that the new file system has none of, or not for us */
            return r;
    }
    return 0;
}

/* In the order in which none undoes another: a new owner takes set-user-id bits and capabilities away. */
static long copy_attributes(int from, int to)
{
    struct stat s = {0};
    long r = sys(SYS_fstat, from, &s);
    if (r == 0)
        r = sys(SYS_fchown, to, s.st_uid, s.st_gid);
    if (r == 0)
        r = sys(SYS_fchmod, to, s.st_mode & 07777);
    if (r == 0)
        r = copy_extended(from, to);
    if (r == 0) {
        const struct timespec times[] = {s.st_atim, s.st_mtim};
        r = sys(SYS_utimensat, to, 0, times, 0);
    }
    return r;
}

static long copy_opened(int source, int target, mode_t kind, int depth)
{
    struct stat s = {0};
    if (source < 0 || target < 0)
        return source < 0 ? source : target;
    long r = sys(SYS_fstat, source, &s);
    if (r == 0 && (s.st_mode & S_IFMT) != kind)
        r = -EAGAIN; /* something else has taken its place */
    if (r == 0)
        r = kind == S_IFDIR ? copy_folder(source, target, depth) : copy_data(source, target, s.st_size);
    return r < 0 ? r : copy_attributes(source, target);
}

static long copy_contents(int from, int to, const char *name, mode_t kind, int depth)
{
    bool folder = kind == S_IFDIR;
    int source = open_entry(from, name, folder ? O_RDONLY | O_DIRECTORY : O_RDONLY);
    long r = source < 0 || !folder ? 0 : sys(SYS_mkdirat, to, name, 0700);
    int target = r < 0        ? (int)r
                 : source < 0 ? -1
                              : open_entry(to, name, folder ? O_RDONLY | O_DIRECTORY : O_WRONLY | O_CREAT | O_EXCL);
    r = copy_opened(source, target, kind, depth);
    if (source >= 0)
        sys(SYS_close, source);
    if (target >= 0)
        sys(SYS_close, target);
    return r;
}

static long copy_link(int from, int to, const char *name)
{
    char target[PATH_MAX];
    long length = sys(SYS_readlinkat, from, name, target, sizeof target);
    if (length < 0 || length == sizeof target)
        return length < 0 ? length : -ENAMETOOLONG;
    target[length] = '\0';
    return sys(SYS_symlinkat, target, to, name);
}

static long copy_entry(int from, int to, const char *name, int depth)
{
    struct stat s = {0};
    long r = sys(SYS_newfstatat, from, name, &s, AT_SYMLINK_NOFOLLOW);
    mode_t kind = s.st_mode & S_IFMT;
    if (r < 0)
        return r;
    if (kind == S_IFDIR || kind == S_IFREG)
        return copy_contents(from, to, name, kind, depth);
    if (kind == S_IFLNK)
        r = copy_link(from, to, name);
    else
        r = sys(SYS_mknodat, to, name, s.st_mode, makedev(major(s.st_rdev), minor(s.st_rdev)));
    if (r == -EPERM && (kind == S_IFCHR || kind == S_IFBLK))
        return 0; /* nobody makes devices in a user namespace */
    if (r == 0)
        r = sys(SYS_fchownat, to, name, s.st_uid, s.st_gid, AT_SYMLINK_NOFOLLOW);
    const struct timespec times[] = {s.st_atim, s.st_mtim};
    return r < 0 ? r : sys(SYS_utimensat, to, name, times, AT_SYMLINK_NOFOLLOW);
}

static bool is_itself_or_parent(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static long copy_folder(int from, int to, int depth)
{
    char entries[ENTRIES];
    if (depth == 0)
        return -ELOOP;
    for (;;) {
        long length = sys(SYS_getdents64, from, entries, sizeof entries);
        if (length <= 0)
            return length;
        for (long at = 0; at < length;) {
            const char *name = entries + at + NAME;
            uint16_t step;
            memcpy(&step, entries + at + LENGTH, sizeof step);
            at += step;
            long r = is_itself_or_parent(name) ? 0 : copy_entry(from, to, name, depth - 1);
            if (r < 0 && r != -ENOENT) /* gone meanwhile */
                return r;
        }
    }
}

long copy_up(int from, int to, int what)
{
    struct stat s = {0};
    int source = (what & COPY_CONTENTS) != 0 ? open_entry(from, ".", O_RDONLY | O_DIRECTORY) : -1;
    int target = open_entry(to, ".", O_RDONLY | O_DIRECTORY);
    long r = (what & COPY_CONTENTS) != 0 && source < 0 ? source : target < 0 ? target : sys(SYS_fstat, from, &s);
    if (r == 0 && (what & COPY_CONTENTS) != 0)
        r = copy_folder(source, target, DEPTH_AT_MOST);
    if (r == 0 && (what & COPY_OWNER) != 0)
        r = sys(SYS_fchown, target, s.st_uid, s.st_gid);
    if (r == 0 && (what & COPY_MODE) != 0)
        r = sys(SYS_fchmod, target, s.st_mode & 07777);
    if (source >= 0)
        sys(SYS_close, source);
    if (target >= 0)
        sys(SYS_close, target);
    return r;
}
