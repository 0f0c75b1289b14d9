/* Writes launch plans as the engine does. */
#ifndef CAISSON_BUILDER_H
#define CAISSON_BUILDER_H

#include "plan.h"

struct builder {
    struct operation operations[128];
    uint32_t count;
    char data[1 << 20];
    uint32_t length;
    uint32_t first_fd_register, fd_count, flags;
};

struct argument {
    char kind; /* i r s b l */
    int64_t integer;
    const char *bytes;
    const char *const *list;
};

#define I(x) ((struct argument){.kind = 'i', .integer = (int64_t)(x)})
#define R(n) ((struct argument){.kind = 'r', .integer = (n)})
#define S(text) ((struct argument){.kind = 's', .bytes = (text)})
#define B(start, n) ((struct argument){.kind = 'b', .bytes = (start), .integer = (n)})
#define L(...) ((struct argument){.kind = 'l', .list = (const char *const[]){__VA_ARGS__, NULL}})
#define END {.kind = 0}

/* ADD(builder, OP_MKDIRAT, I(AT_FDCWD), S("a"), I(0755)), ADD0(builder, OP_SETSID) */
#define ADD(builder, code, ...) builder_add(builder, code, (const struct argument[]){__VA_ARGS__, END})
#define ADD0(builder, code) builder_add(builder, code, (const struct argument[]){END})

void builder_reset(struct builder *builder);
struct operation *builder_add(struct builder *builder, enum operation_code code, const struct argument *arguments);

/* Allocated, plan_room() long. */
void *builder_build(const struct builder *builder, size_t *length);

#endif
