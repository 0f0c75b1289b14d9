/* WAIT: a child's whole life in the foreground, with the signals it is sent and the terminal it may have. */
#include "run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

enum {
    KEYBOARD_FD = 0,
    SCREEN_FD = 1,
    CHUNK = 4096, /* PIPE_BUF: a pipe that polls writable takes this much without blocking */
    REST_MS = 100,
};

/* Bytes on their way from one side to the other. */
struct chunk {
    char bytes[CHUNK];
    size_t from, to;
};

struct relay {
    int master; /* -1: no terminal */
    bool keyboard_open, screen_open;
    bool hung_up; /* nobody has the other side open: it may be opened again while the child lives */
    struct chunk keys, output;
};

static bool is_empty(const struct chunk *chunk)
{
    return chunk->from == chunk->to;
}

static long fill(struct chunk *chunk, int fd)
{
    long n = sys(SYS_read, fd, chunk->bytes, sizeof chunk->bytes);
    chunk->from = 0;
    chunk->to = n > 0 ? (size_t)n : 0;
    return n;
}

static bool again(long n)
{
    return n == -EAGAIN || n == -EINTR;
}

/* Anything but a full pipe ends the chunk: there is nobody left to take it. */
static bool drain(struct chunk *chunk, int fd)
{
    long n = sys(SYS_write, fd, chunk->bytes + chunk->from, chunk->to - chunk->from);
    if (again(n))
        return true;
    if (n > 0)
        chunk->from += (size_t)n;
    else
        chunk->from = chunk->to;
    return n > 0;
}

long copy_window_size(int terminal)
{
    struct winsize size = {0};
    for (int fd = 0; fd <= 2; fd++)
        if (sys(SYS_ioctl, fd, TIOCGWINSZ, &size) == 0)
            return sys(SYS_ioctl, terminal, TIOCSWINSZ, &size);
    return 0;
}

static void pass_on_signals(int signals, int pidfd, int master)
{
    struct signalfd_siginfo info = {0};
    while (sys(SYS_read, signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH && master >= 0)
            copy_window_size(master);
        else if (info.ssi_signo != SIGWINCH)
            sys(SYS_pidfd_send_signal, pidfd, info.ssi_signo, 0, 0);
    }
}

static void relay_terminal(struct relay *relay, const struct pollfd *keyboard, const struct pollfd *master,
                           const struct pollfd *screen)
{
    if (screen->revents && !drain(&relay->output, SCREEN_FD))
        relay->screen_open = false;
    if (master->revents && !is_empty(&relay->keys))
        drain(&relay->keys, relay->master);
    if (master->revents && is_empty(&relay->output)) {
        long n = fill(&relay->output, relay->master);
        relay->hung_up = n <= 0 && !again(n);
    }
    if (keyboard->revents && is_empty(&relay->keys)) {
        long n = fill(&relay->keys, KEYBOARD_FD);
        relay->keyboard_open = n > 0 || again(n);
    }
    if (!relay->screen_open) /* it must not stand still for that */
        relay->output.from = relay->output.to;
}

static int exit_code(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The child's status; its terminal's last bytes have been delivered by then. */
static long attend(struct relay *relay, long pid, int pidfd, int signals)
{
    bool ended = false;
    for (;;) {
        bool drained = is_empty(&relay->output);
        if (ended && (relay->master < 0 || (relay->hung_up && drained)))
            return reap(pid);

        bool listening = relay->master >= 0 && !relay->hung_up && (drained || !is_empty(&relay->keys));
        short master_events = (short)((drained ? POLLIN : 0) | (is_empty(&relay->keys) ? 0 : POLLOUT));
        struct pollfd fds[] = {
            {.fd = signals, .events = POLLIN},
            {.fd = ended ? -1 : pidfd, .events = POLLIN},
            {.fd = relay->keyboard_open && is_empty(&relay->keys) ? KEYBOARD_FD : -1, .events = POLLIN},
            {.fd = listening ? relay->master : -1, .events = master_events},
            {.fd = drained ? -1 : SCREEN_FD, .events = POLLOUT},
        };
        /* After the end someone else may hold the terminal open: what comes within a rest is waited for. */
        bool resting = (ended && drained) || relay->hung_up;
        struct timespec rest = {0, REST_MS * 1000000L};
        long n = sys(SYS_ppoll, fds, sizeof fds / sizeof *fds, resting ? &rest : NULL, 0);
        if (n < 0 && n != -EINTR)
            return n;
        if (n == 0 && ended)
            return reap(pid);
        if (n == 0)
            relay->hung_up = false; /* look again */
        if (n <= 0)
            continue;
        if (fds[0].revents)
            pass_on_signals(signals, pidfd, relay->master);
        if (fds[1].revents) {
            ended = true;
            relay->keyboard_open = false;
            relay->keys.from = relay->keys.to;
            relay->hung_up = false;
        }
        if (relay->master >= 0)
            relay_terminal(relay, &fds[2], &fds[3], &fds[4]);
    }
}

long wait_for(long pid, int pidfd, int master)
{
    static const uint64_t forwarded = ~(SIGNAL(SIGCHLD) | SIGNAL(SIGPIPE) | SIGNAL(SIGURG) | SIGNAL(SIGSEGV) | SIGNAL(SIGBUS) |
                                        SIGNAL(SIGFPE) | SIGNAL(SIGILL) | SIGNAL(SIGTRAP) | SIGNAL(SIGSYS));
    struct relay relay = {.master = master, .keyboard_open = master >= 0, .screen_open = true};
    struct termios cooked = {0};

    int signals = lifted(sys(SYS_signalfd4, -1, &forwarded, sizeof forwarded, SFD_CLOEXEC | SFD_NONBLOCK));
    if (signals < 0)
        return signals;
    bool terminal = master >= 0 && sys(SYS_ioctl, KEYBOARD_FD, TCGETS, &cooked) == 0;
    if (terminal) {
        struct termios raw = cooked;
        cfmakeraw(&raw);
        sys(SYS_ioctl, KEYBOARD_FD, TCSETS, &raw);
    }
    if (master >= 0) {
        set_nonblocking(master);
        copy_window_size(master);
    }
    long status = attend(&relay, pid, pidfd, signals);
    if (terminal)
        sys(SYS_ioctl, KEYBOARD_FD, TCSETS, &cooked);
    sys(SYS_close, signals);
    return status < 0 ? status : exit_code((int)status);
}
