/* What the checks refuse, and which syscall each operation becomes: against the double, so nothing runs. */
#include "builder.h"
#include "double.h"
#include "run.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct builder builder;
static struct run run;
static struct report report;

/* ---- malformed plans ---- */

enum { MKDIR, CLONE, CHILD_TELL, CHILD_EXEC, AWAIT, WRITE, SEND, OPERATIONS };

static void build_valid(void)
{
    builder_reset(&builder);
    ADD(&builder, OP_MKDIRAT, I(AT_FDCWD), S("a"), I(0755))->dst = 5;
    ADD(&builder, OP_CLONE, I(CLONE_NEWNS), I(-1), I(2), I(2))->dst2 = 3;
    ADD0(&builder, OP_TELL_PARENT);
    ADD(&builder, OP_EXEC, L("/bin/a", "/bin/b"), I(0), L("a"), L("A=b"));
    ADD0(&builder, OP_AWAIT_EXEC);
    ADD(&builder, OP_WRITE, R(5), B("words", 5));
    ADD(&builder, OP_SEND_FD, R(1), I(0), B("x", 1));
}

struct malformation {
    const char *what;
    void (*make)(struct plan_header *header, struct operation *op, char *data);
    uint32_t fault;
};

#define MALFORMED(name, statement)                                                                   \
    static void name(struct plan_header *header, struct operation *op, char *data)                   \
    {                                                                                                \
        (void)header, (void)op, (void)data;                                                          \
        statement;                                                                                   \
    }

MALFORMED(magic, header->magic++)
MALFORMED(version, header->version++)
MALFORMED(more_operations, header->operation_count = 0x7fffffff)
MALFORMED(all_operations, header->operation_count = 0xffffffff)
MALFORMED(one_operation_less, header->operation_count--)
MALFORMED(more_data, header->data_length++)
MALFORMED(less_data, header->data_length--)
MALFORMED(too_many_fds, header->fd_count = REGISTER_COUNT + 1)
MALFORMED(fds_past_the_last, (header->first_fd_register = REGISTER_COUNT - 1, header->fd_count = 2))
MALFORMED(fds_wrap, (header->first_fd_register = 0xffffffff, header->fd_count = 2))
MALFORMED(unknown_flag, header->flags = 2)
MALFORMED(reserved_header, header->reserved = 1)
MALFORMED(code_zero, op[MKDIR].code = 0)
MALFORMED(code_gap, op[MKDIR].code = 63)
MALFORMED(code_once_used, op[MKDIR].code = 45)
MALFORMED(code_beyond, op[MKDIR].code = OPERATION_LIMIT)
MALFORMED(code_far_beyond, op[MKDIR].code = 0xffff)
MALFORMED(dst, op[MKDIR].dst = REGISTER_COUNT)
MALFORMED(dst2, op[CLONE].dst2 = REGISTER_COUNT)
MALFORMED(dst2_elsewhere, op[MKDIR].dst2 = 1)
MALFORMED(reserved_operation, op[MKDIR].reserved = 1)
MALFORMED(label, op[MKDIR].label = header->data_length)
MALFORMED(label_unended, (op[MKDIR].label = header->data_length - 1, data[header->data_length - 1] = 'x'))
MALFORMED(register_beyond, op[WRITE].value[0] = REGISTER_COUNT)
MALFORMED(register_negative, op[WRITE].value[0] = -1)
MALFORMED(kind, op[MKDIR].kind[2] = 3)
MALFORMED(integer_as_data, op[MKDIR].kind[2] = DATA)
MALFORMED(descriptor_as_data, op[MKDIR].kind[0] = DATA)
MALFORMED(descriptor_negative, op[MKDIR].value[0] = -2)
MALFORMED(descriptor_huge, op[MKDIR].value[0] = 1LL << 40)
MALFORMED(string_as_register, op[MKDIR].kind[1] = REGISTER)
MALFORMED(string_immediate, op[MKDIR].kind[1] = IMMEDIATE)
MALFORMED(string_beyond, op[MKDIR].value[1] = header->data_length)
MALFORMED(string_far_beyond, op[MKDIR].value[1] = INT64_MAX)
MALFORMED(string_negative, op[MKDIR].value[1] = -1)
MALFORMED(string_unended, (op[MKDIR].value[1] = header->data_length - 1, data[header->data_length - 1] = 'x'))
MALFORMED(bytes_beyond, op[WRITE].value[1] = header->data_length + 1)
MALFORMED(bytes_too_long, op[WRITE].value[2] = header->data_length)
MALFORMED(bytes_negative_length, op[WRITE].value[2] = -1)
MALFORMED(bytes_huge_length, op[WRITE].value[2] = INT64_MAX)
MALFORMED(bytes_negative, op[WRITE].value[1] = INT64_MIN)
MALFORMED(bytes_null_with_length, (op[WRITE].kind[1] = IMMEDIATE, op[WRITE].value[1] = 0))
MALFORMED(length_register, op[WRITE].kind[2] = REGISTER)
MALFORMED(surplus_kind, op[AWAIT].kind[0] = REGISTER)
MALFORMED(surplus_value, op[AWAIT].value[7] = 1)
MALFORMED(list_null, (op[CHILD_EXEC].kind[0] = IMMEDIATE, op[CHILD_EXEC].value[0] = 0))
MALFORMED(list_beyond, op[CHILD_EXEC].value[0] = header->data_length - 3)
MALFORMED(list_far_beyond, op[CHILD_EXEC].value[0] = INT64_MAX)
MALFORMED(list_count, memset(data + op[CHILD_EXEC].value[0], 0xff, 4))
MALFORMED(list_count_by_one, data[op[CHILD_EXEC].value[3]] = 120)
MALFORMED(list_string, memset(data + op[CHILD_EXEC].value[0] + 4, 0x7f, 4))
MALFORMED(skip_past_the_end, op[SEND].skip = 1)
MALFORMED(skip_far, op[MKDIR].skip = 0xffff)
MALFORMED(skip_into_child, op[MKDIR].skip = 2)
MALFORMED(skip_out_of_child, op[CHILD_EXEC].skip = 1)
MALFORMED(child_beyond, op[CLONE].value[3] = 6)
MALFORMED(child_negative, op[CLONE].value[2] = -1)
MALFORMED(child_wraps, op[CLONE].value[2] = INT64_MAX)
MALFORMED(child_count_wraps, op[CLONE].value[3] = INT64_MAX)
MALFORMED(child_in_register, (op[CLONE].kind[3] = REGISTER))
MALFORMED(child_in_itself, (op[CLONE].value[2] = 1))
MALFORMED(child_twice, (op[MKDIR] = op[CLONE]))
MALFORMED(child_op_in_parent, op[AWAIT].code = OP_TELL_PARENT)
MALFORMED(parent_op_in_child, op[CHILD_TELL].code = OP_KILL_CHILD)
MALFORMED(send_to_parent_in_parent, (op[SEND].kind[0] = IMMEDIATE, op[SEND].value[0] = -1))
MALFORMED(composite_without_path, (op[MKDIR].code = OP_CONNECT, op[MKDIR].kind[0] = 0, op[MKDIR].value[0] = 0))

#define CASE(name, fault) {#name, name, fault}

static const struct malformation malformations[] = {
    CASE(magic, NO_OPERATION), CASE(version, NO_OPERATION), CASE(more_operations, NO_OPERATION),
    CASE(all_operations, NO_OPERATION), CASE(one_operation_less, NO_OPERATION), CASE(more_data, NO_OPERATION),
    CASE(less_data, NO_OPERATION), CASE(too_many_fds, NO_OPERATION), CASE(fds_past_the_last, NO_OPERATION),
    CASE(fds_wrap, NO_OPERATION), CASE(unknown_flag, NO_OPERATION), CASE(reserved_header, NO_OPERATION),
    CASE(code_zero, MKDIR), CASE(code_gap, MKDIR), CASE(code_once_used, MKDIR), CASE(code_beyond, MKDIR),
    CASE(code_far_beyond, MKDIR), CASE(dst, MKDIR), CASE(dst2, CLONE), CASE(dst2_elsewhere, MKDIR),
    CASE(reserved_operation, MKDIR), CASE(label, MKDIR), CASE(label_unended, MKDIR), CASE(register_beyond, WRITE),
    CASE(register_negative, WRITE), CASE(kind, MKDIR), CASE(integer_as_data, MKDIR), CASE(descriptor_as_data, MKDIR),
    CASE(descriptor_negative, MKDIR), CASE(descriptor_huge, MKDIR), CASE(string_as_register, MKDIR),
    CASE(string_immediate, MKDIR), CASE(string_beyond, MKDIR), CASE(string_far_beyond, MKDIR), CASE(string_negative, MKDIR),
    CASE(string_unended, MKDIR), CASE(bytes_beyond, WRITE), CASE(bytes_too_long, WRITE), CASE(bytes_negative_length, WRITE),
    CASE(bytes_huge_length, WRITE), CASE(bytes_negative, WRITE), CASE(bytes_null_with_length, WRITE),
    CASE(length_register, WRITE), CASE(surplus_kind, AWAIT), CASE(surplus_value, AWAIT), CASE(list_null, CHILD_EXEC),
    CASE(list_beyond, CHILD_EXEC), CASE(list_far_beyond, CHILD_EXEC), CASE(list_count, CHILD_EXEC),
    CASE(list_count_by_one, CHILD_EXEC), CASE(list_string, CHILD_EXEC), CASE(skip_past_the_end, SEND), CASE(skip_far, MKDIR),
    CASE(skip_into_child, MKDIR), CASE(skip_out_of_child, CHILD_EXEC), CASE(child_beyond, CLONE), CASE(child_negative, CLONE),
    CASE(child_wraps, CLONE), CASE(child_count_wraps, CLONE), CASE(child_in_register, CLONE), CASE(child_in_itself, CLONE),
    CASE(child_twice, CLONE), CASE(child_op_in_parent, AWAIT), CASE(parent_op_in_child, CHILD_TELL),
    CASE(send_to_parent_in_parent, SEND), CASE(composite_without_path, MKDIR),
};

static void each_malformed_plan_is_refused_and_nothing_runs(void)
{
    for (size_t i = 0; i < sizeof malformations / sizeof *malformations; i++) {
        size_t length;
        build_valid();
        struct plan_header *plan = builder_build(&builder, &length);
        struct operation *operations = (struct operation *)(plan + 1);
        malformations[i].make(plan, operations, (char *)(operations + OPERATIONS));
        double_reset();
        run_begin(&run, 205);
        run_plan(&run, plan, length, NULL, 0, &report);
        if (report.status != -1 || report.error != EINVAL || report.operation != malformations[i].fault || call_count != 0) {
            fprintf(stderr, "%s: status %d errno %d operation %u, %u calls\n", malformations[i].what, report.status, report.error,
                    report.operation, call_count);
            exit(1);
        }
        free(plan);
    }
}

static void a_plan_cut_anywhere_is_refused(void)
{
    size_t length;
    build_valid();
    char *whole = builder_build(&builder, &length);
    for (size_t n = 0; n < length; n++) {
        struct plan plan;
        uint32_t fault;
        char *part = malloc(plan_room(n));
        memcpy(part, whole, n);
        CHECK(plan_check(&plan, part, n, &fault) != NULL);
        CHECK_EQUAL(NO_OPERATION, fault);
        free(part);
    }
    free(whole);
}

static void the_valid_plan_is_valid(void)
{
    size_t length;
    struct plan plan;
    uint32_t fault;
    build_valid();
    void *bytes = builder_build(&builder, &length);
    CHECK(plan_check(&plan, bytes, length, &fault) == NULL);
    CHECK_EQUAL(2, plan.child);
    CHECK_EQUAL(4, plan.end);
    free(bytes);
}

static void descriptors_that_do_not_match_are_closed(void)
{
    size_t length;
    const int fds[] = {300, 301};
    builder_reset(&builder);
    builder.fd_count = 1;
    void *bytes = builder_build(&builder, &length);
    double_reset();
    run_begin(&run, 205);
    run_plan(&run, bytes, length, fds, 2, &report);
    CHECK_EQUAL(-1, report.status);
    CHECK_EQUAL(2, call_count);
    CHECK_EQUAL(SYS_close, calls[1].number);
    CHECK_EQUAL(301, calls[1].arguments[0]);
    free(bytes);
}

/* ---- well-formed plans ---- */

static void *run_built(void)
{
    size_t length;
    void *bytes = builder_build(&builder, &length);
    run_begin(&run, 205);
    run_plan(&run, bytes, length, NULL, 0, &report);
    return bytes;
}

/* Runs the one operation that has been added: its errno, or 0. */
static int outcome(void)
{
    free(run_built());
    return report.status == 0 ? 0 : report.error;
}

static void expect_call(unsigned i, long number, long a, long b, long c, long d)
{
    const long wanted[] = {a, b, c, d};
    CHECK(i < call_count);
    CHECK_EQUAL(number, calls[i].number);
    for (int k = 0; k < 4; k++)
        if (wanted[k] != -99)
            CHECK_EQUAL(wanted[k], calls[i].arguments[k]);
}

#define ANY (-99)
#define ONE(...) (double_reset(), builder_reset(&builder), ADD(&builder, __VA_ARGS__))

static void operations_become_their_syscalls(void)
{
    ONE(OP_OPENAT2, I(7), S("a"), I(O_PATH), I(0), I(RESOLVE_IN_ROOT))->dst = 4;
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_openat2, 7, ANY, ANY, sizeof(struct open_how));
    CHECK_EQUAL(210, report.registers[4]);
    CHECK_EQUAL(-1, report.registers[5]);

    ONE(OP_CLOSE_RANGE, I(3), I(0xffffffff), I(0));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_close_range, 3, 0xffffffff, CLOSE_RANGE_CLOEXEC, 0);

    ONE(OP_DUP3, I(5), I(5), I(0));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_fcntl, 5, F_SETFD, 0, 0);
    ONE(OP_DUP3, I(5), I(1), I(O_CLOEXEC));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_dup3, 5, 1, O_CLOEXEC, 0);

    ONE(OP_MKNODAT, I(7), S("null"), I(S_IFCHR | 0666), I(1), I(3));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_mknodat, 7, ANY, S_IFCHR | 0666, (long)makedev(1, 3));

    ONE(OP_FCHOWNAT, I(7), S("x"), I(0xffffffff), I(5), I(AT_SYMLINK_NOFOLLOW));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_fchownat, 7, ANY, 0xffffffff, 5);

    ONE(OP_OPEN_TREE, I(AT_FDCWD), S("x"), I(OPEN_TREE_CLONE));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_open_tree, AT_FDCWD, ANY, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0);

    ONE(OP_FSOPEN, S("proc"), I(0));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_fsopen, ANY, FSOPEN_CLOEXEC, 0, 0);

    ONE(OP_FSPICK, I(7), S(""), I(FSPICK_EMPTY_PATH));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_fspick, 7, ANY, FSPICK_EMPTY_PATH | FSPICK_CLOEXEC, 0);

    ONE(OP_FSMOUNT, I(7), I(0), I(MOUNT_ATTR_NOSUID));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_fsmount, 7, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID, 0);

    ONE(OP_SETGROUPS, B("\1\0\0\0\2\0\0\0", 8));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_setgroups, 2, ANY, 0, 0);
    ONE(OP_SETGROUPS, B("\1", 1));
    CHECK_EQUAL(EINVAL, outcome());
    ONE(OP_SETGROUPS, I(0), I(0));
    CHECK_EQUAL(0, outcome());

    ONE(OP_SET_MEMPOLICY, I(2), B("\1\0\0\0\0\0\0\0", 8));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_set_mempolicy, 2, ANY, 65, 0);

    ONE(OP_JOIN_KEYRING, S("_ses.a"), I(0));
    double_answer(SYS_keyctl, 77);
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, ANY, 0, 0);
    CHECK_EQUAL(1, call_count);
    ONE(OP_JOIN_KEYRING, S("_ses.a"), I(0x3f1b0000));
    double_answer(SYS_keyctl, 77);
    CHECK_EQUAL(0, outcome());
    expect_call(1, SYS_keyctl, KEYCTL_SETPERM, 77, 0x3f1b0000, 0);

    ONE(OP_SECCOMP_FILTER, I(0), B("12345678", 8));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_seccomp, 1, 0, ANY, 0);
    ONE(OP_SECCOMP_FILTER, I(0), B("1234567", 7));
    CHECK_EQUAL(EINVAL, outcome());

    ONE(OP_PIDFD_SEND_SIGNAL, R(1), I(SIGTERM));
    CHECK_EQUAL(0, outcome());
    expect_call(0, SYS_pidfd_send_signal, -1, SIGTERM, 0, 0);
}

static void requests_with_pointers_are_refused(void)
{
    ONE(OP_PRCTL, I(PR_SET_NAME), I(0), I(0), I(0), I(0));
    CHECK_EQUAL(EINVAL, outcome());
    ONE(OP_PRCTL, I(PR_SET_NO_NEW_PRIVS), I(1), I(0), I(0), I(0));
    CHECK_EQUAL(0, outcome());
    ONE(OP_PRCTL, I(PR_SET_NO_NEW_PRIVS | 1LL << 32), I(1), I(0), I(0), I(0));
    CHECK_EQUAL(EINVAL, outcome());
    ONE(OP_IOCTL, I(0), I(TIOCGWINSZ), I(0));
    CHECK_EQUAL(EINVAL, outcome());
    ONE(OP_IOCTL, I(0), I(TIOCSCTTY), I(0));
    CHECK_EQUAL(0, outcome());
    ONE(OP_FSCONFIG, I(7), I(2 /* FSCONFIG_SET_BINARY */), S("k"), S("v"), I(1));
    CHECK_EQUAL(EINVAL, outcome());
    ONE(OP_FSCONFIG, I(7), I(FSCONFIG_SET_STRING), S("k"), S("v"), I(0));
    CHECK_EQUAL(0, outcome());
    ONE(OP_CLONE, I(CLONE_VM), I(-1), I(0), I(0));
    CHECK_EQUAL(EINVAL, outcome());
    ONE(OP_SCHED_SETATTR, B("\377\0\0\0", 4));
    CHECK_EQUAL(EINVAL, outcome());
    char attributes[48] = {0x7f};
    ONE(OP_SCHED_SETATTR, B(attributes, 48));
    CHECK_EQUAL(E2BIG, outcome());
}

static void integers_that_would_be_cut_short_are_refused(void)
{
    ONE(OP_UMASK, I(1LL << 32));
    CHECK_EQUAL(ERANGE, outcome());
    CHECK_EQUAL(0, call_count);
    ONE(OP_PRLIMIT, I(0), I(7), I(-1), I(-1));
    CHECK_EQUAL(0, outcome());
    ONE(OP_PRLIMIT, I(0), I(1LL << 32), I(-1), I(-1));
    CHECK_EQUAL(ERANGE, outcome());
    ONE(OP_MOUNT, S(""), S(""), S(""), I(1LL << 33), S(""));
    CHECK_EQUAL(0, outcome());
}

static void the_fronts_own_descriptors_are_out_of_reach(void)
{
    ONE(OP_CLOSE, I(205));
    CHECK_EQUAL(EBADF, outcome());
    ONE(OP_DUP3, I(0), I(205), I(0));
    CHECK_EQUAL(EINVAL, outcome());
    ONE(OP_EXPECT_OPEN, I(205));
    CHECK_EQUAL(EBADF, outcome());
    CHECK_EQUAL(0, call_count);
}

static void a_tolerated_failure_skips(void)
{
    double_reset();
    double_answer(SYS_mkdirat, -EEXIST);
    builder_reset(&builder);
    struct operation *op = ADD(&builder, OP_MKDIRAT, I(AT_FDCWD), S("a"), I(0755));
    op->tolerated[0] = EPERM;
    op->tolerated[1] = EEXIST;
    op->skip = 1;
    op->dst = 9;
    ADD(&builder, OP_CHDIR, S("a"));
    ADD0(&builder, OP_SETSID);
    free(run_built());
    CHECK_EQUAL(0, report.status);
    CHECK_EQUAL(-1, report.registers[9]);
    CHECK_EQUAL(2, call_count);
    CHECK_EQUAL(SYS_setsid, calls[1].number);
}

static void skip_goes_on_past_the_next(void)
{
    double_reset();
    builder_reset(&builder);
    ADD0(&builder, OP_SKIP)->skip = 2;
    ADD(&builder, OP_CHDIR, S("a"));
    ADD(&builder, OP_CHDIR, S("b"));
    ADD0(&builder, OP_SETSID);
    ADD0(&builder, OP_SKIP)->skip = 1;
    ADD(&builder, OP_CHDIR, S("c"));
    free(run_built());
    CHECK_EQUAL(0, report.status);
    CHECK_EQUAL(1, call_count);
    CHECK_EQUAL(SYS_setsid, calls[0].number);
}

static void skip_works_in_a_childs_operations(void)
{
    double_reset();
    double_answer(SYS_clone3, 0);
    builder_reset(&builder);
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(3));
    ADD0(&builder, OP_SKIP)->skip = 1;
    ADD(&builder, OP_CHDIR, S("a"));
    ADD0(&builder, OP_SETSID);
    ADD(&builder, OP_CHDIR, S("b"));
    int code = setjmp(double_exit);
    if (code == 0)
        free(run_built());
    CHECK_EQUAL(0 + 1, code);
    CHECK_EQUAL(SYS_setsid, calls[call_count - 1].number);
    for (unsigned i = 0; i < call_count; i++)
        CHECK(calls[i].number != SYS_chdir);
}

static void a_failure_ends_the_plan(void)
{
    double_reset();
    double_answer(SYS_mkdirat, -EEXIST);
    builder_reset(&builder);
    ADD0(&builder, OP_SETSID);
    ADD(&builder, OP_MKDIRAT, I(AT_FDCWD), S("a"), I(0755))->tolerated[0] = EPERM;
    ADD0(&builder, OP_SETSID);
    free(run_built());
    CHECK_EQUAL(-1, report.status);
    CHECK_EQUAL(1, report.operation);
    CHECK_EQUAL(EEXIST, report.error);
    CHECK_EQUAL(0, report.in_child);
    CHECK_EQUAL(2, call_count);
}

static void the_parent_passes_over_the_childs_operations(void)
{
    double_reset();
    double_answer(SYS_clone3, 4242);
    builder_reset(&builder);
    ADD(&builder, OP_CLONE, I(0), I(-1), I(2), I(2))->dst = 1;
    ADD0(&builder, OP_SETSID);
    ADD(&builder, OP_CHDIR, S("/"));
    ADD(&builder, OP_CHDIR, S("/"));
    ADD(&builder, OP_UMASK, I(0));
    free(run_built());
    CHECK_EQUAL(0, report.status);
    CHECK_EQUAL(4242, report.registers[1]);
    int chdirs = 0, others = 0;
    for (unsigned i = 0; i < call_count; i++) {
        chdirs += calls[i].number == SYS_chdir;
        others += calls[i].number == SYS_setsid || calls[i].number == SYS_umask;
    }
    CHECK_EQUAL(0, chdirs);
    CHECK_EQUAL(2, others);
}

static void the_child_runs_its_operations_and_tells_of_its_failure(void)
{
    double_reset();
    double_answer(SYS_clone3, 0);
    double_answer(SYS_chdir, -ENOENT);
    builder_reset(&builder);
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
    ADD0(&builder, OP_SETSID);
    ADD(&builder, OP_CHDIR, S("/"));
    ADD(&builder, OP_UMASK, I(0));
    int code = setjmp(double_exit);
    if (code == 0)
        free(run_built());
    CHECK_EQUAL(1 + 1, code);
    CHECK_EQUAL(SYS_sendmsg, calls[call_count - 1].number);
    CHECK_EQUAL(SYS_chdir, calls[call_count - 2].number);
    CHECK_EQUAL(-1, run.connection);
}

static void a_pid_is_written_in_place(void)
{
    size_t length;
    double_reset();
    double_answer(SYS_getpid, 1234);
    builder_reset(&builder);
    struct operation *op = ADD(&builder, OP_PATCH_PID, B("xxxxxxxx", 8), I(0));
    int64_t at = op->value[0];
    char *plan = builder_build(&builder, &length);
    run_begin(&run, 205);
    run_plan(&run, plan, length, NULL, 0, &report);
    CHECK_EQUAL(0, report.status);
    CHECK(memcmp(plan + length - builder.length + at, "    1234", 8) == 0);
    free(plan);
    ONE(OP_PATCH_PID, B("xxx", 3), I(1234));
    CHECK_EQUAL(ERANGE, outcome());
    ONE(OP_PATCH_PID, I(0), I(0), I(1));
    CHECK_EQUAL(ERANGE, outcome());
}

/* Patching can take the end off a string, or turn a list's count into digits. */
static void what_an_operation_has_patched_stays_within_the_plan(void)
{
    double_reset();
    builder_reset(&builder);
    struct operation *patch = ADD(&builder, OP_PATCH_PID, B("12345678", 8), I(1234567890));
    ADD(&builder, OP_FIND_EXECUTABLE, L("a"));
    patch->value[0] = builder.operations[1].value[0] - 2;
    patch->value[1] = 10;
    free(run_built());
    CHECK_EQUAL(1, report.operation);
    CHECK_EQUAL(EFAULT, report.error);

    builder_reset(&builder);
    patch = ADD(&builder, OP_PATCH_PID, B("1234567890", 10), I(1234567890));
    struct operation *chdir = ADD(&builder, OP_CHDIR, S("123456789"));
    patch->value[0] = chdir->value[0];
    free(run_built());
    CHECK_EQUAL(0, report.status);
}

static void registers_keep_from_plan_to_plan(void)
{
    size_t length;
    double_reset();
    builder_reset(&builder);
    ADD(&builder, OP_FSOPEN, S("proc"), I(0))->dst = 3;
    void *first = builder_build(&builder, &length);
    run_begin(&run, 205);
    run_plan(&run, first, length, NULL, 0, &report);
    builder_reset(&builder);
    ADD(&builder, OP_FCHDIR, R(3));
    void *second = builder_build(&builder, &length);
    double_reset();
    run_plan(&run, second, length, NULL, 0, &report);
    expect_call(0, SYS_fchdir, 210, 0, 0, 0);
    free(first);
    free(second);
}

/* ---- seeds for the fuzzer ---- */

static void save_seed(const char *folder, const char *name, const uint8_t *answers, uint16_t count)
{
    char path[4096];
    size_t length;
    void *plan = builder_build(&builder, &length);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CHECK(file);
    fwrite(&count, sizeof count, 1, file);
    fwrite(answers, 1, count, file);
    fwrite(plan, 1, length, file);
    fclose(file);
    free(plan);
}

static int save_seeds(const char *folder)
{
    uint8_t zeros[64] = {0}, ones[64], links[64];
    memset(ones, 0x60, sizeof ones);
    for (size_t i = 0; i < sizeof links; i++)
        links[i] = i % 3 == 0 ? 0x7f + ENOENT : i % 3 == 1 ? 0 : 2;

    build_valid();
    save_seed(folder, "valid-parent", ones, sizeof ones);
    save_seed(folder, "valid-child", zeros, sizeof zeros);
    builder_reset(&builder);
    ADD(&builder, OP_MAKE_IN_ROOT, I(5), S("a/../b//c"), I(0), I(0))->dst = 1;
    ADD(&builder, OP_MAKE_IN_ROOT, I(5), S("d/e"), I(1), I(0))->dst = 2;
    save_seed(folder, "make-in-root", links, sizeof links);
    save_seed(folder, "make-in-root-plain", zeros, sizeof zeros);
    builder_reset(&builder);
    ADD(&builder, OP_HOOK, S("/bin/true"), L("true"), L("A=b"), B("{}", 2), I(1000));
    ADD(&builder, OP_WAIT, I(1), I(5), I(6))->dst = 3;
    save_seed(folder, "hook-and-wait", ones, sizeof ones);
    builder_reset(&builder);
    ADD(&builder, OP_FILL_HOME, B("HOME=/\0        ", 15), I(0));
    ADD(&builder, OP_PATCH_PID, B("        ", 8), I(0));
    ADD(&builder, OP_FIND_EXECUTABLE, L("/bin/a", "/bin/b"))->dst = 1;
    ADD(&builder, OP_SECCOMP_FILTER, I(0), B("12345678", 8));
    ADD(&builder, OP_SEND_FD, I(5), I(1), B("x", 1));
    ADD(&builder, OP_CONNECT, S("/run/x.sock"));
    ADD(&builder, OP_OWN_STDIO, I(1000));
    save_seed(folder, "assorted", zeros, sizeof zeros);
    return 0;
}

int main(int argc, char *argv[])
{
    static const struct test tests[] = {
        {"each malformed plan is refused and nothing runs", each_malformed_plan_is_refused_and_nothing_runs},
        {"a plan cut anywhere is refused", a_plan_cut_anywhere_is_refused},
        {"the valid plan is valid", the_valid_plan_is_valid},
        {"descriptors that do not match are closed", descriptors_that_do_not_match_are_closed},
        {"operations become their syscalls", operations_become_their_syscalls},
        {"requests with pointers are refused", requests_with_pointers_are_refused},
        {"integers that would be cut short are refused", integers_that_would_be_cut_short_are_refused},
        {"the front's own descriptors are out of reach", the_fronts_own_descriptors_are_out_of_reach},
        {"a tolerated failure skips", a_tolerated_failure_skips},
        {"skip goes on past the next", skip_goes_on_past_the_next},
        {"skip works in a child's operations", skip_works_in_a_childs_operations},
        {"a failure ends the plan", a_failure_ends_the_plan},
        {"the parent passes over the child's operations", the_parent_passes_over_the_childs_operations},
        {"the child runs its operations and tells of its failure", the_child_runs_its_operations_and_tells_of_its_failure},
        {"a pid is written in place", a_pid_is_written_in_place},
        {"what an operation has patched stays within the plan", what_an_operation_has_patched_stays_within_the_plan},
        {"registers keep from plan to plan", registers_keep_from_plan_to_plan},
    };
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
        return save_seeds(argv[2]);
    return RUN_TESTS(argc, argv, tests);
}
