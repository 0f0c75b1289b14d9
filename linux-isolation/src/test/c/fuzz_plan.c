/* Hostile plans, and a kernel that answers anything: the checks and the interpreter must stay within their memory. */
#include "double.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Input: u16 length of the kernel's answers, the answers, the plan. Its lengths are made to fit, to get past them. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct run run;
    struct report report;
    uint16_t answers;
    if (size < sizeof answers + sizeof(struct plan_header))
        return 0;
    memcpy(&answers, bytes, sizeof answers);
    answers %= 2048;
    if (answers > size - sizeof answers - sizeof(struct plan_header))
        return 0;
    size_t length = size - sizeof answers - answers;
    struct plan_header *plan = malloc(plan_room(length));
    memcpy(plan, bytes + sizeof answers + answers, length);
    plan->magic = PLAN_MAGIC;
    plan->version = PLAN_VERSION;
    size_t body = length - sizeof *plan;
    plan->operation_count %= (uint32_t)(body / sizeof(struct operation)) + 1;
    plan->data_length = (uint32_t)(body - plan->operation_count * sizeof(struct operation));
    plan->fd_count = 0;

    double_reset();
    double_script(bytes + sizeof answers, answers);
    run_begin(&run, 205);
    if (setjmp(double_exit) == 0) {
        run_plan(&run, plan, length, NULL, 0, &report);
        run_end(&run);
    }
    free(plan);
    return 0;
}
