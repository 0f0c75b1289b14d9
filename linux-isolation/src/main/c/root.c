/* MAKE_IN_ROOT: what a container's root file system holds at a path, made where it is missing, never outside it. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
    LINKS_AT_MOST = 40,
    TRIES_AT_MOST = 1000, /* when something is being renamed or removed under our feet */
    DIRECTORY = 0,
    FILE_NODE = 1,
};

/* The path so far, without symlinks, relative to the root; and what is still to be resolved. */
struct walk {
    char done[PATH_MAX];
    char rest[2 * PATH_MAX];
};

static long open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = {flags | O_PATH | O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve};
    long fd;
    int tries = 0;
    do
        fd = sys(SYS_openat2, root, path[0] ? path : ".", &how, sizeof how);
    while (fd == -EAGAIN && ++tries < TRIES_AT_MOST);
    return lifted(fd);
}

/* Takes the next component off `rest`: false when there is none. */
static bool next_component(struct walk *walk, char name[NAME_MAX + 1], long *error)
{
    char *start = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(start, "/");
    if (length == 0)
        return false;
    if (length > NAME_MAX) {
        *error = -ENAMETOOLONG;
        return false;
    }
    memcpy(name, start, length);
    name[length] = '\0';
    memmove(walk->rest, start + length, strlen(start + length) + 1);
    return true;
}

static long append(struct walk *walk, const char *name)
{
    size_t length = strlen(walk->done), more = strlen(name);
    if (length + 1 + more >= sizeof walk->done)
        return -ENAMETOOLONG;
    if (length > 0)
        walk->done[length++] = '/';
    memcpy(walk->done + length, name, more + 1);
    return 0;
}

static void drop_last(struct walk *walk)
{
    char *slash = strrchr(walk->done, '/');
    *(slash ? slash : walk->done) = '\0';
}

static long follow(struct walk *walk, long link)
{
    char target[PATH_MAX];
    long length = sys(SYS_readlinkat, link, "", target, sizeof target);
    if (length < 0)
        return length;
    size_t rest = strlen(walk->rest);
    if (length == 0)
        return -ENOENT;
    if ((size_t)length >= sizeof target || (size_t)length + rest >= sizeof walk->rest)
        return -ENAMETOOLONG;
    memmove(walk->rest + length, walk->rest, rest + 1);
    memcpy(walk->rest, target, (size_t)length);
    if (target[0] == '/')
        walk->done[0] = '\0';
    return 0;
}

static long create(int root, const struct walk *walk, const char *name, int kind, unsigned mode)
{
    bool last = walk->rest[strspn(walk->rest, "/")] == '\0';
    long parent = open_in_root(root, walk->done, O_DIRECTORY, RESOLVE_NO_SYMLINKS);
    if (parent < 0)
        return parent;
    long r;
    if (last && kind == FILE_NODE) {
        r = sys(SYS_openat, parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, mode ? mode : 0644);
        if (r >= 0)
            r = sys(SYS_close, r);
    } else {
        r = sys(SYS_mkdirat, parent, name, last && mode ? mode : 0755);
    }
    sys(SYS_close, parent);
    return r == -EEXIST ? 0 : r; /* someone was faster: look at what it is */
}

/* One component further: 0, or -errno. */
static long step(int root, struct walk *walk, const char *name, int kind, unsigned mode, int *links)
{
    if (strcmp(name, ".") == 0)
        return 0;
    if (strcmp(name, "..") == 0) {
        drop_last(walk);
        return 0;
    }
    for (int tries = 0; tries < TRIES_AT_MOST; tries++) {
        size_t before = strlen(walk->done);
        long r = append(walk, name);
        if (r < 0)
            return r;
        long fd = open_in_root(root, walk->done, O_NOFOLLOW, 0);
        if (fd == -ENOENT) {
            walk->done[before] = '\0';
            r = create(root, walk, name, kind, mode);
            if (r < 0)
                return r;
            continue;
        }
        if (fd < 0)
            return fd;
        struct stat s = {0};
        r = sys(SYS_fstat, fd, &s);
        if (r == 0 && S_ISLNK(s.st_mode)) {
            walk->done[before] = '\0';
            r = ++*links > LINKS_AT_MOST ? -ELOOP : follow(walk, fd);
        }
        sys(SYS_close, fd);
        return r;
    }
    return -EAGAIN;
}

static long of_kind(long fd, int kind)
{
    struct stat s = {0};
    long r = sys(SYS_fstat, fd, &s);
    if (r == 0 && kind == DIRECTORY && !S_ISDIR(s.st_mode))
        r = -ENOTDIR;
    if (r == 0 && kind == FILE_NODE && S_ISDIR(s.st_mode))
        r = -EISDIR;
    if (r == 0)
        return fd;
    sys(SYS_close, fd);
    return r;
}

long make_in_root(int root, const char *path, int kind, unsigned mode)
{
    struct walk walk = {0};
    char name[NAME_MAX + 1];
    int links = 0;
    long r = 0;

    if (kind != DIRECTORY && kind != FILE_NODE)
        return -EINVAL;
    if (strlen(path) >= PATH_MAX)
        return -ENAMETOOLONG;
    long fd = open_in_root(root, path, 0, 0);
    if (fd == -ENOENT) {
        memcpy(walk.rest, path, strlen(path) + 1);
        while (r == 0 && next_component(&walk, name, &r))
            r = step(root, &walk, name, kind, mode, &links);
        if (r < 0)
            return r;
        fd = open_in_root(root, walk.done, 0, RESOLVE_NO_SYMLINKS);
    }
    return fd < 0 ? fd : of_kind(fd, kind);
}
