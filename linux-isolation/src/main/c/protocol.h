/*
 * How the front and an engine talk: frames over a connected unix stream socket, resident or one-shot alike.
 *
 *   frame = u32 type, u32 length, length bytes; descriptors (SCM_RIGHTS) come with the header's first byte.
 *
 *   from the front                           from the engine
 *   INVOKE   once, first                     REFUSE   text: use another engine; nothing was done
 *   REPORT   after each PLAN                 UNDO     strings: what to invoke should this engine be lost from now on;
 *   FD       after GIVE_FD                            none: nothing any more
 *                                            PLAN     a launch plan (plan.h), with its descriptors
 *                                            WRITE    u32 fd (1 or 2), bytes
 *                                            GIVE_FD  u32 fd: send me this descriptor of yours
 *                                            EXIT     u32 code, the last frame
 *
 *   INVOKE (80 bytes, then strings)
 *   | magic "CINV" u32 | version u32 | umask u32 | uid u32 | gid u32 | argc u32 | envc u32 | 0 u32 |
 *   | root st_dev u64 | root st_ino u64 | ns inodes u64: mnt, pid, user, cgroup |
 *   | build id\0 | distribution folder\0 | cwd\0 | argv[argc], each \0 | env[envc], each \0 |
 *
 *   REPORT (24 + 8 × 128 bytes)
 *   | status i32: 0 done, -1 failed | operation u32 | errno i32 | detail i32 | in child u32 | 0 u32 | register i64 × 128 |
 *
 *   REPORT of a plan that was refused as malformed: status -1, errno EINVAL, the operation at fault (or 0xffffffff where
 *   it is the header), and no operation of it has run.
 *
 *   FD: | errno i32 | 0 u32 |, and with errno 0 the descriptor. EBADF says that the caller left it closed.
 *
 *   UNDO: | count u32 | 0 u32 | strings, each \0 |: a whole argv, its first string the program's name.
 *
 * A front that has been told an UNDO and then loses the engine kills the child it made (unless DETACH_CHILD ran), has
 * a fresh one-shot engine run the UNDO strings as a command line, and says so; after a WAIT it ends with WAIT's code.
 * A front that has been told nothing yet goes on to a one-shot engine as if nothing had happened; any frame counts as
 * being told, and REFUSE is honoured only as the first. A resident engine that says nothing for ten seconds after
 * INVOKE is taken for hung (a one-shot engine after a minute), so one that will be silent for longer sends an empty WRITE.
 *
 * The first UNDO, or PLAN flagged PLAN_FLAG_SEALED, moves the front into a sealed copy of its executable. Registers
 * start at -1 and are kept from one PLAN to the next, but not across that move: what earlier plans opened is closed.
 * A child made by an earlier plan makes the move fail, so every invocation with a CLONE seals its first plan.
 */
#ifndef CAISSON_PROTOCOL_H
#define CAISSON_PROTOCOL_H

#include <stdint.h>

#define PROTOCOL_VERSION 1u
#define INVOKE_MAGIC 0x564e4943u /* "CINV" */
#define PLAN_MAGIC 0x4e4c5043u   /* "CPLN" */
#define PLAN_VERSION 1u
#define FRAME_LIMIT (16u << 20) /* bytes in one frame */

enum frame_type {
    FRAME_INVOKE = 1,
    FRAME_REPORT = 2,
    FRAME_FD = 3,
    FRAME_REFUSE = 16,
    FRAME_UNDO = 17,
    FRAME_PLAN = 18,
    FRAME_WRITE = 19,
    FRAME_GIVE_FD = 20,
    FRAME_EXIT = 21,
};

#define REGISTER_COUNT 128u
#define NO_REGISTER 0xffffu
#define PLAN_FLAG_SEALED 1u /* run it from a sealed copy of the executable: a container may come to see it */

#define NO_OPERATION 0xffffffffu

struct invoke_header {
    uint32_t magic, version, umask, uid, gid, argc, envc, reserved;
    uint64_t root_device, root_inode;
    uint64_t namespaces[4]; /* mnt, pid, user, cgroup */
};

struct report {
    int32_t status;
    uint32_t operation;
    int32_t error, detail;
    uint32_t in_child, reserved;
    int64_t registers[REGISTER_COUNT];
};

_Static_assert(sizeof(struct invoke_header) == 80, "as drawn");
_Static_assert(sizeof(struct report) == 24 + 8 * REGISTER_COUNT, "as drawn");

#endif
