/*
 * Times container runtimes step by step, in turns, and prints one line a figure: what|contender|bundle|value.
 *
 *   bench ROUNDS PARALLEL BUNDLES-FOLDER [-- NAME HIDE [VARIABLE=VALUE]... COMMAND [ARGUMENT]...]...
 *
 * HIDE is a file system to unmount for this contender, in a mount namespace of its own, or `-`. Every folder in BUNDLES-FOLDER
 * holds two bundles: `wait`, whose process stays, and `true`, whose process ends.
 *
 * A static program of a few pages, started by vfork: what a child's ru_maxrss says begins with its parent's.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTENDERS = 8, ROUNDS = 501, WORDS = 64, STEPS = 8, PATH = 512 };

static const char *const step_names[STEPS] = {"--version", "create", "start", "state", "exec true", "kill", "delete", "run true"};
enum step { VERSION, CREATE, START, STATE, EXEC, KILL, DELETE, RUN };

struct contender {
    const char *name;
    int mounts; /* a mount namespace to enter, or -1 */
    char *words[WORDS], *variables[WORDS];
    int count, variable_count;
    double wall[STEPS][ROUNDS], cpu[STEPS][ROUNDS];
    int done[STEPS];
    bool told[STEPS];
    long peak_kb;
};

struct outcome {
    double wall_ms, cpu_ms;
    long peak_kb;
    int status;
};

static struct contender contenders[CONTENDERS];
static const char *bundles;
static int null_fd;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double cpu_ms(const struct rusage *use)
{
    return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) * 1e3 + (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec) / 1e3;
}

static int hidden(const char *what)
{
    int ready[2];
    char path[64], byte = 0;
    if (pipe2(ready, O_CLOEXEC) < 0)
        fail("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 || umount2(what, MNT_DETACH) < 0)
            fail(what);
        (void)!write(ready[1], &byte, 1);
        pause();
        _exit(0);
    }
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1)
        exit(1);
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    close(ready[0]);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return fd;
}

static pid_t start(const struct contender *c, const char *const *arguments)
{
    char *words[2 * WORDS];
    int count = 0;
    for (; count < c->count; count++)
        words[count] = c->words[count];
    for (; *arguments; arguments++)
        words[count++] = (char *)*arguments;
    words[count] = NULL;
    pid_t pid = vfork();
    if (pid == 0) {
        if (c->mounts >= 0 && setns(c->mounts, CLONE_NEWNS) < 0)
            _exit(126);
        for (int fd = 0; fd < 3; fd++)
            dup2(null_fd, fd);
        execvpe(words[0], words, (char *const *)c->variables);
        _exit(127);
    }
    if (pid < 0)
        fail("vfork");
    return pid;
}

/* All descendants come to us, but for the container's own process `keep`. */
static bool others_left(pid_t keep)
{
    char text[4096];
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        if (atoi(word) != keep)
            return true;
    return false;
}

static struct outcome call(const struct contender *c, const char *pid_file, const char *const *arguments)
{
    struct outcome o = {.status = -1};
    struct rusage use;
    pid_t keep = 0;
    int status;
    double begin = now_ms();
    pid_t pid = start(c, arguments);
    do {
        pid_t ended = wait4(-1, &status, 0, &use);
        if (ended < 0)
            break;
        o.cpu_ms += cpu_ms(&use);
        if (ended == pid) {
            o.wall_ms = now_ms() - begin;
            o.status = status;
            o.peak_kb = use.ru_maxrss;
            FILE *file = pid_file ? fopen(pid_file, "re") : NULL;
            if (file) {
                if (fscanf(file, "%d", &keep) != 1)
                    keep = 0;
                fclose(file);
            }
        }
    } while (o.status < 0 || others_left(keep));
    return o;
}

static void step(struct contender *c, enum step which, const char *bundle, const char *const *arguments, int expected)
{
    char pid_file[PATH];
    snprintf(pid_file, sizeof pid_file, "%s/pid", bundles);
    bool alive = which == CREATE || which == START || which == STATE || which == EXEC;
    struct outcome o = call(c, alive ? pid_file : NULL, arguments);
    if (!WIFEXITED(o.status) || WEXITSTATUS(o.status) != expected) {
        if (!c->told[which])
            fprintf(stderr, "bench: %s: %s with bundle %s failed (status %x)\n", c->name, step_names[which], bundle, o.status);
        c->told[which] = true;
        return;
    }
    int n = c->done[which]++;
    c->wall[which][n] = o.wall_ms;
    c->cpu[which][n] = o.cpu_ms;
    if (o.peak_kb > c->peak_kb)
        c->peak_kb = o.peak_kb;
}

#define ARGUMENTS(...) (const char *const[]){__VA_ARGS__, NULL}

static void life(struct contender *c, const char *bundle, int round)
{
    char waits[PATH], ends[PATH], pid_file[PATH], id[64];
    snprintf(waits, sizeof waits, "%s/%s/wait", bundles, bundle);
    snprintf(ends, sizeof ends, "%s/%s/true", bundles, bundle);
    snprintf(pid_file, sizeof pid_file, "%s/pid", bundles);
    snprintf(id, sizeof id, "bench-%s-%d-%d", c->name, (int)getpid(), round);
    step(c, VERSION, bundle, ARGUMENTS("--version"), 0);
    step(c, CREATE, bundle, ARGUMENTS("create", "--bundle", waits, "--pid-file", pid_file, id), 0);
    step(c, START, bundle, ARGUMENTS("start", id), 0);
    step(c, STATE, bundle, ARGUMENTS("state", id), 0);
    step(c, EXEC, bundle, ARGUMENTS("exec", id, "/bin/true"), 0);
    step(c, KILL, bundle, ARGUMENTS("kill", id, "KILL"), 0);
    step(c, DELETE, bundle, ARGUMENTS("delete", id), 0);
    unlink(pid_file);
    call(c, NULL, ARGUMENTS("delete", "--force", id));
    step(c, RUN, bundle, ARGUMENTS("run", "--bundle", ends, id), 0);
    call(c, NULL, ARGUMENTS("delete", "--force", id));
}

/* `count` containers at once: milliseconds until the last one ended. */
static double crowd(struct contender *c, const char *bundle, int count)
{
    char ends[PATH], id[64];
    int status, failed = 0;
    pid_t pid;
    double begin = now_ms();
    snprintf(ends, sizeof ends, "%s/%s/true", bundles, bundle);
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof id, "crowd-%s-%d-%d", c->name, (int)getpid(), i);
        start(c, ARGUMENTS("run", "--bundle", ends, id));
    }
    while ((pid = wait(&status)) > 0)
        failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    double wall = now_ms() - begin;
    if (failed)
        fprintf(stderr, "bench: %s: %d of %d containers at once failed\n", c->name, failed, count);
    return failed ? 0 : wall;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return count ? values[count / 2] : 0;
}

static void report(int count, const char *bundle)
{
    for (int s = 0; s < STEPS; s++)
        for (int i = 0; i < count; i++) {
            struct contender *c = &contenders[i];
            if (c->done[s] == 0)
                continue;
            printf("%s|%s|%s|%.2f\n", step_names[s], c->name, bundle, median(c->wall[s], c->done[s]));
            printf("cpu %s|%s|%s|%.2f\n", step_names[s], c->name, bundle, median(c->cpu[s], c->done[s]));
            c->done[s] = 0;
        }
}

static char **add(struct contender *c, char **words)
{
    if (!words[0] || !words[1] || !words[2])
        fail("a contender lacks its command");
    c->name = words[0];
    c->mounts = strcmp(words[1], "-") == 0 ? -1 : hidden(words[1]);
    words += 2;
    for (char **e = environ; *e && c->variable_count < WORDS / 2; e++)
        if (strncmp(*e, "CAISSON_", 8) != 0)
            c->variables[c->variable_count++] = *e;
    while (*words && strchr(*words, '=') && c->variable_count < WORDS - 1)
        c->variables[c->variable_count++] = *words++;
    while (*words && strcmp(*words, "--") != 0 && c->count < WORDS - 1)
        c->words[c->count++] = *words++;
    return words;
}

int main(int argc, char **argv)
{
    if (argc < 8 || atoi(argv[1]) >= ROUNDS) {
        fprintf(stderr, "usage: bench ROUNDS PARALLEL BUNDLES-FOLDER [-- NAME HIDE [VARIABLE=VALUE]... COMMAND [ARGUMENT]...]...\n");
        return 2;
    }
    int rounds = atoi(argv[1]), parallel = atoi(argv[2]), count = 0;
    bundles = argv[3];
    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (char **word = argv + 4; *word && strcmp(*word, "--") == 0 && count < CONTENDERS;)
        word = add(&contenders[count++], word + 1);
    DIR *folder = opendir(bundles);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.' || entry->d_type != DT_DIR)
            continue;
        for (int round = -1; round < rounds; round++) {
            for (int i = 0; i < count; i++)
                life(&contenders[(i + round + 1) % count], entry->d_name, round);
            if (round < 0) /* the first is not counted */
                for (int i = 0; i < count; i++)
                    memset(contenders[i].done, 0, sizeof contenders[i].done);
        }
        report(count, entry->d_name);
        for (int i = 0; i < count && parallel > 0; i++) {
            double wall = crowd(&contenders[i], entry->d_name, parallel);
            if (wall > 0)
                printf("%d run at once|%s|%s|%.0f\n", parallel, contenders[i].name, entry->d_name, wall);
        }
    }
    for (int i = 0; i < count; i++)
        printf("peak MB|%s|caller|%.1f\n", contenders[i].name, (double)contenders[i].peak_kb / 1024);
    return 0;
}
