/* OPEN_PROC and MAKE_USERNS: a process's files in /proc, and user namespaces without a process. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

long open_proc(long pid, const char *name, long flags)
{
    char path[64];
    int length = snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
    if (pid <= 0 || length >= (int)sizeof path)
        return -EINVAL;
    int fd = lifted(sys(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC));
    if (fd < 0)
        return fd;
    /* a link such as ns/user leads to a file system of its own */
    long r = expect_fs(fd, strncmp(name, "ns/", 3) == 0 ? NSFS_MAGIC : PROC_SUPER_MAGIC);
    if (r < 0)
        sys(SYS_close, fd);
    return r < 0 ? r : fd;
}

static long write_proc(long pid, const char *name, const char *bytes, long length)
{
    long fd = open_proc(pid, name, O_WRONLY);
    if (fd < 0)
        return fd;
    long r = write_all(fd, bytes, length);
    sys(SYS_close, fd);
    return r;
}

long make_userns(const char *uids, long uids_length, const char *gids, long gids_length)
{
    struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long maker = sys(SYS_getpid);
    long pid = sys(SYS_clone3, &args, sizeof args);
    if (pid == 0) {
        set_signal_mask(~UINT64_C(0)); /* it waits to be killed, by whoever made it or by its maker's death */
        sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        while (sys(SYS_getppid) == maker)
            sys(SYS_ppoll, NULL, 0, NULL, NULL);
        sys_exit(0);
    }
    if (pid < 0)
        return pid;
    long r = write_proc(pid, "uid_map", uids, uids_length);
    if (r == 0)
        r = write_proc(pid, "gid_map", gids, gids_length);
    long fd = r < 0 ? r : open_proc(pid, "ns/user", O_RDONLY);
    sys(SYS_kill, pid, SIGKILL);
    reap(pid);
    return fd;
}
