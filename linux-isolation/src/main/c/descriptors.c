#include "sys.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    ABOVE_THE_CALLERS = 200,
    ABOVE_AN_ENGINES = 4, /* it has its connection at 3 */
};

int lifted(long fd)
{
    if (fd < 0 || fd >= ABOVE_THE_CALLERS)
        return (int)fd;
    long higher = sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, ABOVE_THE_CALLERS);
    if (higher < 0)
        higher = sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, ABOVE_AN_ENGINES); /* a low RLIMIT_NOFILE */
    sys(SYS_close, fd);
    return (int)higher;
}

bool set_nonblocking(int fd)
{
    long flags = sys(SYS_fcntl, fd, F_GETFL);
    return flags >= 0 && sys(SYS_fcntl, fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

uint64_t set_signal_mask(uint64_t mask)
{
    uint64_t before = 0;
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof mask);
    return before;
}

void default_signals(void)
{
    static const uint64_t action[4]; /* the kernel's struct sigaction: SIG_DFL, no flags, nothing masked */
    for (int n = 1; n <= 64; n++)
        sys(SYS_rt_sigaction, n, action, 0, sizeof(uint64_t));
}
