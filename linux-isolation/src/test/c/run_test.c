/* The interpreter against the kernel: children, hooks, paths in hostile roots, terminals. Needs no privilege. */
#include "builder.h"
#include "run.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static struct builder builder;
static struct run run;
static struct report report;

static void begin(void)
{
    signal(SIGPIPE, SIG_IGN);
    builder_reset(&builder);
    run_begin(&run, -1);
}

static void go(void)
{
    size_t length;
    void *plan = builder_build(&builder, &length);
    run_plan(&run, plan, length, NULL, 0, &report);
    free(plan);
}

static void expect(int status, int operation, int error, int in_child)
{
    if (report.status != status || (status && (report.operation != (uint32_t)operation || report.error != error ||
                                               report.in_child != (uint32_t)in_child))) {
        fprintf(stderr, "status %d operation %u errno %d detail %d in child %u\n", report.status, report.operation, report.error,
                report.detail, report.in_child);
        exit(1);
    }
}

static long ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(int n)
{
    poll(NULL, 0, n);
}

static int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

#define SHELL_HOOK(script) S("/bin/sh"), L("sh", "-c", script), L("PATH=/bin:/usr/bin")
#define SHELL(script) L("/bin/sh"), I(0), L("sh", "-c", script), L("PATH=/bin:/usr/bin")

/* ---- children ---- */

static void child_and_parent_take_turns(void)
{
    int before = open_descriptors();
    begin();
    struct operation *clone = ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(4));
    clone->dst = 1;
    clone->dst2 = 2;
    ADD0(&builder, OP_TELL_PARENT);
    ADD0(&builder, OP_AWAIT_PARENT);
    ADD0(&builder, OP_TELL_PARENT);
    ADD(&builder, OP_EXEC, SHELL("exit 3"));
    ADD0(&builder, OP_AWAIT_CHILD);
    ADD0(&builder, OP_TELL_CHILD);
    ADD0(&builder, OP_AWAIT_CHILD);
    ADD0(&builder, OP_AWAIT_EXEC);
    ADD(&builder, OP_WAIT, R(1), R(2), I(-1))->dst = 3;
    ADD(&builder, OP_CLOSE, R(2));
    go();
    expect(0, 0, 0, 0);
    CHECK_EQUAL(3, report.registers[3]);
    CHECK(run.waited && run.exit_code == 3);
    CHECK_EQUAL(before, open_descriptors());
}

static void a_child_lives_from_plan_to_plan(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(3))->dst = 1;
    ADD0(&builder, OP_TELL_PARENT);
    ADD0(&builder, OP_AWAIT_PARENT);
    ADD(&builder, OP_EXEC, SHELL("exit 0"));
    ADD0(&builder, OP_AWAIT_CHILD);
    go();
    expect(0, 0, 0, 0);
    CHECK(kill((pid_t)report.registers[1], 0) == 0);

    builder_reset(&builder);
    ADD(&builder, OP_CLONE, I(0), I(-1), I(0), I(0));
    go();
    expect(-1, 0, EBUSY, 0);

    builder_reset(&builder);
    ADD0(&builder, OP_TELL_CHILD);
    ADD0(&builder, OP_AWAIT_EXEC);
    go();
    expect(0, 0, 0, 0);
}

static void a_child_made_again_takes_the_firsts_place(void)
{
    int before = open_descriptors();
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(5))->dst = 1;
    ADD(&builder, OP_UMASK, I(0));
    ADD(&builder, OP_RECLONE, I(0));
    ADD(&builder, OP_OPENAT2, I(AT_FDCWD), S("/dev/null"), I(O_RDONLY), I(0), I(0))->dst = 4;
    ADD(&builder, OP_SEND_FD, I(-1), R(4), B("", 0));
    ADD(&builder, OP_EXEC, SHELL("exit 3"));
    struct operation *adopt = ADD0(&builder, OP_ADOPT_CHILD);
    adopt->dst = 2;
    adopt->dst2 = 3;
    ADD0(&builder, OP_TELL_CHILD);
    ADD0(&builder, OP_RECEIVE_FD)->dst = 5; /* messages have no credentials any more */
    ADD0(&builder, OP_AWAIT_EXEC);
    ADD(&builder, OP_WAIT, R(2), R(3), I(-1));
    ADD(&builder, OP_CLOSE, R(3));
    ADD(&builder, OP_CLOSE, R(5));
    go();
    expect(0, 0, 0, 0);
    CHECK(report.registers[1] != report.registers[2]);
    CHECK_EQUAL(3, run.exit_code);
    CHECK_EQUAL(before, open_descriptors());
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void a_child_that_fails_to_be_made_again_says_so(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1));
    ADD(&builder, OP_RECLONE, I(0x100));
    ADD0(&builder, OP_ADOPT_CHILD);
    go();
    expect(-1, 1, EINVAL, 1);
    run_end(&run);

    builder_reset(&builder);
    run_begin(&run, -1);
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1));
    ADD0(&builder, OP_TELL_PARENT);
    ADD0(&builder, OP_ADOPT_CHILD);
    go();
    expect(-1, 2, EPROTO, 0);
    run_end(&run);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void a_child_made_again_ends_with_an_unfinished_plan(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
    ADD(&builder, OP_RECLONE, I(0));
    ADD(&builder, OP_EXEC, SHELL("exit 3"));
    ADD0(&builder, OP_ADOPT_CHILD)->dst = 2;
    go();
    expect(0, 0, 0, 0);
    run_end(&run);
    CHECK(kill((pid_t)report.registers[2], 0) < 0 && errno == ESRCH);
}

static void files_of_proc_are_procs(void)
{
    begin();
    ADD(&builder, OP_UMASK, I(022));
    ADD(&builder, OP_OPEN_PROC, I(getpid()), S("ns/user"), I(O_RDONLY))->dst = 1;
    ADD(&builder, OP_OPEN_PROC, I(getpid()), S("oom_score_adj"), I(O_RDONLY))->dst = 2;
    ADD(&builder, OP_CLOSE, R(1));
    ADD(&builder, OP_CLOSE, R(2));
    ADD(&builder, OP_OPEN_PROC, I(getpid()), S("fd/0"), I(O_RDONLY));
    go();
    expect(-1, 5, EXDEV, 0);

    builder_reset(&builder);
    ADD(&builder, OP_OPEN_PROC, I(0), S("status"), I(O_RDONLY));
    go();
    expect(-1, 0, EINVAL, 0);
}

static void a_user_namespace_needs_no_process(void)
{
    const char *map = "0 100000 10\n20 200000 5\n";
    long length = (long)strlen(map);
    begin();
    ADD(&builder, OP_MAKE_USERNS, B(map, length), B(map, length))->dst = 1;
    struct operation *clone = ADD(&builder, OP_CLONE, I(0), I(-1), I(2), I(2));
    clone->dst = 3;
    clone->dst2 = 4;
    ADD(&builder, OP_SETNS, R(1), I(0x10000000)); /* CLONE_NEWUSER */
    ADD(&builder, OP_EXEC, SHELL("grep -q '^ *20 *200000 *5$' /proc/self/uid_map && grep -q '^ *0 *100000 *10$' /proc/self/gid_map"));
    ADD(&builder, OP_WAIT, R(3), R(4), I(-1));
    ADD(&builder, OP_CLOSE, R(4));
    ADD(&builder, OP_CLOSE, R(1));
    go();
    if (geteuid() != 0) {
        expect(-1, 0, EPERM, 0);
        return;
    }
    expect(0, 0, 0, 0);
    CHECK_EQUAL(0, run.exit_code);

    builder_reset(&builder);
    ADD(&builder, OP_MAKE_USERNS, B("0 0 x", 5), B(map, length))->dst = 1;
    go();
    expect(-1, 0, EINVAL, 0);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void a_childs_failure_becomes_the_plans(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
    ADD(&builder, OP_UMASK, I(022));
    ADD(&builder, OP_CHDIR, S("/no/such/folder"));
    ADD0(&builder, OP_AWAIT_CHILD);
    go();
    expect(-1, 2, ENOENT, 1);
    run_end(&run);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void a_failing_exec_is_reported(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1));
    ADD(&builder, OP_EXEC, L("/etc/passwd"), I(0), L("x"), L("A=b"));
    ADD0(&builder, OP_AWAIT_EXEC);
    go();
    expect(-1, 1, EACCES, 1);
}

static void a_short_lived_program_has_executed(void)
{
    for (int i = 0; i < 50; i++) {
        begin();
        ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1));
        ADD(&builder, OP_EXEC, L("/bin/true"), I(0), L("true"), L("A=b"));
        ADD0(&builder, OP_AWAIT_EXEC);
        go();
        expect(0, 0, 0, 0);
        run_end(&run);
    }
}

static void a_childs_death_is_told_from_exec(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2))->dst2 = 2;
    ADD0(&builder, OP_TELL_PARENT);
    ADD0(&builder, OP_AWAIT_PARENT);
    ADD0(&builder, OP_AWAIT_CHILD);
    ADD(&builder, OP_PIDFD_SEND_SIGNAL, R(2), I(SIGUSR1));
    ADD0(&builder, OP_AWAIT_EXEC);
    go();
    expect(-1, 5, ECHILD, 0);
    CHECK(WIFSIGNALED(report.detail) && WTERMSIG(report.detail) == SIGUSR1);
}

static void telling_a_dead_child_says_why_it_died(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
    ADD0(&builder, OP_TELL_PARENT);
    ADD(&builder, OP_CHDIR, S("/no/such/folder"));
    ADD0(&builder, OP_AWAIT_CHILD);
    ADD(&builder, OP_HOOK, S("/bin/sleep"), L("sleep", "0.1"), L("A=b"), I(0), I(0), I(0));
    ADD0(&builder, OP_TELL_CHILD);
    go();
    expect(-1, 2, ENOENT, 1);

    /* What it never read is no reason to lose what it said. */
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
    ADD(&builder, OP_HOOK, S("/bin/sleep"), L("sleep", "0.1"), L("A=b"), I(0), I(0), I(0));
    ADD(&builder, OP_CHDIR, S("/no/such/folder"));
    ADD0(&builder, OP_TELL_CHILD);
    ADD0(&builder, OP_AWAIT_CHILD);
    go();
    expect(-1, 2, ENOENT, 1);
}

static void descriptors_pass_from_child_to_parent(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(3));
    ADD(&builder, OP_OPENAT2, I(AT_FDCWD), S("/dev/null"), I(O_RDONLY), I(0), I(0))->dst = 1;
    ADD(&builder, OP_SEND_FD, I(-1), R(1), I(0), I(0));
    ADD0(&builder, OP_AWAIT_PARENT);
    ADD0(&builder, OP_RECEIVE_FD)->dst = 7;
    ADD(&builder, OP_EXPECT_DEVICE, R(7), I(S_IFCHR), I(1), I(3));
    ADD0(&builder, OP_KILL_CHILD);
    ADD0(&builder, OP_KILL_CHILD);
    go();
    expect(-1, 7, ECHILD, 0);
    int fd = (int)report.registers[7];
    CHECK(fd >= 200);
    CHECK_EQUAL(FD_CLOEXEC, fcntl(fd, F_GETFD));
}

static void a_plan_that_is_given_up_ends_its_child(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1))->dst = 1;
    ADD0(&builder, OP_AWAIT_PARENT);
    ADD(&builder, OP_CHDIR, S("/no/such/folder"));
    go();
    expect(-1, 2, ENOENT, 0);
    run_end(&run);
    CHECK(kill((pid_t)report.registers[1], 0) < 0 && errno == ESRCH);
}

static void a_detached_child_stays(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1))->dst = 1;
    ADD(&builder, OP_EXEC, L("/bin/sleep"), I(0), L("sleep", "60"), L("A=b"));
    ADD0(&builder, OP_AWAIT_EXEC);
    ADD0(&builder, OP_DETACH_CHILD);
    go();
    expect(0, 0, 0, 0);
    run_end(&run);
    pid_t pid = (pid_t)report.registers[1];
    CHECK(kill(pid, 0) == 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void a_child_dies_with_its_parent(void)
{
    int pipe_ends[2];
    CHECK(pipe(pipe_ends) == 0);
    pid_t parent = fork();
    if (parent == 0) {
        begin();
        ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1))->dst = 1;
        ADD0(&builder, OP_AWAIT_PARENT);
        go();
        pause();
    }
    close(pipe_ends[1]);
    pause_ms(100);
    kill(parent, SIGKILL);
    char byte; /* the write end is closed once both are gone */
    CHECK_EQUAL(0, read(pipe_ends[0], &byte, 1));
}

static void a_late_failure_goes_to_the_containers_stderr(void)
{
    int ends[2], start[2];
    CHECK(pipe(ends) == 0 && pipe(start) == 0);
    pid_t parent = fork();
    if (parent == 0) {
        dup2(ends[1], 2);
        begin();
        ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
        ADD(&builder, OP_AWAIT_START, I(start[0]));
        struct operation *chdir = ADD(&builder, OP_CHDIR, S("/no/such/folder"));
        chdir->label = (uint32_t)ADD(&builder, OP_CHDIR, S("enter the working directory"))->value[0];
        builder.count--; /* just its words */
        ADD0(&builder, OP_DETACH_CHILD);
        go();
        _exit(report.status ? 1 : 0);
    }
    close(ends[1]);
    CHECK(waitpid(parent, NULL, 0) == parent); /* from now on nobody is at the other end of the child's link */
    CHECK(write(start[1], "", 1) == 1);
    char text[200] = "";
    size_t length = 0;
    for (ssize_t n; (n = read(ends[0], text + length, sizeof text - 1 - length)) > 0;)
        length += (size_t)n;
    if (strcmp(text, "caisson: enter the working directory: No such file or directory\n") != 0) {
        fprintf(stderr, "it says \"%s\"\n", text);
        exit(1);
    }
}

static void a_filter_that_forbids_talking_is_no_death(void)
{
    /* BPF: sendmsg, rt_sigaction and rt_sigprocmask fail with EPERM, all else passes. */
    struct {
        uint16_t code;
        uint8_t jt, jf;
        uint32_t k;
    } filter[] = {
        {0x20, 0, 0, 0},
        {0x15, 3, 0, SYS_sendmsg},
        {0x15, 2, 0, SYS_rt_sigaction},
        {0x15, 1, 0, SYS_rt_sigprocmask},
        {0x06, 0, 0, 0x7fff0000},
        {0x06, 0, 0, 0x00050001},
    };
    begin();
    struct operation *clone = ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(3));
    clone->dst = 1;
    clone->dst2 = 2;
    ADD(&builder, OP_PRCTL, I(PR_SET_NO_NEW_PRIVS), I(1), I(0), I(0), I(0));
    ADD(&builder, OP_SECCOMP_FILTER, I(0), B((const char *)filter, sizeof filter));
    ADD(&builder, OP_EXEC, L("/bin/true"), I(0), L("true"), L("A=b"));
    ADD0(&builder, OP_AWAIT_EXEC);
    ADD(&builder, OP_WAIT, R(1), R(2), I(-1))->dst = 3;
    go();
    expect(0, 0, 0, 0);
    CHECK_EQUAL(0, report.registers[3]);
}

struct filter {
    uint16_t code;
    uint8_t jt, jf;
    uint32_t k;
};

static void a_descriptor_is_taken_past_a_filter_on_sendmsg(void)
{
    /* BPF: sendmsg fails with EPERM, all else passes. */
    const struct filter filter[] = {{0x20, 0, 0, 0}, {0x15, 1, 0, SYS_sendmsg}, {0x06, 0, 0, 0x7fff0000}, {0x06, 0, 0, 0x00050001}};
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(5));
    ADD(&builder, OP_PRCTL, I(PR_SET_NO_NEW_PRIVS), I(1), I(0), I(0), I(0));
    ADD(&builder, OP_OPENAT2, I(AT_FDCWD), S("/dev/null"), I(O_RDONLY), I(0), I(0))->dst = 1;
    ADD(&builder, OP_SECCOMP_FILTER, I(0), B((const char *)filter, sizeof filter));
    ADD(&builder, OP_TELL_FD, R(1));
    ADD0(&builder, OP_AWAIT_PARENT);
    ADD0(&builder, OP_TAKE_FD)->dst = 7;
    ADD(&builder, OP_EXPECT_DEVICE, R(7), I(S_IFCHR), I(1), I(3));
    ADD0(&builder, OP_KILL_CHILD);
    go();
    expect(0, 0, 0, 0);
    int fd = (int)report.registers[7];
    CHECK(fd >= 200);
    CHECK_EQUAL(FD_CLOEXEC, fcntl(fd, F_GETFD));
    close(fd);
}

static void a_descriptor_that_is_not_there_is_not_taken(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
    ADD(&builder, OP_TELL_FD, I(150));
    ADD0(&builder, OP_AWAIT_PARENT);
    ADD0(&builder, OP_TAKE_FD);
    go();
    expect(-1, 3, EBADF, 0);
    run_end(&run);

    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1));
    ADD(&builder, OP_TELL_FD, I(-1));
    ADD0(&builder, OP_TAKE_FD);
    go();
    expect(-1, 1, EBADF, 1);
    run_end(&run);
}

static void a_death_by_a_filter_is_told_while_it_is_waited_for(void)
{
    /* BPF: sendmsg kills, all else passes. */
    const struct filter filter[] = {{0x20, 0, 0, 0}, {0x15, 1, 0, SYS_sendmsg}, {0x06, 0, 0, 0x7fff0000}, {0x06, 0, 0, 0x80000000}};
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(3));
    ADD(&builder, OP_PRCTL, I(PR_SET_NO_NEW_PRIVS), I(1), I(0), I(0), I(0));
    ADD(&builder, OP_SECCOMP_FILTER, I(0), B((const char *)filter, sizeof filter));
    ADD0(&builder, OP_TELL_PARENT);
    ADD0(&builder, OP_AWAIT_CHILD);
    go();
    expect(-1, 4, ECHILD, 0);
    CHECK_EQUAL(SIGSYS, report.detail & 0x7f);
}

static void what_is_executed_has_default_signals_and_no_front_descriptors(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    begin();
    signal(SIGHUP, SIG_IGN);
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
    ADD(&builder, OP_DUP3, I(ends[1]), I(1), I(0));
    ADD(&builder, OP_EXEC, SHELL("grep -E '^Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd | grep 20; :"));
    ADD0(&builder, OP_AWAIT_EXEC);
    go();
    close(ends[1]);
    expect(0, 0, 0, 0);
    char text[200] = "";
    size_t length = 0;
    for (ssize_t n; (n = read(ends[0], text + length, sizeof text - 1 - length)) > 0;)
        length += (size_t)n;
    if (strcmp(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n") != 0) {
        fprintf(stderr, "it says \"%s\"\n", text);
        exit(1);
    }
}

static void find_executable_goes_by_the_candidates(void)
{
    begin();
    ADD(&builder, OP_FIND_EXECUTABLE, L("/no/sh", "/etc/passwd", "/bin", "/bin/sh"))->dst = 1;
    ADD(&builder, OP_FIND_EXECUTABLE, L("/no/sh", "/etc/passwd/sh"))->tolerated[0] = ENOENT;
    ADD(&builder, OP_FIND_EXECUTABLE, L("/bin"))->tolerated[0] = EACCES;
    go();
    expect(0, 0, 0, 0);
    CHECK_EQUAL(3, report.registers[1]);
}

/* ---- waiting ---- */

static void wait_passes_signals_on(void)
{
    static const int each[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
        int ends[2];
        CHECK(pipe(ends) == 0);
        pid_t front = fork();
        if (front == 0) {
            begin();
            struct operation *clone = ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
            clone->dst = 1;
            clone->dst2 = 2;
            ADD(&builder, OP_DUP3, I(ends[1]), I(1), I(0));
            ADD(&builder, OP_EXEC, SHELL("trap 'exit 9' HUP INT TERM QUIT USR1 USR2; echo; while :; do sleep 0.05; done"));
            ADD0(&builder, OP_AWAIT_EXEC);
            ADD(&builder, OP_WAIT, R(1), R(2), I(-1))->dst = 3;
            go();
            _exit(report.status ? 99 : (int)report.registers[3]);
        }
        char byte;
        CHECK_EQUAL(1, read(ends[0], &byte, 1));
        kill(front, each[i]);
        int status;
        waitpid(front, &status, 0);
        CHECK_EQUAL(9 << 8, status);
    }
}

static void exit_codes_are_a_shells(void)
{
    static const struct {
        const char *script;
        int code;
    } each[] = {{"exit 0", 0}, {"exit 1", 1}, {"exit 255", 255}, {"kill -9 $$", 128 + 9}, {"kill -15 $$", 128 + 15}};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
        begin();
        struct operation *clone = ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1));
        clone->dst = 1;
        clone->dst2 = 2;
        ADD(&builder, OP_EXEC, SHELL(each[i].script));
        ADD(&builder, OP_WAIT, R(1), R(2), I(-1))->dst = 3;
        go();
        expect(0, 0, 0, 0);
        CHECK_EQUAL(each[i].code, report.registers[3]);
    }
}

static void a_signal_before_wait_is_not_lost(void)
{
    begin();
    struct operation *clone = ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1));
    clone->dst = 1;
    clone->dst2 = 2;
    ADD(&builder, OP_EXEC, L("/bin/sleep"), I(0), L("sleep", "60"), L("A=b"));
    ADD0(&builder, OP_AWAIT_EXEC);
    go();
    kill(getpid(), SIGTERM);
    builder_reset(&builder);
    ADD(&builder, OP_WAIT, R(1), R(2), I(-1))->dst = 3;
    go();
    expect(0, 0, 0, 0);
    CHECK_EQUAL(128 + SIGTERM, report.registers[3]);
}

/* ---- hooks ---- */

static long hook(const char *script, const char *bytes, long length, long timeout)
{
    begin();
    ADD(&builder, OP_HOOK, S("/bin/sh"), L("sh", "-c", script), L("PATH=/bin:/usr/bin"), B(bytes, length), I(timeout));
    long start = ms();
    int before = open_descriptors();
    go();
    CHECK_EQUAL(before, open_descriptors());
    return ms() - start;
}

static char megabyte[400000];

static void hooks_get_their_bytes(void)
{
    hook("[ \"$(cat)\" = '{\"pid\":7}' ]", "{\"pid\":7}", 9, 5000);
    expect(0, 0, 0, 0);
    memset(megabyte, 'x', sizeof megabyte);
    hook("[ $(wc -c) = 400000 ]", megabyte, sizeof megabyte, 0);
    expect(0, 0, 0, 0);
    hook("[ $(wc -c) = 0 ]", "", 0, 0);
    expect(0, 0, 0, 0);
}

static void hooks_need_not_read(void)
{
    hook("exit 0", megabyte, sizeof megabyte, 5000);
    expect(0, 0, 0, 0);
    hook("exec <&-; sleep 0.1; exit 4", megabyte, sizeof megabyte, 5000);
    expect(-1, 0, 0, 0);
    CHECK_EQUAL(4 << 8, report.detail);
}

static void a_hooks_failure_has_its_status(void)
{
    hook("exit 7", "", 0, 0);
    expect(-1, 0, 0, 0);
    CHECK_EQUAL(7 << 8, report.detail);
    hook("kill -9 $$", "", 0, 0);
    expect(-1, 0, 0, 0);
    CHECK_EQUAL(SIGKILL, report.detail);
}

static void a_hook_that_cannot_start_has_its_errno(void)
{
    begin();
    ADD(&builder, OP_HOOK, S("/no/such/hook"), L("x"), L("A=b"), I(0), I(0), I(0));
    go();
    expect(-1, 0, ENOENT, 0);
}

static void a_hook_that_takes_too_long_is_ended_with_its_children(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    dup2(ends[1], 2);
    close(ends[1]);
    long took = hook("sleep 60 & sleep 60", megabyte, sizeof megabyte, 200);
    close(2); /* the hook's children hold the last write ends, until they are gone */
    char byte;
    CHECK_EQUAL(0, read(ends[0], &byte, 1));
    expect(-1, 0, ETIMEDOUT, 0);
    CHECK(took >= 200 && took < 3000);
}

static void hooks_inherit_nothing(void)
{
    int fd = fcntl(0, F_DUPFD, 50);
    CHECK(fd >= 50);
    hook("[ ! -e /proc/self/fd/50 ] && [ \"$(cat /proc/$$/stat | cut -d' ' -f5)\" = $$ ]", "x", 1, 0);
    expect(0, 0, 0, 0);
}

static void hooks_run_in_a_childs_operations(void)
{
    begin();
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(2));
    ADD(&builder, OP_HOOK, S("/bin/sh"), L("sh", "-c", "exit 0"), L("A=b"), B(megabyte, sizeof megabyte), I(0));
    ADD(&builder, OP_HOOK, S("/bin/sh"), L("sh", "-c", "exit 5"), L("A=b"), B("{}", 2), I(0));
    ADD0(&builder, OP_AWAIT_EXEC);
    go();
    expect(-1, 2, 0, 1);
    CHECK_EQUAL(5 << 8, report.detail);
}

/* A connection to an engine that is lost after so many ms. */
static void connect_for(int milliseconds)
{
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    if (fork() == 0) {
        close(pair[0]);
        pause_ms(milliseconds);
        _exit(0);
    }
    close(pair[1]);
    run_begin(&run, pair[0]);
}

static void a_hook_ends_with_the_engine(void)
{
    begin();
    connect_for(100);
    ADD(&builder, OP_HOOK, SHELL_HOOK("sleep 60 & sleep 60"), I(0), I(0), I(0));
    long start = ms();
    go();
    expect(-1, 0, ECONNRESET, 0);
    CHECK(ms() - start < 5000);
}

static void a_childs_hook_ends_with_the_engine(void)
{
    int hook_lives[2];
    begin();
    connect_for(100);
    CHECK(pipe(hook_lives) == 0);
    dup2(hook_lives[1], 2); /* which the hook holds open */
    close(hook_lives[1]);
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1));
    ADD(&builder, OP_HOOK, SHELL_HOOK("exec sleep 60"), I(0), I(0), I(0));
    ADD0(&builder, OP_AWAIT_CHILD);
    go();
    expect(-1, 2, ECONNRESET, 0);
    run_end(&run);
    close(2);
    char byte;
    CHECK_EQUAL(0, read(hook_lives[0], &byte, 1));
}

/* `in_child`: the hook is one of the child's, whose parent is killed. */
static void kill_front_in_hook(bool in_child)
{
    int hook_lives[2];
    CHECK(pipe(hook_lives) == 0);
    pid_t front = fork();
    if (front == 0) {
        begin();
        dup2(hook_lives[1], 2);
        close(hook_lives[1]);
        if (in_child)
            ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(1));
        ADD(&builder, OP_HOOK, SHELL_HOOK("echo >&2; exec sleep 60"), I(0), I(0), I(0));
        ADD0(&builder, OP_AWAIT_CHILD);
        go();
        _exit(0);
    }
    close(hook_lives[1]);
    char byte;
    CHECK_EQUAL(1, read(hook_lives[0], &byte, 1));
    kill(front, SIGKILL);
    CHECK_EQUAL(0, read(hook_lives[0], &byte, 1));
}

static void a_hook_ends_with_the_front(void)
{
    kill_front_in_hook(false);
    kill_front_in_hook(true);
}

static void a_hook_of_a_child_that_was_left_to_itself_goes_on(void)
{
    int note[2], fifo[2];
    begin();
    CHECK(pipe(note) == 0 && pipe(fifo) == 0);
    dup2(note[1], 2);
    close(note[1]);
    ADD(&builder, OP_CLONE, I(0), I(-1), I(1), I(3))->dst = 1;
    ADD0(&builder, OP_TELL_PARENT);
    ADD(&builder, OP_AWAIT_START, I(fifo[0]));
    ADD(&builder, OP_HOOK, SHELL_HOOK("sleep 0.3; echo done >&2"), I(0), I(0), I(0));
    ADD0(&builder, OP_AWAIT_CHILD);
    ADD0(&builder, OP_DETACH_CHILD);
    go();
    expect(0, 0, 0, 0);
    run_end(&run);
    close(2);
    CHECK_EQUAL(1, write(fifo[1], "", 1));
    char text[5] = "";
    CHECK_EQUAL(5, read(note[0], text, 5));
    CHECK(memcmp(text, "done\n", 5) == 0);
    waitpid((pid_t)report.registers[1], NULL, 0);
}

/* ---- paths in a root ---- */

static char scratch[] = "/tmp/caisson-test-XXXXXX";

static int new_root(void)
{
    char path[64];
    strcpy(scratch, "/tmp/caisson-test-XXXXXX");
    CHECK(mkdtemp(scratch));
    CHECK(chdir(scratch) == 0);
    CHECK(mkdir("outside", 0755) == 0 && mkdir("root", 0755) == 0);
    snprintf(path, sizeof path, "%s/root", scratch);
    int root = open(path, O_PATH | O_CLOEXEC);
    CHECK(root >= 0);
    umask(0);
    return root;
}

static void remove_root(void)
{
    char command[100];
    CHECK(chdir("/") == 0);
    snprintf(command, sizeof command, "rm -rf %s", scratch);
    CHECK(system(command) == 0);
}

static bool is_empty_folder(const char *path)
{
    return rmdir(path) == 0 && mkdir(path, 0755) == 0;
}

/* Makes `path`, and checks that what is returned is what lies at `at` beneath root/. */
static void make(int root, const char *path, int kind, unsigned mode, const char *at)
{
    struct stat got, wanted;
    char there[4096];
    long fd = make_in_root(root, path, kind, mode);
    if (fd < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror((int)-fd));
        exit(1);
    }
    snprintf(there, sizeof there, "root/%s", at);
    CHECK(fstat((int)fd, &got) == 0 && lstat(there, &wanted) == 0);
    CHECK(got.st_ino == wanted.st_ino && got.st_dev == wanted.st_dev);
    CHECK(fcntl((int)fd, F_GETFL) & O_PATH);
    CHECK(fcntl((int)fd, F_GETFD) == FD_CLOEXEC);
    close((int)fd);
    CHECK(is_empty_folder("outside"));
}

static void refuse(int root, const char *path, int kind, int error)
{
    CHECK_EQUAL(-error, make_in_root(root, path, kind, 0));
    CHECK(is_empty_folder("outside"));
}

static mode_t mode_of(const char *path)
{
    struct stat s;
    CHECK(stat(path, &s) == 0);
    return s.st_mode & 07777;
}

static void paths_are_made_in_the_root(void)
{
    int root = new_root();
    make(root, "/a/b/c", 0, 0, "a/b/c");
    make(root, "a/b/c", 0, 0, "a/b/c");
    make(root, "/", 0, 0, ".");
    make(root, "d//e/./f/", 0, 0700, "d/e/f");
    CHECK_EQUAL(0755, mode_of("root/d/e"));
    CHECK_EQUAL(0700, mode_of("root/d/e/f"));
    make(root, "etc/hosts", 1, 0, "etc/hosts");
    CHECK_EQUAL(0644, mode_of("root/etc/hosts"));
    make(root, "etc/shadow", 1, 0600, "etc/shadow");
    CHECK_EQUAL(0600, mode_of("root/etc/shadow"));
    make(root, "/../../../x/../y", 0, 0, "y");
    make(root, "n/../../outside", 0, 0, "outside");
    refuse(root, "etc/hosts", 0, ENOTDIR);
    refuse(root, "etc/hosts/x", 0, ENOTDIR);
    refuse(root, "a/b", 1, EISDIR);
    char name[300];
    memset(name, 'n', 299);
    name[299] = '\0';
    refuse(root, name, 0, ENAMETOOLONG);
    CHECK_EQUAL(-EINVAL, make_in_root(root, "x", 2, 0));
    remove_root();
}

static void links_resolve_within_the_root(void)
{
    int root = new_root();
    CHECK(mkdir("root/var", 0755) == 0);
    CHECK(symlink("/run", "root/var/run") == 0); /* dangling, as in many images */
    make(root, "/var/run/secrets", 0, 0, "run/secrets");
    CHECK(symlink("../../../../../outside", "root/var/up") == 0);
    make(root, "/var/up/x", 0, 0, "outside/x");
    CHECK(symlink(scratch, "root/absolute") == 0);
    char at[100];
    snprintf(at, sizeof at, "%s/outside/y", scratch);
    make(root, "/absolute/outside/y", 1, 0, at);
    remove_root();
}

static void hostile_links_lead_nowhere(void)
{
    int root = new_root();
    char outside[100];
    snprintf(outside, sizeof outside, "%s/outside", scratch);
    CHECK(symlink(outside, "root/escape") == 0);
    long fd = make_in_root(root, "/escape/file", 1, 0);
    CHECK(fd >= 0);
    CHECK(is_empty_folder("outside"));
    CHECK(symlink("b", "root/a") == 0 && symlink("a", "root/b") == 0);
    refuse(root, "/a/x", 0, ELOOP);
    CHECK(symlink("self/x", "root/self") == 0);
    refuse(root, "/self", 0, ELOOP);
    CHECK(symlink("/proc/self/root", "root/magic") == 0);
    make(root, "/magic/tmp", 0, 0, "proc/self/root/tmp");
    CHECK(symlink("target-file", "root/dangling") == 0);
    make(root, "/dangling", 1, 0, "target-file");
    CHECK(symlink("chain2", "root/chain1") == 0 && symlink("/deep/down/chain3", "root/chain2") == 0);
    make(root, "/chain1/end", 0, 0, "deep/down/chain3/end");
    remove_root();
}

static void many_links_are_too_many(void)
{
    int root = new_root();
    char name[16], target[32];
    for (int i = 0; i < 41; i++) {
        snprintf(name, sizeof name, "root/l%d", i);
        snprintf(target, sizeof target, i == 40 ? "end" : "l%d", i + 1);
        CHECK(symlink(target, name) == 0);
    }
    make(root, "l1/x", 0, 0, "end/x");
    remove_root();
    root = new_root();
    for (int i = 0; i < 41; i++) {
        snprintf(name, sizeof name, "root/l%d", i);
        snprintf(target, sizeof target, i == 40 ? "end" : "l%d", i + 1);
        CHECK(symlink(target, name) == 0);
    }
    refuse(root, "l0/x", 0, ELOOP);
    remove_root();
}

/* A partner swaps a directory and a link to the outside all the time. */
static void racing_renames_do_not_escape(void)
{
    int root = new_root();
    char outside[100];
    snprintf(outside, sizeof outside, "%s/outside", scratch);
    CHECK(mkdir("root/dir", 0755) == 0 && symlink("../../outside", "root/link") == 0 && symlink(outside, "root/link2") == 0);
    pid_t partner = fork();
    if (partner == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            syscall(SYS_renameat2, root, "dir", root, "link", 2 /* RENAME_EXCHANGE */);
            syscall(SYS_renameat2, root, "dir", root, "link2", 2);
        }
    }
    long end = ms() + 1000;
    for (int i = 0; ms() < end; i++) {
        char path[32];
        snprintf(path, sizeof path, "dir/s%d/t", i % 50);
        long fd = make_in_root(root, path, i % 2, 0);
        if (fd >= 0)
            close((int)fd);
    }
    kill(partner, SIGKILL);
    waitpid(partner, NULL, 0);
    CHECK(is_empty_folder("outside"));
    remove_root();
}

/* From now on system call 452 doesn't exist, as before Linux 6.6. */
/* ---- copies ---- */

static int open_folder(const char *path)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static void copy(const char *from, const char *to, int what, long wanted)
{
    int source = open_folder(from), target = open_folder(to), before = open_descriptors();
    CHECK_EQUAL(wanted, copy_up(source, target, what));
    CHECK_EQUAL(before, open_descriptors());
    close(source);
    close(target);
}

static void shell(const char *script)
{
    CHECK(system(script) == 0);
}

static void a_folder_is_copied_with_all_that_is_in_it(void)
{
    new_root();
    shell("cd root && mkdir -p from/in/deep to && echo content >from/in/deep/file && chmod 2755 from/in && chmod 600 from/in/deep/file &&"
          " ln -s /outside from/in/link && ln -s nowhere from/dangling && mkfifo -m 620 from/pipe &&"
          " truncate -s 32M from/hole && echo middle | dd of=from/hole bs=1 seek=16M conv=notrunc status=none &&"
          " echo suid >from/suid && chown 12:34 from/suid && chmod 4711 from/suid && touch -d @100 from/suid from/in &&"
          " (i=0; while [ $i -lt 300 ]; do : >from/in/many-files-with-long-names-$i; i=$((i+1)); done) && chmod 1770 from &&"
          " touch -d @200 from/in");
    copy("root/from", "root/to", COPY_CONTENTS | COPY_OWNER | COPY_MODE, 0);
    shell("cd root && (cd from && find . -path . -o -printf '%p %y %m %U %G %l %T@\\n' | grep -v '^./in/deep d' | sort) >wanted;"
          " (cd to && find . -path . -o -printf '%p %y %m %U %G %l %T@\\n' | grep -v '^./in/deep d' | sort) >found;"
          " diff wanted found && cmp from/in/deep/file to/in/deep/file && cmp from/hole to/hole && test $(du -k to/hole | cut -f 1) -lt 2000");
    CHECK_EQUAL(01770, mode_of("root/to"));
    copy("root/from", "root/to", COPY_CONTENTS, -EEXIST);
    remove_root();
}

static void copying_follows_no_link(void)
{
    new_root();
    shell("mkdir root/from root/to && echo secret >outside/secret && ln -s ../../outside root/from/folder &&"
          " ln -s ../../outside/secret root/from/file");
    copy("root/from", "root/to", COPY_CONTENTS, 0);
    shell("test $(readlink root/to/folder) = ../../outside && test $(readlink root/to/file) = ../../outside/secret");
    remove_root();
}

static void copying_stops_at_some_depth(void)
{
    new_root();
    shell("mkdir root/to root/to2 && cd root && p=from; i=0; while [ $i -lt 126 ]; do p=$p/d; i=$((i+1)); done; mkdir -p $p");
    copy("root/from", "root/to", COPY_CONTENTS, 0);
    shell("cd root && p=from; i=0; while [ $i -lt 128 ]; do p=$p/d; i=$((i+1)); done; mkdir -p $p");
    copy("root/from", "root/to2", COPY_CONTENTS, -ELOOP);
    remove_root();
}

static void a_folder_that_changes_while_it_is_copied_leads_nowhere(void)
{
    new_root();
    shell("mkdir -p root/from/a root/to && echo secret >outside/secret && echo mine >root/from/a/secret && ln -s ../../outside root/from/b");
    int source = open_folder("root/from");
    pid_t swapper = fork();
    if (swapper == 0)
        for (prctl(PR_SET_PDEATHSIG, SIGKILL);;)
            syscall(SYS_renameat2, source, "a", source, "b", 2 /* RENAME_EXCHANGE */);
    for (long end = ms() + 2000; ms() < end;) {
        CHECK(mkdir("root/to/x", 0700) == 0);
        int target = open_folder("root/to/x");
        copy_up(source, target, COPY_CONTENTS); /* whether it succeeds is up to the race */
        for (int k = 0; k < 2; k++) {
            const char *name = k ? "a" : "b";
            char path[32], content[8] = "";
            snprintf(path, sizeof path, "%s/secret", name);
            int inside = openat(target, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            int file = inside < 0 ? -1 : openat(inside, "secret", O_RDONLY | O_NOFOLLOW);
            CHECK(file < 0 || (read(file, content, sizeof content) >= 0 && strncmp(content, "secret", 6) != 0));
            close(file);
            close(inside);
            unlinkat(target, path, 0);
            CHECK(unlinkat(target, name, 0) == 0 || unlinkat(target, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
        }
        close(target);
        CHECK(rmdir("root/to/x") == 0);
    }
    kill(swapper, SIGKILL);
    waitpid(swapper, NULL, 0);
    close(source);
    remove_root();
}

static void take_fchmodat2_away(void)
{
    static const struct {
        uint16_t code;
        uint8_t jt, jf;
        uint32_t k;
    } filter[] = {{0x20, 0, 0, 0}, {0x15, 0, 1, 452}, {0x06, 0, 0, 0x00050000 | ENOSYS}, {0x06, 0, 0, 0x7fff0000}};
    const struct {
        unsigned short length;
        const void *filter;
    } program = {4, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_seccomp, 1, 0, &program) == 0);
}

static void check_chmod(void)
{
    int root = new_root();
    CHECK(mkdir("root/d", 0755) == 0 && symlink("d", "root/l") == 0 && mkfifo("root/f", 0600) == 0);
    begin();
    ADD(&builder, OP_FCHMODAT, I(root), S("d"), I(0711));
    ADD(&builder, OP_FCHMODAT, I(root), S("f"), I(0666));
    ADD(&builder, OP_FCHMODAT, I(root), S("d/../d"), I(0777))->tolerated[0] = EINVAL;
    ADD(&builder, OP_FCHMODAT, I(root), S("l"), I(0777));
    go();
    expect(-1, 3, EOPNOTSUPP, 0);
    CHECK_EQUAL(0711, mode_of("root/d"));
    CHECK_EQUAL(0666, mode_of("root/f"));
    remove_root();
}

static void chmod_does_not_follow(void)
{
    check_chmod();
}

static void chmod_does_not_follow_on_older_kernels_either(void)
{
    take_fchmodat2_away();
    int before = open_descriptors();
    check_chmod();
    CHECK_EQUAL(before + 1, open_descriptors()); /* the root */
}

/* ---- the home folder: needs root, for chroot ---- */

static void expect_home(const char *passwd, const char *entry, unsigned uid, const char *wanted)
{
    char home[40];
    memset(home, 'x', sizeof home);
    memcpy(home, entry, strlen(entry) + 1);
    FILE *file = fopen("/etc/passwd", "w");
    CHECK(file && fputs(passwd, file) >= 0 && fclose(file) == 0);
    CHECK_EQUAL(0, fill_home(home, sizeof home, uid));
    if (strcmp(home, wanted) != 0) {
        fprintf(stderr, "%s, not %s\n", home, wanted);
        exit(1);
    }
}

static void read_homes(void)
{
    CHECK(mkdir("root/etc", 0755) == 0 && chroot("root") == 0 && chdir("/") == 0);
    char home[40] = "HOME=/";
    CHECK_EQUAL(0, fill_home(home, sizeof home, 0));
    CHECK(strcmp(home, "HOME=/") == 0);
    CHECK_EQUAL(-ERANGE, fill_home(home, 6, 0));

    const char *usual = "root:x:0:0:root:/root:/bin/sh\n# words\n\nuser:x:1000:1000::/home/user:/bin/sh\nlast:x:7:7::/last:";
    expect_home(usual, "HOME=/", 0, "HOME=/root");
    expect_home(usual, "HOME=/", 1000, "HOME=/home/user");
    expect_home(usual, "HOME=/", 7, "HOME=/last");
    expect_home(usual, "HOME=/", 1, "HOME=/");
    expect_home("a:x:1:1::relative:\n", "HOME=/", 1, "HOME=/");
    expect_home("a:x:1:1:\nb:x:1:1::/b:/sh\n", "HOME=/", 1, "HOME=/b");
    expect_home("a:x::1::/a:\nb:x:1x:1::/b:\nc:x:-1:1::/c:\nd:x:4294967297:1::/d:\n", "HOME=/", 1, "HOME=/");
    expect_home("a:x:1:1::/a/path/that/is/longer/than/its/room/is/:\n", "HOME=/", 1, "HOME=/");
    expect_home("a:x:1:1::/exactly/as/long/as/there/is/roo:\n", "HOME=/", 1, "HOME=/exactly/as/long/as/there/is/roo");

    FILE *file = fopen("/etc/passwd", "w");
    for (int i = 0; i < 20000; i++)
        fputc('a', file);
    fputs("\nb:x:1:1::/b:/sh\n", file);
    fclose(file);
    CHECK_EQUAL(0, fill_home(home, sizeof home, 1));
    CHECK(strcmp(home, "HOME=/b") == 0);

    CHECK(unlink("/etc/passwd") == 0 && mkfifo("/etc/passwd", 0644) == 0);
    CHECK_EQUAL(0, fill_home(home, sizeof home, 0)); /* and does not hang */
    CHECK(strcmp(home, "HOME=/") == 0);
}

static void home_comes_from_the_roots_passwd(void)
{
    if (geteuid() != 0)
        return;
    new_root();
    pid_t pid = fork();
    if (pid == 0) {
        read_homes();
        exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    remove_root();
    CHECK_EQUAL(0, status);
}

/* ---- terminals ---- */

struct terminal {
    int master, slave;
};

static struct terminal open_terminal(void)
{
    struct terminal t;
    int unlocked = 0;
    t.master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(t.master >= 0 && ioctl(t.master, TIOCSPTLCK, &unlocked) == 0);
    t.slave = ioctl(t.master, 0x5441 /* TIOCGPTPEER */, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(t.slave >= 0);
    return t;
}

static int child_pidfd;

static pid_t start(struct terminal t, const char *script)
{
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        ioctl(t.slave, TIOCSCTTY, 0);
        dup2(t.slave, 0);
        dup2(t.slave, 1);
        dup2(t.slave, 2);
        execl("/bin/sh", "sh", "-c", script, NULL);
        _exit(127);
    }
    close(t.slave);
    child_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    CHECK(child_pidfd >= 0);
    return pid;
}

/* Relays a script's terminal in a process of its own, with these as stdin and stdout: its exit code, once it is waited for. */
static pid_t relay_in_background(const char *script, int in, int out, int close_there)
{
    pid_t front = fork();
    if (front == 0) {
        signal(SIGPIPE, SIG_IGN);
        struct terminal t = open_terminal();
        dup2(in, 0);
        dup2(out, 1);
        close(in);
        close(out);
        if (close_there >= 0)
            close(close_there);
        sigset_t all;
        sigfillset(&all);
        pid_t pid = start(t, script);
        sigprocmask(SIG_BLOCK, &all, NULL);
        long code = wait_for(pid, child_pidfd, t.master);
        _exit(code < 0 ? 99 : (int)code);
    }
    return front;
}

static int exit_of(pid_t pid)
{
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static size_t read_until_end(int fd, char *to, size_t room, int delay)
{
    size_t length = 0;
    ssize_t n;
    while ((n = read(fd, to + length, room - length)) > 0) {
        length += (size_t)n;
        if (delay)
            pause_ms(delay);
    }
    to[length < room ? length : room - 1] = '\0';
    return length;
}

static char output[2000000];

static void a_terminals_bytes_all_arrive_at_a_slow_reader(void)
{
    int out[2], in = open("/dev/null", O_RDONLY);
    CHECK(pipe(out) == 0);
    pid_t front = relay_in_background("stty raw; i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 3", in, out[1],
                                      out[0]);
    close(out[1]);
    pause_ms(300);
    size_t length = read_until_end(out[0], output, sizeof output, 1);
    CHECK_EQUAL(3, exit_of(front));
    char *at = output, line[32];
    for (int i = 0; i < 20000; i++) {
        int n = snprintf(line, sizeof line, "line %d\n", i);
        CHECK(memcmp(at, line, (size_t)n) == 0);
        at += n;
    }
    CHECK(at == output + length);
}

static void keys_reach_the_terminal(void)
{
    int out[2], in[2];
    CHECK(pipe(out) == 0 && pipe(in) == 0);
    pid_t front = relay_in_background("stty -echo; echo ready; read a; read b; echo \"<$a|$b>\"", in[0], out[1], in[1]);
    close(out[1]);
    close(in[0]);
    CHECK(read(out[0], output, 7) == 7);
    CHECK(write(in[1], "one\nt", 5) == 5);
    pause_ms(50);
    CHECK(write(in[1], "wo\n", 3) == 3);
    read_until_end(out[0], output, sizeof output, 0);
    CHECK(strcmp(output, "<one|two>\r\n") == 0);
    CHECK_EQUAL(0, exit_of(front));
}

/* More keys than a terminal's buffer holds, while it is not being read. */
static void many_keys_wait_for_a_slow_program(void)
{
    int out[2], in[2];
    CHECK(pipe(out) == 0 && pipe(in) == 0);
    pid_t front = relay_in_background("stty raw -echo; echo ready; sleep 0.3; head -c 200000 | wc -c", in[0], out[1], in[1]);
    close(out[1]);
    close(in[0]);
    CHECK(read(out[0], output, 6) == 6);
    for (size_t sent = 0; sent < 200000;) {
        ssize_t n = write(in[1], megabyte, 200000 - sent);
        CHECK(n > 0);
        sent += (size_t)n;
    }
    read_until_end(out[0], output, sizeof output, 0);
    CHECK_EQUAL(200000, atoi(output));
    CHECK_EQUAL(0, exit_of(front));
}

static void the_relay_ends_with_the_child_though_others_hold_the_terminal(void)
{
    int out[2], in = open("/dev/null", O_RDONLY);
    CHECK(pipe(out) == 0);
    long began = ms();
    pid_t front = relay_in_background("(trap '' HUP; exec sleep 3) & echo bye; exit 6", in, out[1], out[0]);
    close(out[1]);
    CHECK_EQUAL(6, exit_of(front));
    CHECK(ms() - began < 2000);
    CHECK(read(out[0], output, 5) == 5 && memcmp(output, "bye\r\n", 5) == 0);
}

static void a_child_may_close_its_terminal_and_open_it_again(void)
{
    int out[2], in = open("/dev/null", O_RDONLY);
    CHECK(pipe(out) == 0);
    pid_t front = relay_in_background("exec </dev/null >/dev/null 2>&1; sleep 0.4; echo again >/dev/tty; exit 2", in, out[1], out[0]);
    close(out[1]);
    read_until_end(out[0], output, sizeof output, 0);
    CHECK(strcmp(output, "again\r\n") == 0);
    CHECK_EQUAL(2, exit_of(front));
}

static void a_reader_that_leaves_does_not_stop_the_child(void)
{
    int out[2], in = open("/dev/null", O_RDONLY);
    CHECK(pipe(out) == 0);
    pid_t front = relay_in_background("i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; exit 4", in, out[1], out[0]);
    close(out[1]);
    CHECK(read(out[0], output, 5) == 5);
    close(out[0]);
    CHECK_EQUAL(4, exit_of(front));
}

static void the_callers_terminal_is_raw_meanwhile_and_its_size_is_followed(void)
{
    struct terminal callers = open_terminal();
    struct winsize size = {.ws_row = 33, .ws_col = 77};
    struct termios before = {0}, during = {0}, after = {0};
    CHECK(ioctl(callers.master, TIOCSWINSZ, &size) == 0 && tcgetattr(callers.slave, &before) == 0);
    pid_t front = relay_in_background("stty size; trap 'stty size; exit 5' WINCH; echo set; while :; do sleep 0.05; done", callers.slave,
                                      callers.slave, -1);
    size_t length = 0;
    while (!strstr(output, "set\r\n")) {
        ssize_t n = read(callers.master, output + length, sizeof output - length);
        CHECK(n > 0);
        length += (size_t)n;
    }
    CHECK(strncmp(output, "33 77\r\n", 7) == 0);
    CHECK(tcgetattr(callers.slave, &during) == 0 && !(during.c_lflag & (ICANON | ISIG | ECHO)));
    size.ws_col = 80;
    CHECK(ioctl(callers.master, TIOCSWINSZ, &size) == 0);
    kill(front, SIGWINCH);
    CHECK_EQUAL(5, exit_of(front));
    CHECK(read(callers.master, output, 7) == 7 && strncmp(output, "33 80\r\n", 7) == 0);
    CHECK(tcgetattr(callers.slave, &after) == 0);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

int main(int argc, char *argv[])
{
    static const struct test tests[] = {
        {"child and parent take turns", child_and_parent_take_turns},
        {"a child lives from plan to plan", a_child_lives_from_plan_to_plan},
        {"a child made again takes the first's place", a_child_made_again_takes_the_firsts_place},
        {"a child that fails to be made again says so", a_child_that_fails_to_be_made_again_says_so},
        {"a child made again ends with an unfinished plan", a_child_made_again_ends_with_an_unfinished_plan},
        {"files of /proc are procfs's", files_of_proc_are_procs},
        {"a user namespace needs no process", a_user_namespace_needs_no_process},
        {"a child's failure becomes the plan's", a_childs_failure_becomes_the_plans},
        {"a failing exec is reported", a_failing_exec_is_reported},
        {"a short-lived program has executed", a_short_lived_program_has_executed},
        {"a child's death is told from exec", a_childs_death_is_told_from_exec},
        {"telling a dead child says why it died", telling_a_dead_child_says_why_it_died},
        {"descriptors pass from child to parent", descriptors_pass_from_child_to_parent},
        {"a plan that is given up ends its child", a_plan_that_is_given_up_ends_its_child},
        {"a detached child stays", a_detached_child_stays},
        {"a child dies with its parent", a_child_dies_with_its_parent},
        {"a late failure goes to the container's stderr", a_late_failure_goes_to_the_containers_stderr},
        {"a filter that forbids talking is no death", a_filter_that_forbids_talking_is_no_death},
        {"a descriptor is taken past a filter on sendmsg", a_descriptor_is_taken_past_a_filter_on_sendmsg},
        {"a descriptor that is not there is not taken", a_descriptor_that_is_not_there_is_not_taken},
        {"a death by a filter is told while it is waited for", a_death_by_a_filter_is_told_while_it_is_waited_for},
        {"what is executed has default signals and no front descriptors", what_is_executed_has_default_signals_and_no_front_descriptors},
        {"find executable goes by the candidates", find_executable_goes_by_the_candidates},
        {"wait passes signals on", wait_passes_signals_on},
        {"exit codes are a shell's", exit_codes_are_a_shells},
        {"a signal before wait is not lost", a_signal_before_wait_is_not_lost},
        {"hooks get their bytes", hooks_get_their_bytes},
        {"hooks need not read", hooks_need_not_read},
        {"a hook's failure has its status", a_hooks_failure_has_its_status},
        {"a hook that cannot start has its errno", a_hook_that_cannot_start_has_its_errno},
        {"a hook that takes too long is ended with its children", a_hook_that_takes_too_long_is_ended_with_its_children},
        {"hooks inherit nothing", hooks_inherit_nothing},
        {"hooks run in a child's operations", hooks_run_in_a_childs_operations},
        {"a hook ends with the engine", a_hook_ends_with_the_engine},
        {"a child's hook ends with the engine", a_childs_hook_ends_with_the_engine},
        {"a hook ends with the front", a_hook_ends_with_the_front},
        {"a hook of a child that was left to itself goes on", a_hook_of_a_child_that_was_left_to_itself_goes_on},
        {"paths are made in the root", paths_are_made_in_the_root},
        {"links resolve within the root", links_resolve_within_the_root},
        {"hostile links lead nowhere", hostile_links_lead_nowhere},
        {"many links are too many", many_links_are_too_many},
        {"racing renames do not escape", racing_renames_do_not_escape},
        {"a folder is copied with all that is in it", a_folder_is_copied_with_all_that_is_in_it},
        {"copying follows no link", copying_follows_no_link},
        {"copying stops at some depth", copying_stops_at_some_depth},
        {"a folder that changes while it is copied leads nowhere", a_folder_that_changes_while_it_is_copied_leads_nowhere},
        {"chmod does not follow", chmod_does_not_follow},
        {"chmod does not follow on older kernels either", chmod_does_not_follow_on_older_kernels_either},
        {"home comes from the root's passwd", home_comes_from_the_roots_passwd},
        {"a terminal's bytes all arrive at a slow reader", a_terminals_bytes_all_arrive_at_a_slow_reader},
        {"keys reach the terminal", keys_reach_the_terminal},
        {"many keys wait for a slow program", many_keys_wait_for_a_slow_program},
        {"the relay ends with the child though others hold the terminal", the_relay_ends_with_the_child_though_others_hold_the_terminal},
        {"a child may close its terminal and open it again", a_child_may_close_its_terminal_and_open_it_again},
        {"a reader that leaves does not stop the child", a_reader_that_leaves_does_not_stop_the_child},
        {"the caller's terminal is raw meanwhile and its size is followed",
         the_callers_terminal_is_raw_meanwhile_and_its_size_is_followed},
    };
    return RUN_TESTS(argc, argv, tests);
}
