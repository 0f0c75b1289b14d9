/* A double of sys.c: it records what a plan asks the kernel for, and asks the kernel for nothing. */
#ifndef CAISSON_DOUBLE_H
#define CAISSON_DOUBLE_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

struct call {
    long number, arguments[6];
};

extern struct call calls[256]; /* the first ones */
extern unsigned call_count;

void double_reset(void);
void double_answer(long number, long result); /* otherwise 0, and for what opens a descriptor 210 */

/* Answers come from these bytes instead, and what the kernel fills in too; once they are used up all fails with EIO. */
void double_script(const uint8_t *bytes, size_t length);

/* Where sys_exit() and a successful execve go. */
extern jmp_buf double_exit;

#endif
