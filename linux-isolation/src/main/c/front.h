/* The front around the interpreter: its words, its engine, their frames, its sealed copy. */
#ifndef CAISSON_FRONT_H
#define CAISSON_FRONT_H

#include "protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- say.c: errors, on stderr and in the log that clients read them from ---- */
void say_where(char *const argv[]);   /* finds --log FILE --log-format json before the command */
int say_descriptor(void);             /* the log, opened to outlive a change of executable; -1 without one */
void say_into(int log);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- frame.c ---- */
struct frame {
    uint32_t type, length;
    char *bytes; /* plan_room(length) of it, NUL behind the last */
    int fds[REGISTER_COUNT];
    unsigned fd_count;
};

enum { FRAME_HEADER = 2 * sizeof(uint32_t) };

bool frame_await(int connection, int timeout_ms);
bool frame_peek(int connection, uint32_t *type, uint32_t *plan_flags);
bool frame_receive(int connection, struct frame *frame);
void frame_free(struct frame *frame);

/* `bytes` begins with FRAME_HEADER bytes of room. fd -1: none goes along. */
bool frame_send(int connection, enum frame_type type, void *bytes, size_t length, int fd);
bool frame_send_invoke(int connection, const char *dist, char *const argv[], char *const envp[]);

/* Inode numbers of our mnt, pid, user and cgroup namespaces: with them an engine sees what we see. */
enum { NAMESPACES = 4 };
const uint64_t *namespaces(void);

/* ---- engine.c ---- */
enum engine_choice { ENGINE_AUTO, ENGINE_ONESHOT, ENGINE_RESIDENT, ENGINE_UNKNOWN };

enum engine_choice engine_choice(void);
int engine_timeout_ms(void);

/* A connection, or -1, with engine_problem() saying why. */
int engine_resident(const char *dist);
int engine_oneshot(const char *dist);
const char *engine_problem(void);

/* ---- seal.c ---- */
/* Goes on as `caisson init` in a sealed copy of this executable. Returns only if it can't: what failed, and errno. */
const char *seal_and_continue(int connection, const char *dist);
bool is_sealed(void);

#endif
