/* Prints the encoded plan on stdin in words, one operation a line, or says why it is malformed: tests of encoders use it. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            printf("\\u%04x", (unsigned)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void print_register(const char *name, uint16_t number)
{
    if (number == NO_REGISTER)
        printf(" %s=-", name);
    else
        printf(" %s=%u", name, number);
}

static void print_list(const struct plan *plan, int64_t offset)
{
    char **pointers = plan->pointers;
    plan_list(plan, offset, pointers);
    printf(" l:[");
    for (int i = 0; pointers[i]; i++) {
        if (i > 0)
            putchar(',');
        print_string(pointers[i]);
    }
    putchar(']');
}

static void print_argument(const struct plan *plan, const struct operation *op, int k)
{
    char letter = shapes[op->code].arguments[k];
    int64_t value = op->value[k];
    if (op->kind[k] == REGISTER) {
        printf(" r:%lld", (long long)value);
    } else if (letter == 'l') {
        print_list(plan, value);
    } else if (letter == 'b') {
        printf(" b:");
        for (int64_t i = 0; i < op->value[k + 1]; i++)
            printf("%02x", (unsigned char)plan->data[value + i]);
    } else if (letter == 's' && op->kind[k] == DATA) {
        printf(" s:");
        print_string(plan->data + value);
    } else if (letter == 's') {
        printf(" null");
    } else if (letter != 'n') { /* the bytes before it have shown it */
        printf(" i:%lld", (long long)value);
    }
}

static void print_operation(const struct plan *plan, const struct operation *op)
{
    printf("%s", shapes[op->code].name);
    print_register("dst", op->dst);
    print_register("dst2", op->dst2);
    printf(" skip=%u tolerated=", op->skip);
    if (!op->tolerated[0])
        putchar('-');
    for (int i = 0; i < 4 && op->tolerated[i]; i++)
        printf("%s%u", i ? "," : "", op->tolerated[i]);
    printf(" label=");
    if (op->label)
        print_string(plan->data + op->label);
    else
        putchar('-');
    for (int k = 0; shapes[op->code].arguments[k]; k++)
        print_argument(plan, op, k);
    putchar('\n');
}

int main(void)
{
    size_t length = 0, room = FRAME_LIMIT;
    char *bytes = malloc(plan_room(room));
    for (ssize_t n; length < room && (n = read(0, bytes + length, room - length)) > 0;)
        length += (size_t)n;

    struct plan plan;
    uint32_t fault;
    const char *reason = plan_check(&plan, bytes, length, &fault);
    if (reason) {
        if (fault == NO_OPERATION)
            fprintf(stderr, "plan-echo: header: %s\n", reason);
        else
            fprintf(stderr, "plan-echo: operation %u: %s\n", fault, reason);
        return 1;
    }
    printf("# operations=%u flags=%u fds=%u first=%u\n", plan.header->operation_count, plan.header->flags, plan.header->fd_count,
           plan.header->first_fd_register);
    for (uint32_t i = 0; i < plan.header->operation_count; i++)
        print_operation(&plan, &plan.operations[i]);
    free(bytes);
    return 0;
}
