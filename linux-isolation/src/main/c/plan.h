/*
 * The launch plan as it travels, and what reads it.
 *
 *   plan    = header, operation[operation_count], data
 *
 *   header (32 bytes, little-endian as the machine)
 *   +-------------------------------+-------------------------------+
 *   | magic "CPLN"                  | version                       |   u32 u32
 *   +-------------------------------+-------------------------------+
 *   | operation_count               | data_length                   |   u32 u32
 *   +-------------------------------+-------------------------------+
 *   | first_fd_register             | fd_count                      |   u32 u32   passed descriptors land in
 *   +-------------------------------+-------------------------------+             first_fd_register + k
 *   | flags                         | reserved, 0                   |   u32 u32
 *   +-------------------------------+-------------------------------+
 *
 *   operation (96 bytes)
 *   +-------+-------+-------+-------+---------------+---------------+
 *   | code  | dst   | dst2  | skip  | tolerated     | label         |   u16 ×4, u8[4], u32
 *   +-------+-------+-------+-------+---------------+---------------+
 *   | kind[8]: 0 immediate, 1 register, 2 data                      |   u8 ×8
 *   +---------------------------------------------------------------+
 *   | value[8]                                                      |   i64 ×8
 *   +---------------------------------------------------------------+
 *   | reserved, 0                                                   |   u64
 *   +---------------------------------------------------------------+
 *
 * dst, dst2: a register or NO_REGISTER. tolerated: errnos (0 ends the list) after which the plan goes on, past the
 * next `skip` operations. label: offset in data of words for a failure that nobody but the container's own stderr
 * can be told of, or 0.
 *
 * Everything is checked before the first operation runs: lengths, codes, registers, kinds, offsets, strings' ends.
 * Arguments that an operation doesn't have are immediate 0. Only the syscalls take NULL for a string, no list is NULL,
 * and empty bytes may be immediate 0. dst2 is CLONE's and ADOPT_CHILD's alone. A failure that is tolerated leaves -1 in dst.
 * Integers are checked against their width when used: ERANGE.
 */
#ifndef CAISSON_PLAN_H
#define CAISSON_PLAN_H

#include "protocol.h"

#include <stddef.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "plans are little-endian, as the machine");

struct plan_header {
    uint32_t magic, version, operation_count, data_length, first_fd_register, fd_count, flags, reserved;
};

enum { ARGUMENT_COUNT = 8 };
enum kind { IMMEDIATE, REGISTER, DATA };

struct operation {
    uint16_t code, dst, dst2, skip;
    uint8_t tolerated[4];
    uint32_t label;
    uint8_t kind[ARGUMENT_COUNT];
    int64_t value[ARGUMENT_COUNT];
    uint64_t reserved;
};

_Static_assert(sizeof(struct plan_header) == 32 && sizeof(struct operation) == 96, "as drawn");

enum operation_code {
#define OP(code, name, arguments) OP_##name = code,
#include "ops.def"
#undef OP
    OPERATION_LIMIT
};

/* What each operation is called and takes; name is NULL where there is none of this code. */
extern const struct shape {
    const char *name, *arguments;
} shapes[OPERATION_LIMIT];

/* A plan that has been checked, in the memory it was received in. */
struct plan {
    struct plan_header *header;
    struct operation *operations;
    char *data;
    char **pointers;     /* room for the pointers of one operation's lists */
    uint32_t child, end; /* the operations [child, end) are the child's */
};

/* How much memory a plan of this length needs to run in: itself, and the pointers. */
size_t plan_room(size_t length);

/* NULL, or why the plan is refused, and which operation is at fault. The memory is 8-byte aligned, plan_room() long. */
const char *plan_check(struct plan *plan, void *memory, size_t length, uint32_t *fault);

/* A list's strings, NULL after the last: how many, or -1 where an operation has patched the list to bits. */
long plan_list(const struct plan *plan, int64_t offset, char **pointers);

#endif
