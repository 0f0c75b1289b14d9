/* Runs launch plans: the interpreter, and the composite operations that have files of their own. */
#ifndef CAISSON_RUN_H
#define CAISSON_RUN_H

#include "plan.h"
#include "sys.h"

#include <limits.h>

struct run {
    int64_t registers[REGISTER_COUNT];
    uint32_t operation; /* the one being run */
    int connection; /* to the engine; a child has none */
    int link;       /* to the child, or to the parent: messages */
    long child;     /* its pid, 0 for none */
    int child_pidfd;
    bool in_child, detached, child_executing, ready_to_exec;
    int told;       /* what the child's last message had as its detail */
    bool signals_held; /* from the first child on, so that none ends this process and leaves it behind */
    uint64_t callers_mask;
    bool waited; /* WAIT has come to an end, with this exit code */
    int exit_code;
    struct failure {
        uint32_t operation;
        int32_t error, detail;
        bool in_child;
    } failure;
};

/* An operation's result when `failure` says the rest. */
#define FAILED_AS_NOTED LONG_MIN

void run_begin(struct run *run, int connection);

/* Checks and runs a plan; fds are the descriptors that came with it, and are taken over. */
void run_plan(struct run *run, void *memory, size_t length, const int *fds, uint32_t fd_count, struct report *report);

/* The end of the child, unless it is detached. */
void run_end(struct run *run);

/* All of it, or -errno. */
long write_all(long fd, const char *bytes, long length);
long expect_fs(long fd, long magic);

/* The end of this child, without more ado: its wait status, or -errno. */
long reap(long pid);

long run_hook(struct run *run, const char *path, char *const argv[], char *const envp[], const char *bytes, long length,
              long timeout_ms);
enum { COPY_CONTENTS = 1, COPY_OWNER = 2, COPY_MODE = 4 };
long copy_up(int from, int to, int what);
long make_in_root(int root, const char *path, int kind, unsigned mode);
long wait_for(long pid, int pidfd, int master); /* -> exit code */
long copy_window_size(int terminal);
long open_proc(long pid, const char *name, long flags);
long make_userns(const char *uids, long uids_length, const char *gids, long gids_length);
long fill_home(char *entry, long length, unsigned uid);

#endif
