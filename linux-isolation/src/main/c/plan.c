#include "plan.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

const struct shape shapes[OPERATION_LIMIT] = {
#define OP(code, name, arguments) [code] = {#name, arguments},
#include "ops.def"
#undef OP
};

enum { FIRST_COMPOSITE = OP_CLONE, LISTS_AT_MOST = 3 };

/* Behind the data and a NUL, which ends what an operation has patched the end off. */
static size_t pointers_offset(size_t length)
{
    return (length + 8) & ~(size_t)7;
}

size_t plan_room(size_t length)
{
    size_t pointers = LISTS_AT_MOST * (length / sizeof(uint32_t) + 1);
    return pointers_offset(length) + pointers * sizeof(char *);
}

static uint32_t data_word(const struct plan *plan, uint64_t offset)
{
    uint32_t word;
    memcpy(&word, plan->data + offset, sizeof word);
    return word;
}

/* Strings: offsets before `strings_end` are followed by a NUL within the data. */
static const char *check_list(const struct plan *plan, uint64_t offset, uint64_t strings_end)
{
    uint64_t length = plan->header->data_length;
    if (offset > length || length - offset < sizeof(uint32_t))
        return "a list past the end of the data";
    uint64_t count = data_word(plan, offset);
    if (count > (length - offset) / sizeof(uint32_t) - 1)
        return "a list longer than the data";
    for (uint64_t i = 1; i <= count; i++)
        if (data_word(plan, offset + i * sizeof(uint32_t)) >= strings_end)
            return "a list's string past the end of the data";
    return NULL;
}

static bool is_plain_descriptor(int64_t fd)
{
    return (fd >= -1 && fd <= INT32_MAX) || fd == AT_FDCWD;
}

static const char *check_argument(const struct plan *plan, const struct operation *op, int k, uint64_t strings_end)
{
    const char *letters = shapes[op->code].arguments;
    char letter = (size_t)k < strlen(letters) ? letters[k] : '\0';
    uint8_t kind = op->kind[k];
    int64_t value = op->value[k];

    if (kind == REGISTER && (letter == 'i' || letter == 'f'))
        return value >= 0 && value < REGISTER_COUNT ? NULL : "no such register";
    if (kind == DATA && value < 0)
        return "a negative offset";

    switch (letter) {
    case '\0':
        return kind == IMMEDIATE && value == 0 ? NULL : "an argument too many";
    case 'i':
        return kind == IMMEDIATE ? NULL : "not an integer";
    case 'f':
        return kind == IMMEDIATE && is_plain_descriptor(value) ? NULL : "not a descriptor";
    case 's':
        if (kind == IMMEDIATE && value == 0)
            return op->code < FIRST_COMPOSITE ? NULL : "no string";
        if (kind != DATA)
            return "not a string";
        return (uint64_t)value < strings_end ? NULL : "a string past the end of the data";
    case 'b':
        if (kind == IMMEDIATE && value == 0 && op->value[k + 1] == 0)
            return NULL;
        if (kind != DATA)
            return "not bytes";
        return value <= plan->header->data_length ? NULL : "bytes past the end of the data";
    case 'n':
        if (kind != IMMEDIATE)
            return "not a length";
        if (value < 0 || value > plan->header->data_length - op->value[k - 1])
            return "bytes longer than the data";
        return NULL;
    case 'l':
        return kind == DATA ? check_list(plan, (uint64_t)value, strings_end) : "not a list";
    default:
        return "no such argument";
    }
}

long plan_list(const struct plan *plan, int64_t offset, char **pointers)
{
    if (check_list(plan, (uint64_t)offset, plan->header->data_length))
        return -1;
    uint32_t count = data_word(plan, (uint64_t)offset);
    for (uint32_t i = 1; i <= count; i++)
        *pointers++ = plan->data + data_word(plan, (uint64_t)offset + i * sizeof(uint32_t));
    *pointers = NULL;
    return count;
}

static const char *check_side(const struct plan *plan, const struct operation *op, uint32_t i)
{
    bool in_child = i >= plan->child && i < plan->end;
    switch (op->code) {
    case OP_TELL_PARENT:
    case OP_AWAIT_PARENT:
    case OP_AWAIT_START:
    case OP_RECLONE:
    case OP_TELL_FD:
        return in_child ? NULL : "for a child alone";
    case OP_SEND_FD:
        return in_child || op->kind[0] != IMMEDIATE || op->value[0] != -1 ? NULL : "for a child alone";
    case OP_CLONE:
    case OP_ADOPT_CHILD:
    case OP_TELL_CHILD:
    case OP_AWAIT_CHILD:
    case OP_AWAIT_EXEC:
    case OP_RECEIVE_FD:
    case OP_TAKE_FD:
    case OP_WAIT:
    case OP_KILL_CHILD:
    case OP_DETACH_CHILD:
        return in_child ? "not for a child" : NULL;
    default:
        return NULL;
    }
}

/* Going on after this operation and its `skip` next ones must neither leave nor enter the child's section. */
static const char *check_skip(const struct plan *plan, const struct operation *op, uint32_t i)
{
    bool in_child = i >= plan->child && i < plan->end;
    uint64_t next = (uint64_t)i + 1 + op->skip;
    if (next > (in_child ? plan->end : plan->header->operation_count))
        return "skips past the end";
    if (!in_child && next > plan->child && next < plan->end)
        return "skips into the child's operations";
    return NULL;
}

static const char *check_operation(const struct plan *plan, uint32_t i, uint64_t strings_end)
{
    const struct operation *op = &plan->operations[i];
    const char *reason = NULL;

    if (op->dst != NO_REGISTER && op->dst >= REGISTER_COUNT)
        return "no such register";
    if (op->dst2 != NO_REGISTER && (op->dst2 >= REGISTER_COUNT || (op->code != OP_CLONE && op->code != OP_ADOPT_CHILD)))
        return "no such second register";
    if (op->reserved != 0)
        return "reserved bits are set";
    if (op->label != 0 && op->label >= strings_end)
        return "a label past the end of the data";
    if ((reason = check_side(plan, op, i)) || (reason = check_skip(plan, op, i)))
        return reason;
    for (int k = 0; k < ARGUMENT_COUNT; k++)
        if ((reason = check_argument(plan, op, k, strings_end)))
            return reason;
    return NULL;
}

/* Notes which operations are the child's, for all the other checks. */
static const char *find_child(struct plan *plan, uint32_t i)
{
    const struct operation *op = &plan->operations[i];
    if (op->code >= OPERATION_LIMIT || !shapes[op->code].name)
        return "no such operation";
    if (op->code != OP_CLONE)
        return NULL;
    if (plan->child != NO_OPERATION)
        return "a second child";
    if (op->kind[2] != IMMEDIATE || op->kind[3] != IMMEDIATE)
        return "not an integer";
    int64_t first = op->value[2], count = op->value[3], limit = plan->header->operation_count;
    if (first < 0 || count < 0 || first > limit || count > limit - first)
        return "a child's operations past the end";
    if (i >= first && i < first + count)
        return "a child within itself";
    plan->child = (uint32_t)first;
    plan->end = (uint32_t)(first + count);
    return NULL;
}

static const char *check_header(const struct plan_header *header, size_t length)
{
    if (length < sizeof *header)
        return "shorter than its header";
    if (header->magic != PLAN_MAGIC || header->version != PLAN_VERSION)
        return "not a plan of this version";
    if (header->reserved != 0 || (header->flags & ~PLAN_FLAG_SEALED) != 0)
        return "reserved bits are set";
    if (header->fd_count > REGISTER_COUNT || header->first_fd_register > REGISTER_COUNT - header->fd_count)
        return "no such register";
    length -= sizeof *header;
    if (header->operation_count > length / sizeof(struct operation))
        return "operations past the end";
    if (length - header->operation_count * sizeof(struct operation) != header->data_length)
        return "not as long as it says";
    return NULL;
}

const char *plan_check(struct plan *plan, void *memory, size_t length, uint32_t *fault)
{
    struct plan_header *header = memory;
    const char *reason = NULL;

    *fault = NO_OPERATION;
    if ((reason = check_header(header, length)))
        return reason;

    struct operation *operations = (struct operation *)(header + 1);
    *plan = (struct plan){
        .header = header,
        .operations = operations,
        .data = (char *)(operations + header->operation_count),
        .pointers = (char **)(void *)((char *)memory + pointers_offset(length)),
        .child = NO_OPERATION,
        .end = NO_OPERATION,
    };
    plan->data[header->data_length] = '\0';
    uint64_t strings_end = header->data_length;
    while (strings_end > 0 && plan->data[strings_end - 1] != '\0')
        strings_end--;

    for (uint32_t i = 0; !reason && i < header->operation_count; i++)
        if ((reason = find_child(plan, *fault = i)))
            return reason;
    for (uint32_t i = 0; i < header->operation_count; i++)
        if ((reason = check_operation(plan, *fault = i, strings_end)))
            return reason;
    *fault = NO_OPERATION;
    return NULL;
}
