/* A copy of this executable that nothing can write to any more: a container sees it as /proc/PID/exe. */
#include "front.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_EXEC /* linux/memfd.h, since Linux 6.3 */
#define MFD_EXEC 0x0010u
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

extern char **environ;

static int make_copy_file(void)
{
    int copy = memfd_create("caisson", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    if (copy < 0 && errno == EINVAL)
        copy = memfd_create("caisson", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return lifted(copy);
}

static bool copy_all(int from, int to)
{
    ssize_t n;
    while ((n = sendfile(to, from, NULL, 1 << 30)) > 0)
        ;
    return n == 0;
}

const char *seal_and_continue(int connection, const char *dist)
{
    int self = lifted(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    if (self < 0)
        return "open /proc/self/exe";
    int copy = make_copy_file();
    if (copy < 0)
        return "create a sealed copy of the executable";
    if (!copy_all(self, copy) || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
        return "seal a copy of the executable";
    close(self);

    char connection_number[16], log_number[16];
    int log = say_descriptor();
    snprintf(connection_number, sizeof connection_number, "%d", connection);
    snprintf(log_number, sizeof log_number, "%d", log);
    fcntl(connection, F_SETFD, 0);
    if (log >= 0)
        fcntl(log, F_SETFD, 0);
    char *argv[] = {"caisson", "init", connection_number, (char *)dist, log_number, NULL};
    syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
    return "execute a sealed copy of the executable";
}

bool is_sealed(void)
{
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (self < 0)
        return false;
    int seals = fcntl(self, F_GET_SEALS);
    close(self);
    return seals >= 0 && (seals & SEALS) == SEALS;
}
