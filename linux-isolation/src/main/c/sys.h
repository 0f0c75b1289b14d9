/*
 * The one seam to the kernel. All that a plan does goes through sys(), so the tests and the fuzzer link a double of
 * sys.c in its place. Results are the kernel's own: a value, or -errno.
 */
#ifndef CAISSON_SYS_H
#define CAISSON_SYS_H

#include <stdbool.h>
#include <stdint.h>

long sys_call(long number, long a, long b, long c, long d, long e, long f);
_Noreturn void sys_exit(int code);

#define sys(...) SYS_SIX(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define SYS_SIX(number, a, b, c, d, e, f, ...) \
    sys_call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* Descriptors of the front's own, away from the ones the caller wants to see at their places. Takes over fd. */
int lifted(long fd);

/* Signal masks as the kernel has them: bit n-1 is signal n. */
#define SIGNAL(n) (UINT64_C(1) << ((n) - 1))
uint64_t set_signal_mask(uint64_t mask);
void default_signals(void);

bool set_nonblocking(int fd);

#endif
