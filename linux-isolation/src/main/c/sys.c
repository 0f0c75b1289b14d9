#include "sys.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    long result = syscall(number, a, b, c, d, e, f);
    return result == -1 ? -errno : result;
}

_Noreturn void sys_exit(int code)
{
    _exit(code);
}
