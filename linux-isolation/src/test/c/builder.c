#include "builder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void builder_reset(struct builder *builder)
{
    builder->count = builder->first_fd_register = builder->fd_count = builder->flags = 0;
    builder->data[0] = '\0';
    builder->length = 1; /* offset 0 is no label's */
}

static uint32_t put(struct builder *builder, const void *bytes, size_t length)
{
    uint32_t at = builder->length;
    assert(at + length <= sizeof builder->data);
    memcpy(builder->data + at, bytes, length);
    builder->length += (uint32_t)length;
    return at;
}

static uint32_t put_list(struct builder *builder, const char *const list[])
{
    uint32_t words[256], count = 0;
    for (; list[count]; count++)
        words[count + 1] = put(builder, list[count], strlen(list[count]) + 1);
    words[0] = count;
    return put(builder, words, (count + 1) * sizeof *words);
}

static void set(struct operation *op, int k, enum kind kind, int64_t value)
{
    assert(k < ARGUMENT_COUNT);
    op->kind[k] = (uint8_t)kind;
    op->value[k] = value;
}

struct operation *builder_add(struct builder *builder, enum operation_code code, const struct argument *a)
{
    assert(builder->count < sizeof builder->operations / sizeof *builder->operations);
    struct operation *op = &builder->operations[builder->count++];
    *op = (struct operation){.code = (uint16_t)code, .dst = NO_REGISTER, .dst2 = NO_REGISTER};
    for (int k = 0; a->kind; a++) {
        switch (a->kind) {
        case 'i':
            set(op, k++, IMMEDIATE, a->integer);
            break;
        case 'r':
            set(op, k++, REGISTER, a->integer);
            break;
        case 's':
            set(op, k++, DATA, put(builder, a->bytes, strlen(a->bytes) + 1));
            break;
        case 'b':
            set(op, k++, DATA, put(builder, a->bytes, (size_t)a->integer));
            set(op, k++, IMMEDIATE, a->integer);
            break;
        case 'l':
            set(op, k++, DATA, put_list(builder, a->list));
            break;
        default:
            abort();
        }
    }
    return op;
}

void *builder_build(const struct builder *builder, size_t *length)
{
    struct plan_header header = {
        .magic = PLAN_MAGIC,
        .version = PLAN_VERSION,
        .operation_count = builder->count,
        .data_length = builder->length,
        .first_fd_register = builder->first_fd_register,
        .fd_count = builder->fd_count,
        .flags = builder->flags,
    };
    size_t operations = builder->count * sizeof(struct operation);
    *length = sizeof header + operations + builder->length;
    char *plan = malloc(plan_room(*length));
    assert(plan);
    memcpy(plan, &header, sizeof header);
    memcpy(plan + sizeof header, builder->operations, operations);
    memcpy(plan + sizeof header + operations, builder->data, builder->length);
    return plan;
}
