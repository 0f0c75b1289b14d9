#include "test.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_AT_MOST = 20 };

int run_tests(int argc, char *argv[], const struct test *tests, size_t count)
{
    int passed = 0, failed = 0;
    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && !strstr(tests[i].name, argv[1]))
            continue;
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            alarm(SECONDS_AT_MOST);
            tests[i].run();
            exit(0);
        }
        int status = 0;
        waitpid(pid, &status, 0);
        if (status == 0) {
            passed++;
            continue;
        }
        failed++;
        fprintf(stderr, "FAILED %s (status %#x)\n", tests[i].name, (unsigned)status);
    }
    printf("%s: %d passed, %d failed\n", strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0], passed, failed);
    return failed > 0;
}
