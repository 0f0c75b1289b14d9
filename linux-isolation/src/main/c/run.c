#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "sync.h"

#ifndef TIOCGPTPEER /* asm-generic/ioctls.h */
#define TIOCGPTPEER 0x5441
#endif
#ifndef AT_EACCESS /* linux/fcntl.h */
#define AT_EACCESS 0x200
#endif

#ifndef SYS_fchmodat2 /* asm-generic/unistd.h */
#define SYS_fchmodat2 452
#endif

/* ---- one syscall each, where it takes more than handing on the arguments ---------------------------------- */

static bool is_internal(const struct run *run, long fd)
{
    return fd >= 0 && (fd == run->connection || fd == run->link || fd == run->child_pidfd);
}

/* Within a root "..", and a link that has one, may have to be looked up again while anything anywhere is renamed or mounted. */
static long open_path(const long a[])
{
    enum { TRIES_AT_MOST = 1000 };
    struct open_how how = {(uint64_t)a[2] | O_CLOEXEC, (uint64_t)a[3], (uint64_t)a[4]};
    long fd;
    int tries = 0;
    do
        fd = sys(SYS_openat2, a[0], a[1], &how, sizeof how);
    while (fd == -EAGAIN && (how.resolve & (RESOLVE_IN_ROOT | RESOLVE_BENEATH)) && ++tries < TRIES_AT_MOST);
    return lifted(fd);
}

long write_all(long fd, const char *bytes, long length)
{
    while (length > 0) {
        long n = sys(SYS_write, fd, bytes, length);
        if (n == -EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? n : -EIO;
        bytes += n;
        length -= n;
    }
    return 0;
}

long expect_fs(long fd, long magic)
{
    struct statfs fs = {0};
    long r = sys(SYS_fstatfs, fd, &fs);
    if (r < 0)
        return r;
    return (uint32_t)fs.f_type == (uint32_t)magic ? 0 : -EXDEV;
}

/* chmod of a directory's entry itself: a symlink that took its place is not followed. */
static long change_mode(long directory, const char *name, long mode)
{
    long r = !name || strchr(name, '/') ? -EINVAL : sys(SYS_fchmodat2, directory, name, mode, AT_SYMLINK_NOFOLLOW);
    if (r != -ENOSYS)
        return r;

    /* Before Linux 6.6: the entry, held by a descriptor, through a /proc that is one. */
    int entry = lifted(sys(SYS_openat, directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    int proc = lifted(sys(SYS_openat, AT_FDCWD, "/proc", O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat s = {0};
    char link[32];
    snprintf(link, sizeof link, "self/fd/%d", entry);
    r = entry < 0 ? entry : proc < 0 ? proc : expect_fs(proc, PROC_SUPER_MAGIC);
    if (r == 0)
        r = sys(SYS_fstat, entry, &s);
    if (r == 0)
        r = S_ISLNK(s.st_mode) ? -EOPNOTSUPP : sys(SYS_fchmodat, proc, link, mode);
    sys(SYS_close, proc);
    sys(SYS_close, entry);
    return r;
}

static long checked_fsconfig(const long a[])
{
    switch (a[1]) {
    case FSCONFIG_SET_FLAG:
    case FSCONFIG_SET_STRING:
    case FSCONFIG_SET_FD:
    case FSCONFIG_CMD_CREATE:
    case FSCONFIG_CMD_RECONFIGURE:
        return sys(SYS_fsconfig, a[0], a[1], a[2], a[3], a[4]);
    default:
        return -EINVAL;
    }
}

static long checked_ioctl(const long a[])
{
    switch (a[1]) {
    case TIOCSCTTY:
        return sys(SYS_ioctl, a[0], a[1], a[2]);
    case TIOCGPTPEER:
        return lifted(sys(SYS_ioctl, a[0], a[1], a[2] | O_CLOEXEC));
    default:
        return -EINVAL;
    }
}

static long checked_prctl(const long a[])
{
    switch (a[0]) {
    case PR_SET_DUMPABLE:
    case PR_SET_KEEPCAPS:
    case PR_SET_NO_NEW_PRIVS:
    case PR_CAP_AMBIENT:
    case PR_CAPBSET_DROP:
    case PR_SET_PDEATHSIG:
    case PR_SET_CHILD_SUBREAPER:
    case PR_SET_SECUREBITS:
        return sys(SYS_prctl, a[0], a[1], a[2], a[3], a[4]);
    default:
        return -EINVAL;
    }
}

static long set_capabilities(const long a[])
{
    struct {
        uint32_t version;
        int pid;
    } header = {0x20080522, 0}; /* _LINUX_CAPABILITY_VERSION_3 */
    uint32_t sets[2][3];
    for (int i = 0; i < 3; i++) {
        sets[0][i] = (uint32_t)a[i];
        sets[1][i] = (uint32_t)((uint64_t)a[i] >> 32);
    }
    return sys(SYS_capset, &header, sets);
}

static long set_scheduling(const char *bytes, long length)
{
    uint32_t claimed = 0;
    if (length < 48) /* SCHED_ATTR_SIZE_VER0 */
        return -EINVAL;
    memcpy(&claimed, bytes, sizeof claimed);
    return claimed > length ? -E2BIG : sys(SYS_sched_setattr, 0, bytes, 0);
}

static long set_memory_policy(long mode, const char *mask, long length)
{
    if (length % (long)sizeof(long) != 0)
        return -EINVAL;
    return sys(SYS_set_mempolicy, mode, length ? mask : NULL, length ? length * 8 + 1 : 0);
}

/* A child becomes what it executes: nothing of the front's signals, and the parent knows. */
static void about_to_exec(struct run *run)
{
    if (run->ready_to_exec)
        return;
    default_signals();
    set_signal_mask(0);
    run->ready_to_exec = true;
    if (run->in_child)
        send_message(run->link, (struct message){.kind = MESSAGE_EXECUTING}, -1);
}

static long install_filter(struct run *run, long flags, char *filter, long length)
{
    if (length % (long)sizeof(struct sock_filter) != 0 || length / (long)sizeof(struct sock_filter) > USHRT_MAX)
        return -EINVAL;
    if (run->in_child)
        about_to_exec(run);
    struct sock_fprog program = {(unsigned short)(length / (long)sizeof(struct sock_filter)), (void *)filter};
    return sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* ---- composite ---------------------------------------------------------------------------------------------- */

static long expect_device(long fd, const long a[])
{
    struct stat s = {0};
    long r = sys(SYS_fstat, fd, &s);
    if (r < 0)
        return r;
    bool same = (s.st_mode & S_IFMT) == ((unsigned)a[1] & S_IFMT) && major(s.st_rdev) == (unsigned)a[2] &&
                minor(s.st_rdev) == (unsigned)a[3];
    return same ? 0 : -ENXIO;
}

static long expect_cwd(void)
{
    char path[PATH_MAX] = "";
    struct stat s = {0};
    long r = sys(SYS_getcwd, path, sizeof path);
    if (r < 0)
        return r;
    if (path[0] != '/') /* "(unreachable)…" */
        return -ENOENT;
    r = sys(SYS_newfstatat, AT_FDCWD, ".", &s, 0);
    return r == -EACCES ? 0 : r; /* it was entered with more rights, and is there */
}

static long find_executable(char *const candidates[])
{
    bool exists = false;
    for (int i = 0; candidates[i]; i++) {
        struct stat s = {0};
        long r = sys(SYS_newfstatat, AT_FDCWD, candidates[i], &s, 0);
        if (r < 0) {
            exists |= r == -EACCES;
            continue;
        }
        exists = true;
        if (S_ISREG(s.st_mode) && sys(SYS_faccessat2, AT_FDCWD, candidates[i], X_OK, AT_EACCESS) == 0)
            return i;
    }
    return exists ? -EACCES : -ENOENT;
}

static long execute(struct run *run, char *const candidates[], long index, char *const argv[], char *const envp[])
{
    if (index < 0)
        return -EINVAL;
    for (long i = 0; i <= index; i++)
        if (!candidates[i])
            return -EINVAL;
    about_to_exec(run);
    return sys(SYS_execve, candidates[index], argv, envp);
}

static long connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    int fd = lifted(sys(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd < 0)
        return fd;
    long r = sys(SYS_connect, fd, &address, sizeof address);
    if (r < 0)
        sys(SYS_close, fd);
    return r < 0 ? r : fd;
}

static long patch_pid(char *bytes, long width, long pid)
{
    if (pid == 0)
        pid = sys(SYS_getpid);
    if (pid < 0)
        return -EINVAL;
    do {
        if (width == 0)
            return -ERANGE;
        bytes[--width] = (char)('0' + pid % 10);
        pid /= 10;
    } while (pid > 0);
    memset(bytes, ' ', (size_t)width);
    return 0;
}

static long await_start(long fifo)
{
    for (;;) {
        char byte;
        long n = sys(SYS_read, fifo, &byte, 1);
        if (n != -EINTR)
            return n == 0 ? -EPIPE : n < 0 ? n : 0;
    }
}

static long own_stdio(unsigned uid)
{
    for (int fd = 0; fd <= 2; fd++) {
        struct stat s = {0};
        if (sys(SYS_fstat, fd, &s) < 0 || s.st_uid == uid)
            continue;
        if (S_ISCHR(s.st_mode) && s.st_rdev == makedev(1, 3))
            continue;
        long r = sys(SYS_fchown, fd, uid, -1);
        if (r < 0 && r != -EINVAL && r != -EPERM && r != -EROFS)
            return r;
    }
    return 0;
}

static long set_window_size(int terminal, long rows, long columns)
{
    if (rows == 0 && columns == 0)
        return copy_window_size(terminal);
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    return sys(SYS_ioctl, terminal, TIOCSWINSZ, &size);
}

/* ---- the child ---------------------------------------------------------------------------------------------- */

static bool run_section(struct run *run, struct plan *plan, uint32_t from, uint32_t to);

static _Noreturn void be_child(struct run *run, struct plan *plan)
{
    run->in_child = true;
    if (!run_section(run, plan, plan->child, plan->end)) {
        struct failure f = run->failure;
        struct message m = {MESSAGE_FAILED, f.operation, f.error, f.detail};
        uint32_t label = plan->operations[f.operation].label;
        if (send_message(run->link, m, -1) < 0 && label != 0) {
            /* Nobody waits any more: the container's stderr is the one place left to say it. */
            const char *words[] = {"caisson: ", plan->data + label, ": ", strerror(f.error), "\n"};
            for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                write_all(2, words[i], (long)strlen(words[i]));
        }
        sys_exit(1);
    }
    sys_exit(0);
}

static void forget_child(struct run *run)
{
    sys(SYS_close, run->link);
    sys(SYS_close, run->child_pidfd);
    run->child = 0;
    run->link = run->child_pidfd = -1;
}

static void hold_signals(struct run *run)
{
    if (!run->signals_held)
        run->callers_mask = set_signal_mask(~UINT64_C(0));
    run->signals_held = true;
}

static void release_signals(struct run *run)
{
    if (run->signals_held)
        set_signal_mask(run->callers_mask);
    run->signals_held = false;
}

static const uint64_t NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                   CLONE_NEWNET | CLONE_NEWTIME;

static long make_child(struct run *run, struct plan *plan, const struct operation *op, const long a[])
{
    int pair[2] = {-1, -1}, pidfd = -1;

    if (run->child != 0)
        return -EBUSY;
    if (((uint64_t)a[0] & ~NAMESPACES) != 0)
        return -EINVAL;
    long r = sys(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
    if (r < 0)
        return r;
    int ours = lifted(pair[0]), theirs = lifted(pair[1]);
    hold_signals(run);

    struct clone_args args = {
        .flags = (uint64_t)a[0] | CLONE_PIDFD | (a[1] >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)&pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = a[1] >= 0 ? (uint64_t)a[1] : 0,
    };
    r = ours < 0 ? ours : theirs < 0 ? theirs : sys(SYS_clone3, &args, sizeof args);
    if (r == 0) {
        sys(SYS_close, ours);
        sys(SYS_close, run->connection);
        run->connection = -1;
        run->link = theirs;
        set_signal_mask(0);
        be_child(run, plan);
    }
    sys(SYS_close, theirs);
    if (r < 0) {
        sys(SYS_close, ours);
        return r;
    }
    run->child = r;
    run->child_pidfd = lifted(pidfd);
    run->link = ours;
    run->detached = run->child_executing = false;
    if (op->dst2 != NO_REGISTER) /* one of its own, which the plan may close */
        run->registers[op->dst2] = lifted(sys(SYS_fcntl, run->child_pidfd, F_DUPFD_CLOEXEC, 0));
    return r;
}

long reap(long pid)
{
    int status = 0;
    long r;
    do
        r = sys(SYS_wait4, pid, &status, 0, 0);
    while (r == -EINTR);
    return r < 0 ? r : status;
}

static long kill_child(struct run *run)
{
    if (run->child == 0)
        return -ECHILD;
    sys(SYS_pidfd_send_signal, run->child_pidfd, SIGKILL, 0, 0);
    reap(run->child);
    forget_child(run);
    return 0;
}

static long fail_as(struct run *run, struct failure failure)
{
    run->failure = failure;
    return FAILED_AS_NOTED;
}

/* Whether the child has closed its end by dying of the filter that it had just loaded, not by executing. */
static bool has_ended(const struct run *run)
{
    struct pollfd ended = {.fd = run->child_pidfd, .events = POLLIN};
    struct timespec limit = {1, 0}; /* its descriptors are closed a moment before it is dead */
    return sys(SYS_ppoll, &ended, 1, &limit, 0) == 1;
}

/* A child that nobody asks for any more, since the engine is gone, is not waited for. */
static long await_word(const struct run *run)
{
    struct pollfd fds[] = {{.fd = run->link, .events = POLLIN}, {.fd = run->connection, .events = POLLRDHUP}};
    long n;
    do
        n = sys(SYS_ppoll, fds, 2, NULL, 0);
    while (n == -EINTR);
    return n < 0 ? n : fds[1].revents && !fds[0].revents ? -ECONNRESET : 0;
}

/*
 * Waits for a message of this kind, or with MESSAGE_NONE for the end of file that a successful exec brings. With a sender,
 * it is told who sent the message.
 */
static long await_message(struct run *run, enum message_kind wanted, int *fd, long *sender)
{
    struct message m;
    if (run->child == 0 || run->link < 0)
        return -ECHILD;
    for (;;) {
        long n = await_word(run);
        if (n == 0)
            n = sender ? receive_message_from(run->link, &m, sender) : receive_message(run->link, &m, fd);
        if (n < 0)
            return n;
        if (n == 0 && run->child_executing && wanted == MESSAGE_NONE)
            return 0;
        if (n == 0 && run->child_executing && !has_ended(run))
            return -EPROTO;
        if (n == 0) {
            long status = reap(run->child);
            forget_child(run);
            return fail_as(run, (struct failure){run->operation, ECHILD, (int32_t)status, false});
        }
        if (m.kind == MESSAGE_FAILED)
            return fail_as(run, (struct failure){m.operation, m.error, m.detail, true});
        if (m.kind == MESSAGE_EXECUTING) {
            run->child_executing = true;
            continue;
        }
        run->told = m.detail;
        return m.kind == wanted ? 0 : -EPROTO;
    }
}

static long await_child(struct run *run, enum message_kind wanted, int *fd)
{
    return await_message(run, wanted, fd, NULL);
}

static long await_parent(struct run *run)
{
    struct message m;
    long n = receive_message(run->link, &m, NULL);
    if (n == 0)
        sys_exit(1);
    return n < 0 ? n : m.kind == MESSAGE_GO ? 0 : -EPROTO;
}

static long tell_child(struct run *run)
{
    if (run->child == 0)
        return -ECHILD;
    long r = send_message(run->link, (struct message){.kind = MESSAGE_GO}, -1);
    return r == -EPIPE ? await_child(run, MESSAGE_GO, NULL) : r; /* it has ended: say why */
}

static long pass_credentials(int link, int on)
{
    return sys(SYS_setsockopt, link, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

/*
 * A process can't enter a pid or time namespace, and gives up the rights that it had outside when it enters a user namespace:
 * what needs those rights is done first, and the rest by a second process, a child of the same parent.
 */
static long make_again(struct run *run, uint64_t namespaces)
{
    if ((namespaces & ~NAMESPACES) != 0)
        return -EINVAL;
    long r = pass_credentials(run->link, 1);
    if (r < 0)
        return r;
    struct clone_args args = {.flags = namespaces | CLONE_PARENT};
    r = sys(SYS_clone3, &args, sizeof args);
    if (r > 0)
        sys_exit(0);
    if (r == 0)
        r = send_message(run->link, (struct message){.kind = MESSAGE_REBORN}, -1);
    return r < 0 ? r : await_parent(run);
}

static long adopt_child(struct run *run, const struct operation *op)
{
    long pid = 0;
    long r = run->child == 0 ? -ECHILD : pass_credentials(run->link, 1);
    if (r == 0)
        r = await_message(run, MESSAGE_REBORN, NULL, &pid);
    if (r == 0)
        r = pid > 0 ? pass_credentials(run->link, 0) : -EPROTO;
    if (r < 0)
        return r;
    reap(run->child);
    long pidfd = lifted(sys(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) {
        sys(SYS_kill, pid, SIGKILL);
        reap(pid);
        forget_child(run);
        return pidfd;
    }
    sys(SYS_close, run->child_pidfd);
    run->child = pid;
    run->child_pidfd = (int)pidfd;
    if (op->dst2 != NO_REGISTER)
        run->registers[op->dst2] = lifted(sys(SYS_fcntl, pidfd, F_DUPFD_CLOEXEC, 0));
    return pid;
}

static long receive_fd(struct run *run)
{
    int fd = -1;
    long r = await_child(run, MESSAGE_FD, &fd);
    if (r == 0 && fd < 0)
        r = -EPROTO;
    if (r < 0 && fd >= 0)
        sys(SYS_close, fd);
    return r < 0 ? r : fd;
}

static long tell_fd(const struct run *run, long fd)
{
    struct message message = {.kind = MESSAGE_NUMBER, .detail = (int32_t)fd};
    return fd < 0 ? -EBADF : write_all(run->link, (const char *)&message, sizeof message);
}

static long take_fd(struct run *run)
{
    long r = await_child(run, MESSAGE_NUMBER, NULL);
    return r < 0 ? r : lifted(sys(SYS_pidfd_getfd, run->child_pidfd, run->told, 0));
}

static long wait_child(struct run *run, const long a[])
{
    if (a[0] <= 0)
        return -EINVAL;
    hold_signals(run);
    long code = wait_for(a[0], (int)a[1], (int)a[2]);
    if (code >= 0) {
        if (a[0] == run->child)
            forget_child(run);
        run->waited = true;
        run->exit_code = (int)code;
    }
    return code;
}

/* ---- the interpreter ---------------------------------------------------------------------------------------- */

/* Which arguments are 64 bits wide; the kernel would cut the others short in silence. */
static bool is_wide(const struct operation *op, int k)
{
    switch (op->code) {
    case OP_OPENAT2:
    case OP_MOUNT:
    case OP_MOUNT_SETATTR:
    case OP_PRCTL:
    case OP_IOCTL:
    case OP_CAPSET:
    case OP_CLONE:
    case OP_RECLONE:
        return true;
    case OP_PRLIMIT:
        return k > 1;
    default:
        return false;
    }
}

/* The arguments as a syscall takes them: integers, and pointers into the plan's memory. */
static long resolve(const struct run *run, struct plan *plan, const struct operation *op, long a[ARGUMENT_COUNT])
{
    const char *letters = shapes[op->code].arguments;
    char **pointers = plan->pointers;

    memset(a, 0, ARGUMENT_COUNT * sizeof *a);
    for (int k = 0; letters[k]; k++) {
        int64_t value = op->kind[k] == REGISTER ? run->registers[op->value[k]] : op->value[k];
        a[k] = value;
        if (letters[k] == 'l') {
            long count = plan_list(plan, value, pointers);
            if (count < 0)
                return -EFAULT;
            a[k] = (long)pointers;
            pointers += count + 1;
        } else if (op->kind[k] == DATA) {
            a[k] = (long)(plan->data + value);
        } else if (letters[k] == 'f' || (letters[k] == 'i' && !is_wide(op, k))) {
            if (value < INT_MIN || value > (letters[k] == 'f' ? INT_MAX : (int64_t)UINT32_MAX))
                return -ERANGE;
        }
    }
    return 0;
}

static long perform(struct run *run, struct plan *plan, const struct operation *op)
{
    long a[ARGUMENT_COUNT];
    long r = resolve(run, plan, op, a);
    if (r < 0)
        return r;

    switch ((enum operation_code)op->code) {
    case OP_OPENAT2:
        return open_path(a);
    case OP_CLOSE:
        return is_internal(run, a[0]) ? -EBADF : sys(SYS_close, a[0]);
    case OP_CLOSE_RANGE:
        return sys(SYS_close_range, a[0], a[1], a[2] | CLOSE_RANGE_CLOEXEC);
    case OP_DUP3:
        if (is_internal(run, a[0]) || is_internal(run, a[1]) || (a[2] & ~(long)O_CLOEXEC) != 0)
            return -EINVAL;
        if (a[0] == a[1])
            return sys(SYS_fcntl, a[0], F_SETFD, a[2] ? FD_CLOEXEC : 0);
        return sys(SYS_dup3, a[0], a[1], a[2]);
    case OP_MKDIRAT:
        return sys(SYS_mkdirat, a[0], a[1], a[2]);
    case OP_MKNODAT:
        return sys(SYS_mknodat, a[0], a[1], a[2], makedev((unsigned)a[3], (unsigned)a[4]));
    case OP_SYMLINKAT:
        return sys(SYS_symlinkat, a[0], a[1], a[2]);
    case OP_UNLINKAT:
        return sys(SYS_unlinkat, a[0], a[1], a[2]);
    case OP_FCHOWNAT:
        return sys(SYS_fchownat, a[0], a[1], a[2], a[3], a[4]);
    case OP_FCHMODAT:
        return change_mode(a[0], (const char *)a[1], a[2]);
    case OP_FCHDIR:
        return sys(SYS_fchdir, a[0]);
    case OP_CHDIR:
        return sys(SYS_chdir, a[0]);
    case OP_CHROOT:
        return sys(SYS_chroot, a[0]);
    case OP_PIVOT_ROOT:
        return sys(SYS_pivot_root, a[0], a[1]);
    case OP_UMOUNT2:
        return sys(SYS_umount2, a[0], a[1]);
    case OP_MOUNT:
        return sys(SYS_mount, a[0], a[1], a[2], a[3], a[4]);
    case OP_OPEN_TREE:
        return lifted(sys(SYS_open_tree, a[0], a[1], a[2] | OPEN_TREE_CLOEXEC));
    case OP_MOVE_MOUNT:
        return sys(SYS_move_mount, a[0], a[1], a[2], a[3], a[4]);
    case OP_FSOPEN:
        return lifted(sys(SYS_fsopen, a[0], a[1] | FSOPEN_CLOEXEC));
    case OP_FSCONFIG:
        return checked_fsconfig(a);
    case OP_FSMOUNT:
        return lifted(sys(SYS_fsmount, a[0], a[1] | FSMOUNT_CLOEXEC, a[2]));
    case OP_MOUNT_SETATTR: {
        struct mount_attr attr = {(uint64_t)a[3], (uint64_t)a[4], (uint64_t)a[5], a[6] >= 0 ? (uint64_t)a[6] : 0};
        return sys(SYS_mount_setattr, a[0], a[1], a[2], &attr, sizeof attr);
    }
    case OP_SETNS:
        return sys(SYS_setns, a[0], a[1]);
    case OP_UNSHARE:
        return sys(SYS_unshare, a[0]);
    case OP_SETHOSTNAME:
        return sys(SYS_sethostname, a[0], a[1]);
    case OP_SETDOMAINNAME:
        return sys(SYS_setdomainname, a[0], a[1]);
    case OP_WRITE:
        return write_all(a[0], (const char *)a[1], a[2]);
    case OP_SETSID:
        return sys(SYS_setsid);
    case OP_IOCTL:
        return checked_ioctl(a);
    case OP_PRCTL:
        return checked_prctl(a);
    case OP_CAPSET:
        return set_capabilities(a);
    case OP_SETRESUID:
        return sys(SYS_setresuid, a[0], a[1], a[2]);
    case OP_SETRESGID:
        return sys(SYS_setresgid, a[0], a[1], a[2]);
    case OP_SETGROUPS:
        return a[1] % 4 != 0 ? -EINVAL : sys(SYS_setgroups, a[1] / 4, a[0]);
    case OP_PRLIMIT: {
        uint64_t limits[2] = {(uint64_t)a[2], (uint64_t)a[3]};
        return sys(SYS_prlimit64, a[0], a[1], limits, 0);
    }
    case OP_UMASK:
        return sys(SYS_umask, a[0]);
    case OP_JOIN_KEYRING:
        r = sys(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, a[0]);
        return r < 0 || a[1] == 0 ? r : sys(SYS_keyctl, KEYCTL_SETPERM, r, a[1]);
    case OP_PERSONALITY:
        return sys(SYS_personality, a[0]);
    case OP_IOPRIO_SET:
        return sys(SYS_ioprio_set, a[0], a[1], a[2]);
    case OP_SCHED_SETATTR:
        return set_scheduling((const char *)a[0], a[1]);
    case OP_SCHED_SETAFFINITY:
        return sys(SYS_sched_setaffinity, 0, a[1], a[0]);
    case OP_SET_MEMPOLICY:
        return set_memory_policy(a[0], (const char *)a[1], a[2]);
    case OP_SECCOMP_FILTER:
        return install_filter(run, a[0], (char *)a[1], a[2]);
    case OP_PIDFD_SEND_SIGNAL:
        return sys(SYS_pidfd_send_signal, a[0], a[1], 0, 0);
    case OP_FSPICK:
        return lifted(sys(SYS_fspick, a[0], a[1], a[2] | FSPICK_CLOEXEC));

    case OP_CLONE:
        return make_child(run, plan, op, a);
    case OP_MAKE_IN_ROOT:
        return make_in_root((int)a[0], (const char *)a[1], (int)a[2], (unsigned)a[3]);
    case OP_COPY_UP:
        return copy_up((int)a[0], (int)a[1], (int)a[2]);
    case OP_EXPECT_FS:
        return expect_fs(a[0], a[1]);
    case OP_REFUSE_FS:
        r = expect_fs(a[0], a[1]);
        return r == 0 ? -EXDEV : r == -EXDEV ? 0 : r;
    case OP_EXPECT_DEVICE:
        return expect_device(a[0], a);
    case OP_EXPECT_CWD:
        return expect_cwd();
    case OP_EXPECT_OPEN:
        r = is_internal(run, a[0]) ? -EBADF : sys(SYS_fcntl, a[0], F_GETFD);
        return r < 0 ? r : 0;
    case OP_FIND_EXECUTABLE:
        return find_executable((char *const *)a[0]);
    case OP_EXEC:
        return execute(run, (char *const *)a[0], a[1], (char *const *)a[2], (char *const *)a[3]);
    case OP_TELL_PARENT:
        return send_message(run->link, (struct message){.kind = MESSAGE_GO}, -1);
    case OP_AWAIT_PARENT:
        return await_parent(run);
    case OP_TELL_CHILD:
        return tell_child(run);
    case OP_AWAIT_CHILD:
        return await_child(run, MESSAGE_GO, NULL);
    case OP_AWAIT_EXEC:
        return await_child(run, MESSAGE_NONE, NULL);
    case OP_SEND_FD:
        if (a[0] == -1 && !run->in_child)
            return -EBADF;
        if (a[0] == -1)
            return send_message(run->link, (struct message){.kind = MESSAGE_FD}, (int)a[1]);
        return send_bytes((int)a[0], a[3] ? (const char *)a[2] : "", a[3] ? a[3] : 1, (int)a[1]);
    case OP_RECEIVE_FD:
        return receive_fd(run);
    case OP_TELL_FD:
        return tell_fd(run, a[0]);
    case OP_TAKE_FD:
        return take_fd(run);
    case OP_CONNECT:
        return connect_to((const char *)a[0]);
    case OP_HOOK:
        return run_hook(run, (const char *)a[0], (char *const *)a[1], (char *const *)a[2], (const char *)a[3], a[4], a[5]);
    case OP_PATCH_PID:
        return patch_pid((char *)a[0], a[1], a[2]);
    case OP_WAIT:
        return wait_child(run, a);
    case OP_OWN_STDIO:
        return own_stdio((unsigned)a[0]);
    case OP_WINDOW_SIZE:
        return set_window_size((int)a[0], a[1], a[2]);
    case OP_UNLOCK_PTY: {
        int unlocked = 0;
        return sys(SYS_ioctl, a[0], TIOCSPTLCK, &unlocked);
    }
    case OP_AWAIT_START:
        return await_start(a[0]);
    case OP_KILL_CHILD:
        return kill_child(run);
    case OP_FILL_HOME:
        return fill_home((char *)a[0], a[1], (unsigned)a[2]);
    case OP_SKIP:
        return 0;
    case OP_RECLONE:
        return make_again(run, (uint64_t)a[0]);
    case OP_ADOPT_CHILD:
        return adopt_child(run, op);
    case OP_OPEN_PROC:
        return open_proc(a[0], (const char *)a[1], a[2]);
    case OP_NETLINK:
        return lifted(sys(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, a[0]));
    case OP_FSETXATTR:
        return sys(SYS_fsetxattr, a[0], a[1], a[2], a[3], 0);
    case OP_MAKE_USERNS:
        return make_userns((const char *)a[0], a[1], (const char *)a[2], a[3]);
    case OP_DETACH_CHILD:
        run->detached = true;
        sys(SYS_close, run->link); /* the child can tell from now on that nobody listens */
        run->link = -1;
        release_signals(run);
        return 0;

    case OPERATION_LIMIT:
        break;
    }
    return -ENOSYS;
}

static bool is_tolerated(const struct operation *op, long result)
{
    for (size_t i = 0; i < sizeof op->tolerated && op->tolerated[i]; i++)
        if (result == -op->tolerated[i])
            return true;
    return false;
}

static bool run_section(struct run *run, struct plan *plan, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        if (i == plan->child && plan->end > i && !run->in_child) {
            i = plan->end - 1;
            continue;
        }
        const struct operation *op = &plan->operations[i];
        run->operation = i;
        long result = perform(run, plan, op);
        if (result < 0 && !is_tolerated(op, result)) {
            if (result != FAILED_AS_NOTED)
                run->failure = (struct failure){i, (int32_t)-result, 0, false};
            return false;
        }
        if (result < 0 || op->code == OP_SKIP)
            i += op->skip;
        if (op->dst != NO_REGISTER)
            run->registers[op->dst] = result < 0 ? -1 : result;
    }
    return true;
}

void run_begin(struct run *run, int connection)
{
    *run = (struct run){.connection = connection, .link = -1, .child_pidfd = -1};
    memset(run->registers, 0xff, sizeof run->registers);
}

void run_plan(struct run *run, void *memory, size_t length, const int *fds, uint32_t fd_count, struct report *report)
{
    struct plan plan;
    uint32_t fault;
    bool well_formed = plan_check(&plan, memory, length, &fault) == NULL && plan.header->fd_count == fd_count;

    for (uint32_t i = 0; i < fd_count; i++) {
        if (well_formed)
            run->registers[plan.header->first_fd_register + i] = fds[i];
        else
            sys(SYS_close, fds[i]);
    }
    run->failure = (struct failure){0};
    bool done = well_formed && run_section(run, &plan, 0, plan.header->operation_count);
    if (!well_formed)
        run->failure = (struct failure){fault, EINVAL, 0, false};

    *report = (struct report){
        .status = done ? 0 : -1,
        .operation = run->failure.operation,
        .error = run->failure.error,
        .detail = run->failure.detail,
        .in_child = run->failure.in_child,
    };
    memcpy(report->registers, run->registers, sizeof report->registers);
}

void run_end(struct run *run)
{
    if (!run->detached)
        kill_child(run);
    release_signals(run);
}
