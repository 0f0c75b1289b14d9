/* HOOK: one program of the host's, fed some bytes, waited for with a limit. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void)
{
    struct timespec now = {0};
    sys(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long make_pipe(int ends[2])
{
    ends[0] = ends[1] = -1;
    long r = sys(SYS_pipe2, ends, O_CLOEXEC);
    if (r < 0)
        return r;
    ends[0] = lifted(ends[0]);
    ends[1] = lifted(ends[1]);
    return ends[0] < 0 ? ends[0] : ends[1] < 0 ? ends[1] : 0;
}

static void close_pipe(const int ends[2])
{
    sys(SYS_close, ends[0]);
    sys(SYS_close, ends[1]);
}

static _Noreturn void become_hook(long parent, int input, int outcome, const char *path, char *const argv[], char *const envp[])
{
    sys(SYS_setpgid, 0, 0);
    sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
    if (sys(SYS_getppid) != parent) /* it has ended already */
        sys_exit(127);
    default_signals();
    set_signal_mask(0);
    sys(SYS_dup3, input, 0, 0);
    sys(SYS_dup3, 2, 1, 0);
    sys(SYS_close_range, 3, UINT32_MAX, CLOSE_RANGE_CLOEXEC);
    int error = (int)-sys(SYS_execve, path, argv, envp);
    sys(SYS_write, outcome, &error, sizeof error);
    sys_exit(127);
}

/* Writes what the pipe takes: how many bytes are left, none once the hook has closed its end. */
static long feed(int pipe, const char **bytes, long left)
{
    long n = sys(SYS_write, pipe, *bytes, left);
    if (n < 0)
        return n == -EAGAIN || n == -EINTR ? left : 0;
    *bytes += n;
    return left - n;
}

/*
 * Whose end makes a hook pointless: the engine's for the front, the front's for its child. -1 where it has ended before, as
 * the front of `create` has when the container is started.
 */
static int superior(const struct run *run)
{
    struct pollfd fd = {.fd = run->in_child ? run->link : run->connection, .events = POLLRDHUP};
    struct timespec now = {0};
    return sys(SYS_ppoll, &fd, 1, &now, 0) == 0 ? fd.fd : -1;
}

/* -> 0 when the hook has ended, -ETIMEDOUT, -ECONNRESET when nobody waits for it any more, or -errno. */
static long attend(int pidfd, int above, int *input, const char *bytes, long left, long timeout_ms)
{
    long end = timeout_ms > 0 ? now_ms() + timeout_ms : 0;
    for (;;) {
        if (left <= 0 && *input >= 0) {
            sys(SYS_close, *input);
            *input = -1;
        }
        long rest = timeout_ms > 0 ? end - now_ms() : 0;
        if (timeout_ms > 0 && rest <= 0)
            return -ETIMEDOUT;
        struct timespec limit = {rest / 1000, rest % 1000 * 1000000};
        struct pollfd fds[] = {
            {.fd = pidfd, .events = POLLIN},
            {.fd = *input, .events = POLLOUT},
            {.fd = above, .events = POLLRDHUP},
        };
        long n = sys(SYS_ppoll, fds, sizeof fds / sizeof *fds, timeout_ms > 0 ? &limit : NULL, 0);
        if (n < 0 && n != -EINTR)
            return n;
        if (n > 0 && fds[0].revents)
            return 0;
        if (n > 0 && fds[2].revents)
            return -ECONNRESET;
        if (n > 0 && fds[1].revents)
            left = feed(*input, &bytes, left);
    }
}

long run_hook(struct run *run, const char *path, char *const argv[], char *const envp[], const char *bytes, long length,
              long timeout_ms)
{
    int input[2], outcome[2], pidfd = -1, error = 0;

    long r = make_pipe(input);
    if (r == 0 && (r = make_pipe(outcome)) < 0)
        close_pipe(outcome);
    if (r < 0) {
        close_pipe(input);
        return r;
    }
    set_nonblocking(input[1]);
    set_nonblocking(outcome[0]);

    struct clone_args args = {.flags = CLONE_PIDFD, .pidfd = (uint64_t)&pidfd, .exit_signal = SIGCHLD};
    long parent = sys(SYS_getpid), pid = sys(SYS_clone3, &args, sizeof args);
    if (pid == 0)
        become_hook(parent, input[0], outcome[1], path, argv, envp);
    sys(SYS_close, input[0]);
    sys(SYS_close, outcome[1]);
    if (pid < 0) {
        r = pid;
    } else {
        pidfd = lifted(pidfd);
        sys(SYS_setpgid, pid, pid); /* here as well, so that it is done before a timeout */
        r = attend(pidfd, superior(run), &input[1], bytes, length, timeout_ms);
        if (r < 0) {
            sys(SYS_kill, -pid, SIGKILL);
            sys(SYS_kill, pid, SIGKILL);
        }
        long status = reap(pid);
        if (r == 0 && sys(SYS_read, outcome[0], &error, sizeof error) == sizeof error) {
            r = -error;
        } else if (r == 0 && status != 0) {
            run->failure = (struct failure){run->operation, status < 0 ? (int)-status : 0, status < 0 ? 0 : (int)status, false};
            r = FAILED_AS_NOTED;
        }
    }
    sys(SYS_close, pidfd);
    sys(SYS_close, outcome[0]);
    if (input[1] >= 0)
        sys(SYS_close, input[1]);
    return r;
}
