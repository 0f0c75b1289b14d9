/* Tests: each runs in a process of its own, under a time limit. */
#ifndef CAISSON_TEST_H
#define CAISSON_TEST_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);    \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

#define CHECK_EQUAL(wanted, got)                                                                          \
    do {                                                                                                  \
        long wanted_ = (long)(wanted), got_ = (long)(got);                                                \
        if (wanted_ != got_) {                                                                            \
            fprintf(stderr, "%s:%d: %s is %ld, not %ld\n", __FILE__, __LINE__, #got, got_, wanted_);      \
            exit(1);                                                                                      \
        }                                                                                                 \
    } while (0)

struct test {
    const char *name;
    void (*run)(void);
};

/* Runs them all, or those whose names hold argv[1]; prints "N passed, N failed" and returns the exit code. */
int run_tests(int argc, char *argv[], const struct test *tests, size_t count);

#define RUN_TESTS(argc, argv, tests) run_tests(argc, argv, tests, sizeof(tests) / sizeof *(tests))

#endif
