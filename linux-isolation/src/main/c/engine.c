/* Finds an engine, or starts one. */
#include "front.h"
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENGINE_CONNECTION = 3, ARGUMENTS_AT_MOST = 250, DEFAULT_TIMEOUT_MS = 10000 };

static char problem[PATH_MAX + 256];

const char *engine_problem(void)
{
    return problem;
}

static int fail(const char *what, const char *which, int error)
{
    snprintf(problem, sizeof problem, "%s%s%s: %s", what, *which ? " " : "", which, strerror(error));
    return -1;
}

/* An environment variable; empty means unset. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

int engine_timeout_ms(void)
{
    const char *text = variable("CAISSON_ENGINE_TIMEOUT_MS");
    long ms = text ? strtol(text, NULL, 10) : 0;
    return ms > 0 && ms < INT_MAX ? (int)ms : DEFAULT_TIMEOUT_MS;
}

/* ---- which ---- */

static enum engine_choice choice_named(const char *name)
{
    static const char *const names[] = {"auto", "oneshot", "resident"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum engine_choice)i;
    return ENGINE_UNKNOWN;
}

enum engine_choice engine_choice(void)
{
    const char *name = variable("CAISSON_ENGINE");
    if (name)
        return choice_named(name);
    enum engine_choice choice = ENGINE_AUTO;
    FILE *file = fopen("/etc/caisson/caisson.conf", "re");
    char line[256], value[32];
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, " engine = %31s", value) == 1)
            choice = choice_named(value);
    if (file)
        fclose(file);
    return choice;
}

/* ---- where ---- */

/* A folder of ours alone: nobody else can put a socket there. */
static bool is_private(const char *folder)
{
    struct stat s;
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return false;
    return lstat(folder, &s) == 0 && S_ISDIR(s.st_mode) && s.st_uid == geteuid() && (s.st_mode & 07777) == 0700;
}

static bool find_folder(char folder[static PATH_MAX])
{
    const char *given = variable("CAISSON_ENGINE_DIR"), *runtime = variable("XDG_RUNTIME_DIR");
    if (given)
        return snprintf(folder, PATH_MAX, "%s", given) < PATH_MAX && is_private(folder);
    if (geteuid() == 0 && is_private(strcpy(folder, "/run/caisson-engine")))
        return true;
    if (runtime) /* root in a user namespace as well */
        return snprintf(folder, PATH_MAX, "%s/caisson-engine", runtime) < PATH_MAX && is_private(folder);
    snprintf(folder, PATH_MAX, "/run/user/%u/caisson-engine", (unsigned)geteuid());
    return is_private(folder);
}

/* One engine for each set of namespaces, so that it sees what its callers see. */
static bool find_socket(struct sockaddr_un *address)
{
    char folder[PATH_MAX], path[PATH_MAX + 128];
    if (!find_folder(folder))
        return false;
    const uint64_t *ns = namespaces();
    int length = snprintf(path, sizeof path, "%s/%" PRIu64 "-%" PRIu64 "-%" PRIu64 "-%" PRIu64 ".sock", folder, ns[0], ns[1],
                          ns[2], ns[3]);
    if (length < 0 || (size_t)length >= sizeof address->sun_path)
        return false;
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, (size_t)length + 1);
    return true;
}

static void limit_sending(int connection)
{
    int ms = engine_timeout_ms();
    struct timeval limit = {ms / 1000, ms % 1000 * 1000};
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* Without blocking: an engine whose queue is full is not worth waiting for. */
static int connect_to(const struct sockaddr_un *address)
{
    int connection = lifted(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (connection < 0)
        return -1;
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (connect(connection, (const struct sockaddr *)address, sizeof *address) < 0) {
        int error = errno;
        close(connection);
        errno = error;
        return -1;
    }
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.uid != geteuid()) {
        close(connection);
        errno = EPERM;
        return -1;
    }
    fcntl(connection, F_SETFL, 0);
    limit_sending(connection);
    return connection;
}

/* ---- starting one ---- */

struct command {
    char *words[ARGUMENTS_AT_MOST + 4];
    int count;
};

static char *with_dist(const char *line, const char *dist)
{
    static const char mark[] = "%DIST%";
    size_t size = strlen(line) + 1;
    for (const char *p = line; (p = strstr(p, mark)); p += sizeof mark - 1)
        size += strlen(dist);
    char *word = malloc(size), *at = word;
    while (word && *line) {
        if (strncmp(line, mark, sizeof mark - 1) == 0) {
            at = stpcpy(at, dist);
            line += sizeof mark - 1;
        } else {
            *at++ = *line++;
        }
    }
    if (word)
        *at = '\0';
    return word;
}

/* lib/caisson/engine.args: the executable, then its arguments, one a line. */
static bool read_command(const char *dist, struct command *command)
{
    char path[PATH_MAX], *line = NULL;
    size_t size = 0;
    ssize_t length;
    if (snprintf(path, sizeof path, "%s/lib/caisson/engine.args", dist) >= (int)sizeof path)
        return fail("find the engine of", dist, ENAMETOOLONG) == 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return fail("find the engine: read", path, errno) == 0;
    while ((length = getline(&line, &size, file)) >= 0 && command->count < ARGUMENTS_AT_MOST) {
        line[strcspn(line, "\r\n")] = '\0';
        if (*line && *line != '#')
            command->words[command->count++] = with_dist(line, dist);
    }
    free(line);
    fclose(file);
    return command->count > 0 || fail("find the engine: read", path, ENOEXEC) == 0;
}

static bool join_cgroup(int folder, const char *name, const char *file)
{
    char path[NAME_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", name, file);
    int members = openat(folder, path, O_WRONLY | O_CLOEXEC);
    if (members < 0)
        return false;
    (void)!write(members, "0", 1);
    close(members);
    return true;
}

/* The caller's limits are for the caller's work, and an engine outlives it. Best effort. */
static void leave_cgroups(void)
{
    const char *keep = getenv("CAISSON_KEEP_CGROUP");
    if (keep && strcmp(keep, "1") == 0)
        return;
    DIR *top = opendir("/sys/fs/cgroup");
    struct dirent *entry;
    if (!top)
        return;
    if (!join_cgroup(dirfd(top), ".", "cgroup.procs")) /* else version 1, a folder for each hierarchy */
        while ((entry = readdir(top)))
            if (entry->d_name[0] != '.' && entry->d_type == DT_DIR && !join_cgroup(dirfd(top), entry->d_name, "tasks"))
                join_cgroup(dirfd(top), entry->d_name, "cgroup.procs");
    closedir(top);
}

static void keep_variable(char *envp[], int *count, const char *name)
{
    const char *value = variable(name);
    char *entry;
    if (value && asprintf(&entry, "%s=%s", name, value) > 0)
        envp[(*count)++] = entry;
}

static void set_descriptors(int connection)
{
    const char *errors = variable("CAISSON_ENGINE_STDERR");
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int stderr_file = errors ? open(errors, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    null = lifted(null);
    stderr_file = lifted(stderr_file);
    for (int fd = 0; fd <= 2; fd++)
        if (null < 0 || dup2(fd == 2 && stderr_file >= 0 ? stderr_file : null, fd) < 0)
            close(fd);
    dup2(connection, ENGINE_CONNECTION);
    syscall(SYS_close_range, ENGINE_CONNECTION + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
}

static _Noreturn void become_engine(const struct command *command, int connection, int outcome)
{
    char *envp[8] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"};
    int count = 2;
    keep_variable(envp, &count, "XDG_RUNTIME_DIR");
    keep_variable(envp, &count, "DBUS_SESSION_BUS_ADDRESS");
    keep_variable(envp, &count, "HOME");
    keep_variable(envp, &count, "CAISSON_ENGINE_LOG");
    umask(022);
    set_descriptors(connection);
    if (chdir("/") == 0) {
        default_signals();
        set_signal_mask(0);
        execve(command->words[0], command->words, envp);
    }
    int error = errno;
    (void)!write(outcome, &error, sizeof error);
    _exit(127);
}

/* Its connection to us; with `listen`, it is nobody's child and goes on to serve others at that socket. */
static int start(const char *dist, const char *listen)
{
    struct command command = {0};
    int pair[2], outcome[2], error = 0;

    if (!read_command(dist, &command))
        return -1;
    command.words[command.count++] = "--connection";
    command.words[command.count++] = "3";
    if (listen) {
        command.words[command.count++] = "--listen";
        command.words[command.count++] = (char *)listen;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || pipe2(outcome, O_CLOEXEC) < 0)
        return fail("start the engine", "", errno);
    int ours = lifted(pair[0]), theirs = lifted(pair[1]), result = lifted(outcome[0]), told = lifted(outcome[1]);

    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        leave_cgroups();
        if (listen && fork() != 0)
            _exit(0);
        become_engine(&command, theirs, told);
    }
    close(theirs);
    close(told);
    if (pid < 0)
        error = errno;
    else if (listen)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    if (pid > 0 && read(result, &error, sizeof error) != sizeof error)
        error = 0; /* end of file: it executes */
    close(result);
    if (error) {
        close(ours);
        return fail("start the engine", command.words[0], error);
    }
    limit_sending(ours);
    return ours;
}

int engine_oneshot(const char *dist)
{
    return start(dist, NULL);
}

int engine_resident(const char *dist)
{
    struct sockaddr_un address = {0};
    if (!find_socket(&address)) {
        snprintf(problem, sizeof problem, "no folder of mode 0700 for a resident engine's socket");
        return -1;
    }
    int connection = connect_to(&address);
    if (connection >= 0)
        return connection;
    if (errno != ENOENT && errno != ECONNREFUSED)
        return fail("connect to the engine at", address.sun_path, errno);
    return start(dist, address.sun_path);
}
