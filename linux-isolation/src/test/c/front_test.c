/* The whole front, against engines of the tests' own: this program is them too, as `front_test --engine MODE …`. */
#include "builder.h"
#include "protocol.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the engines' side ---------------------------------------------------------------------------------------- */

static struct builder builder;
static int connection;

struct invocation {
    struct invoke_header header;
    const char *build, *dist, *cwd, *argv[64], *env[512];
} invocation;

static void read_exactly(void *to, size_t length)
{
    for (size_t have = 0; have < length;) {
        ssize_t n = read(connection, (char *)to + have, length - have);
        if (n <= 0)
            exit(70);
        have += (size_t)n;
    }
}

static uint32_t read_frame(void *to, size_t room)
{
    uint32_t head[2];
    read_exactly(head, sizeof head);
    if (head[1] > room)
        exit(71);
    read_exactly(to, head[1]);
    return head[0];
}

static bool slowly; /* byte by byte */

/* A descriptor goes with the first byte. */
static void send_frame(uint32_t type, const void *payload, size_t length, int fd)
{
    char *frame = malloc(8 + length);
    uint32_t head[2] = {type, (uint32_t)length};
    memcpy(frame, head, sizeof head);
    memcpy(frame + 8, payload, length);
    for (size_t sent = 0; sent < 8 + length;) {
        union {
            struct cmsghdr header;
            char room[CMSG_SPACE(sizeof(int))];
        } control = {0};
        struct iovec part = {frame + sent, slowly ? 1 : 8 + length - sent};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (fd >= 0) {
            message.msg_control = &control;
            message.msg_controllen = sizeof control;
            control.header.cmsg_level = SOL_SOCKET;
            control.header.cmsg_type = SCM_RIGHTS;
            control.header.cmsg_len = CMSG_LEN(sizeof fd);
            memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
            fd = -1;
        }
        ssize_t n = sendmsg(connection, &message, MSG_NOSIGNAL);
        if (n <= 0)
            exit(72);
        sent += (size_t)n;
    }
    free(frame);
}

static void send_text(uint32_t fd, const char *text)
{
    char payload[65536];
    memcpy(payload, &fd, sizeof fd);
    size_t length = strlen(text);
    memcpy(payload + sizeof fd, text, length);
    send_frame(FRAME_WRITE, payload, sizeof fd + length, -1);
}

static void send_exit(uint32_t code)
{
    send_frame(FRAME_EXIT, &code, sizeof code, -1);
}

static void send_undo(void)
{
    static const char undo[] = "\3\0\0\0\0\0\0\0caisson\0undo\0it all";
    send_frame(FRAME_UNDO, undo, sizeof undo, -1);
}

static struct report run_built(void)
{
    size_t length;
    struct report report;
    void *plan = builder_build(&builder, &length);
    send_frame(FRAME_PLAN, plan, length, -1);
    free(plan);
    if (read_frame(&report, sizeof report) != FRAME_REPORT)
        exit(73);
    return report;
}

static void read_invocation(void)
{
    static char payload[1 << 20];
    if (read_frame(payload, sizeof payload) != FRAME_INVOKE)
        exit(74);
    memcpy(&invocation.header, payload, sizeof invocation.header);
    const char *at = payload + sizeof invocation.header;
    const char **fixed[] = {&invocation.build, &invocation.dist, &invocation.cwd};
    for (int i = 0; i < 3; i++, at += strlen(at) + 1)
        *fixed[i] = at;
    for (uint32_t i = 0; i < invocation.header.argc && i < 63; i++, at += strlen(at) + 1)
        invocation.argv[i] = at;
    for (uint32_t i = 0; i < invocation.header.envc && i < 511; i++, at += strlen(at) + 1)
        invocation.env[i] = at;
}

/* A file beside the distribution, by which an engine tells the test something. */
static void leave_note(const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", invocation.dist, name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        exit(75);
}

static void await_end(void)
{
    char bytes[64];
    while (read(connection, bytes, sizeof bytes) > 0)
        ;
}

static pid_t peer(void)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size);
    return credentials.pid;
}

static void echo_invocation(void)
{
    char text[16384];
    struct invoke_header *h = &invocation.header;
    int n = snprintf(text, sizeof text, "%#x %u %03o %u %u %u:%llu %llu %llu %llu %llu|%s|%s", h->magic, h->version, h->umask, h->uid,
                     h->gid, (unsigned)h->reserved, (unsigned long long)h->root_inode, (unsigned long long)h->namespaces[0],
                     (unsigned long long)h->namespaces[1], (unsigned long long)h->namespaces[2],
                     (unsigned long long)h->namespaces[3], invocation.dist, invocation.cwd);
    for (uint32_t i = 0; i < h->argc; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "|%s", invocation.argv[i]);
    for (uint32_t i = 0; i < h->envc; i++)
        if (strncmp(invocation.env[i], "PROBE", 5) == 0)
            n += snprintf(text + n, sizeof text - (size_t)n, "|%s", invocation.env[i]);
    send_text(1, text);
    send_exit(0);
}

extern char **environ;

static void tell_facts(void)
{
    char text[8192], cwd[PATH_MAX];
    mode_t mask = umask(0);
    int n = snprintf(text, sizeof text, "cwd %s umask %03o leader %d fds", getcwd(cwd, sizeof cwd), mask,
                     getsid(0) == getpid() || getsid(0) != getsid(peer()));
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            n += snprintf(text + n, sizeof text - (size_t)n, " %d", fd);
    n += snprintf(text + n, sizeof text - (size_t)n, " env");
    for (char **e = environ; *e; e++)
        n += snprintf(text + n, sizeof text - (size_t)n, " %s", *e);
    send_text(1, text);
    send_exit(0);
}

static void add_shell(const char *script, bool await)
{
    struct operation *clone = ADD(&builder, OP_CLONE, I(0), I(-1), I(builder.count + 1), I(1));
    clone->dst = 1;
    clone->dst2 = 2;
    ADD(&builder, OP_EXEC, L("/bin/sh"), I(0), L("sh", "-c", script), L("PATH=/bin:/usr/bin"));
    ADD0(&builder, OP_AWAIT_EXEC);
    if (await)
        ADD(&builder, OP_WAIT, R(1), R(2), I(-1))->dst = 3;
}

static void sealed(void)
{
    builder_reset(&builder);
    builder.flags = PLAN_FLAG_SEALED;
}

static void add_waiting_child(void)
{
    ADD(&builder, OP_CLONE, I(0), I(-1), I(builder.count + 1), I(1))->dst = 1;
    ADD0(&builder, OP_AWAIT_PARENT);
}

static void serve(const char *mode, const char *who)
{
    read_invocation();
    char text[4096];
    if (invocation.header.argc > 1 && strcmp(invocation.argv[1], "undo") == 0) {
        leave_note("undone", invocation.argv[2]);
        send_text(1, "nobody is to read this");
        send_exit(strcmp(mode, "undo-fails") == 0);
        return;
    }
    if (strcmp(mode, "hello") == 0) {
        send_text(1, "out\n");
        send_text(2, "err\n");
        send_exit(5);
    } else if (strcmp(mode, "who") == 0) {
        send_text(1, who);
        send_exit(0);
    } else if (strcmp(mode, "echo") == 0) {
        echo_invocation();
    } else if (strcmp(mode, "facts") == 0) {
        tell_facts();
    } else if (strcmp(mode, "refuse") == 0) {
        send_frame(FRAME_REFUSE, "another build", 13, -1);
    } else if (strcmp(mode, "close") == 0) {
        return;
    } else if (strcmp(mode, "hang") == 0) {
        await_end();
    } else if (strcmp(mode, "lost") == 0) {
        send_text(1, "half of it\n");
    } else if (strcmp(mode, "undo") == 0 || strcmp(mode, "undo-fails") == 0) {
        send_undo();
        sealed();
        add_waiting_child();
        snprintf(text, sizeof text, "%d", (int)run_built().registers[1]);
        leave_note("child", text);
    } else if (strcmp(mode, "undo-nothing") == 0) {
        send_undo();
        send_frame(FRAME_UNDO, "\0\0\0\0\0\0\0", 8, -1);
    } else if (strcmp(mode, "undo-after-wait") == 0) {
        send_undo();
        sealed();
        add_shell("exit 7", true);
        run_built();
    } else if (strcmp(mode, "detach") == 0) {
        send_undo();
        sealed();
        add_shell("sleep 60", false);
        ADD0(&builder, OP_DETACH_CHILD);
        snprintf(text, sizeof text, "%d", (int)run_built().registers[1]);
        leave_note("child", text);
        send_exit(0);
    } else if (strcmp(mode, "exit-with-child") == 0) {
        sealed();
        add_waiting_child();
        snprintf(text, sizeof text, "%d", (int)run_built().registers[1]);
        leave_note("child", text);
        send_exit(0);
    } else if (strcmp(mode, "give") == 0) {
        struct {
            int32_t error;
            uint32_t reserved;
        } answer;
        uint32_t wanted = 1;
        send_frame(FRAME_GIVE_FD, &wanted, sizeof wanted, -1);
        union {
            struct cmsghdr header;
            char room[CMSG_SPACE(sizeof(int))];
        } control;
        char head[8 + sizeof answer];
        struct iovec part = {head, sizeof head};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        if (recvmsg(connection, &message, MSG_WAITALL) != sizeof head || message.msg_controllen == 0)
            exit(76);
        int fd;
        memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
        dprintf(fd, "from the engine itself\n");
        wanted = 99;
        send_frame(FRAME_GIVE_FD, &wanted, sizeof wanted, -1);
        if (read_frame(&answer, sizeof answer) != FRAME_FD)
            exit(77);
        send_exit((uint32_t)answer.error);
    } else if (strcmp(mode, "pieces") == 0) {
        int ends[2];
        char byte[4];
        if (pipe(ends) < 0)
            exit(78);
        sealed();
        builder.first_fd_register = 9;
        builder.fd_count = 1;
        ADD(&builder, OP_WRITE, R(9), B("via", 3));
        size_t length;
        void *plan = builder_build(&builder, &length);
        struct report report;
        slowly = true;
        send_frame(FRAME_PLAN, plan, length, ends[1]);
        read_frame(&report, sizeof report);
        send_text(1, read(ends[0], byte, 4) == 3 && report.status == 0 ? "all\n" : "broken\n");
        send_exit(0);
    } else if (strcmp(mode, "plans") == 0) {
        builder_reset(&builder);
        ADD(&builder, OP_OPENAT2, I(-100), S("/dev/null"), I(0), I(0), I(0))->dst = 5;
        struct report first = run_built();
        sealed();
        ADD(&builder, OP_OPENAT2, I(-100), S("/dev/null"), I(0), I(0), I(0))->dst = 6;
        struct report second = run_built();
        builder_reset(&builder);
        ADD(&builder, OP_EXPECT_DEVICE, R(6), I(S_IFCHR), I(1), I(3));
        struct report third = run_built();
        send_frame(FRAME_PLAN, "rubbish", 7, -1);
        struct report fourth;
        read_frame(&fourth, sizeof fourth);
        snprintf(text, sizeof text, "%d %d %d %d %d %d %d %u", first.status, first.registers[5] > 2, (int)second.registers[5],
                 second.registers[6] > 2, third.status, fourth.status, fourth.error, fourth.operation);
        send_text(1, text);
        send_exit(0);
    } else if (strcmp(mode, "descriptors") == 0) {
        sealed();
        add_shell("s=; for n in 0 1 2 3 4 5 6 7 8 9 10 200 201 202 203 204; do [ -e /proc/self/fd/$n ] && s=\"$s $n\"; done; echo $s >&4",
                  true);
        run_built();
        send_exit(0);
    } else if (strcmp(mode, "hook-env") == 0) {
        sealed();
        ADD(&builder, OP_HOOK, S("/bin/sh"), L("sh", "-c", "cat /proc/$PPID/comm; tr '\\0' ' ' </proc/$PPID/cmdline"),
            L("PATH=/bin:/usr/bin"), I(0), I(0), I(0));
        run_built();
        send_exit(0);
    } else if (strcmp(mode, "seal") == 0) {
        sealed();
        ADD(&builder, OP_UMASK, I(022));
        run_built();
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/exe", (int)peer());
        int exe = open(path, O_RDONLY | O_CLOEXEC);
        bool busy = open(path, O_RDWR) < 0;
        kill(peer(), SIGKILL);
        snprintf(path, sizeof path, "/proc/self/fd/%d", exe);
        int again = -1; /* once it no longer runs, which whoever looks at it may delay, the seals are what protects it */
        for (int i = 0; i < 2000 && (again = open(path, O_RDWR)) < 0 && errno == ETXTBSY; i++)
            poll(NULL, 0, 5);
        bool failed = write(again, "x", 1) < 0 && errno == EPERM && ftruncate(again, 0) < 0 && errno == EPERM;
        bool hidden = exe < 0 && geteuid() != 0; /* not dumpable: for root alone to look at */
        leave_note("seal", hidden || (exe >= 0 && busy && failed) ? "sealed" : "open");
    } else if (strcmp(mode, "bad-type") == 0) {
        send_text(1, "");
        send_frame(99, "", 0, -1);
        await_end();
    } else if (strcmp(mode, "bad-write") == 0) {
        send_text(1, "");
        send_text(5, "x");
        await_end();
    } else if (strcmp(mode, "bad-length") == 0) {
        send_text(1, "");
        uint32_t head[2] = {FRAME_WRITE, FRAME_LIMIT + 1};
        if (write(connection, head, sizeof head) != sizeof head)
            exit(79);
        await_end();
    } else if (strcmp(mode, "bad-undo") == 0) {
        send_frame(FRAME_UNDO, "\3\0\0\0\0\0\0\0ab", 10, -1);
        await_end();
    } else if (strcmp(mode, "late-refusal") == 0) {
        send_text(1, "");
        send_frame(FRAME_REFUSE, "no", 2, -1);
    } else if (strcmp(mode, "big") == 0) {
        static char big[1 << 20];
        memset(big, 'b', sizeof big);
        memcpy(big, "\1\0\0\0", 4);
        send_frame(FRAME_WRITE, big, sizeof big, -1);
        send_exit(0);
    }
}

static int engine_main(int argc, char *argv[])
{
    const char *mode = argv[2], *listen = NULL;
    connection = -1;
    for (int i = 3; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--connection") == 0)
            connection = atoi(argv[i + 1]);
        if (strcmp(argv[i], "--listen") == 0)
            listen = argv[i + 1];
    }
    serve(mode, listen ? listen : "oneshot");
    return 0;
}

/* ---- the tests' side -------------------------------------------------------------------------------------------- */

static char dist[] = "/tmp/caisson-front-XXXXXX", socket_path[PATH_MAX];

static void copy_file(const char *from, const char *to)
{
    char command[2 * PATH_MAX + 8];
    snprintf(command, sizeof command, "cp %s %s", from, to);
    CHECK(system(command) == 0);
}

static void remove_dist(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", dist);
    CHECK(system(command) == 0);
}

static unsigned long long inode(const char *name)
{
    char path[64];
    struct stat s;
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    CHECK(stat(path, &s) == 0);
    return s.st_ino;
}

static pid_t owner;

static void tidy(void)
{
    if (getpid() == owner)
        remove_dist();
}

/* A distribution whose engine is this program in a mode. */
static void set_up(const char *mode)
{
    char path[PATH_MAX], self[PATH_MAX];
    CHECK(mkdtemp(dist));
    owner = getpid();
    atexit(tidy);
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n] = '\0';
    for (const char *const *folder = (const char *const[]){"bin", "lib", "lib/caisson", NULL}; *folder; folder++) {
        snprintf(path, sizeof path, "%s/%s", dist, *folder);
        CHECK(mkdir(path, 0755) == 0);
    }
    snprintf(path, sizeof path, "%s/bin/caisson", dist);
    copy_file(getenv("CAISSON_FRONT"), path);
    snprintf(path, sizeof path, "%s/engine", dist);
    copy_file(self, path);
    snprintf(path, sizeof path, "%s/lib/caisson/engine.args", dist);
    FILE *file = fopen(path, "w");
    CHECK(file && fprintf(file, "# the engine\n\n%%DIST%%/engine\n--engine\n%s\n", mode) > 0 && fclose(file) == 0);

    snprintf(path, sizeof path, "%s/sockets", dist);
    snprintf(socket_path, sizeof socket_path, "%s/%llu-%llu-%llu-%llu.sock", path, inode("mnt"), inode("pid"), inode("user"),
             inode("cgroup"));
    setenv("CAISSON_ENGINE_DIR", path, 1);
    setenv("CAISSON_ENGINE_TIMEOUT_MS", "3000", 1);
    setenv("CAISSON_KEEP_CGROUP", "1", 1);
    setenv("CAISSON_ENGINE", "oneshot", 1);
}

struct result {
    int code;
    char out[1 << 21], err[65536];
};

static struct result result;

static char *slurp(const char *path, char *to, size_t room)
{
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, to, room - 1);
    to[n < 0 ? 0 : n] = '\0';
    if (fd >= 0)
        close(fd);
    return to;
}

static char *note(const char *name)
{
    static char text[4096];
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", dist, name);
    return slurp(path, text, sizeof text);
}

/* Runs the front with these arguments; `prepare` runs just before it. */
static void front_prepared(void (*prepare)(void), const char *const arguments[])
{
    char out[PATH_MAX], err[PATH_MAX], exe[PATH_MAX];
    snprintf(out, sizeof out, "%s/out", dist);
    snprintf(err, sizeof err, "%s/err", dist);
    snprintf(exe, sizeof exe, "%s/bin/caisson", dist);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(open(out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), 1);
        dup2(open(err, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), 2);
        const char *argv[32] = {exe};
        for (int i = 0; arguments[i]; i++)
            argv[i + 1] = arguments[i];
        if (prepare)
            prepare();
        execv(exe, (char *const *)argv);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    slurp(out, result.out, sizeof result.out);
    slurp(err, result.err, sizeof result.err);
}

#define FRONT(...) front_prepared(NULL, (const char *const[]){__VA_ARGS__, NULL})

static void expect(int code, const char *out, const char *err)
{
    if (result.code != code || strcmp(result.out, out) != 0 || strcmp(result.err, err) != 0) {
        fprintf(stderr, "code %d\nout: %s\nerr: %s\n", result.code, result.out, result.err);
        exit(1);
    }
}

static bool is_gone(const char *pid)
{
    for (int i = 0; i < 100; i++) {
        if (kill(atoi(pid), 0) < 0 && errno == ESRCH)
            return true;
        poll(NULL, 0, 10);
    }
    return false;
}

/* A resident engine's socket with this program behind it. */
static pid_t serve_at_socket(const char *mode, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *slash = strrchr(socket_path, '/');
    *slash = '\0';
    CHECK(mkdir(socket_path, 0700) == 0 || errno == EEXIST);
    *slash = '/';
    CHECK(strlen(socket_path) < sizeof address.sun_path);
    strcpy(address.sun_path, socket_path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, backlog) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        owner = 0;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            connection = accept(listener, NULL, NULL);
            serve(mode, "server");
            close(connection);
        }
    }
    close(listener);
    return pid;
}

#define LOST_WORDS "caisson: the engine ended in the middle of the command"

static void words_and_code_come_through(void)
{
    set_up("hello");
    FRONT("state", "x");
    expect(5, "out\n", "err\n");
}

static void a_lot_of_output_comes_through(void)
{
    set_up("big");
    FRONT("list");
    CHECK_EQUAL((1 << 20) - 4, strlen(result.out));
}

static void prepare_echo(void)
{
    umask(027);
    setenv("PROBE", "a b", 1);
    setenv("PROBE_EMPTY", "", 1);
    CHECK(chdir("/usr") == 0);
}

static void the_invocation_says_who_calls_what_where(void)
{
    char wanted[16384];
    struct stat root;
    set_up("echo");
    CHECK(stat("/", &root) == 0);
    front_prepared(prepare_echo, (const char *const[]){"--root", "", "state", "x y", NULL});
    snprintf(wanted, sizeof wanted,
             "0x564e4943 1 027 %u %u 0:%llu %llu %llu %llu %llu|%s|/usr|%s/bin/caisson|--root||state|x y|PROBE=a b|PROBE_EMPTY=",
             geteuid(), getegid(), (unsigned long long)root.st_ino, inode("mnt"), inode("pid"), inode("user"), inode("cgroup"), dist,
             dist);
    expect(0, wanted, "");
}

static void prepare_facts(void)
{
    const char *sanitizer = getenv("ASAN_OPTIONS");
    clearenv();
    if (sanitizer)
        setenv("ASAN_OPTIONS", sanitizer, 1);
    setenv("JAVA_TOOL_OPTIONS", "-bad", 1);
    setenv("LD_PRELOAD", "", 1);
    setenv("HOME", "/root", 1);
    setenv("XDG_RUNTIME_DIR", "", 1);
    setenv("CAISSON_ENGINE", "oneshot", 1);
    setenv("CAISSON_KEEP_CGROUP", "1", 1);
    umask(077);
    dup2(1, 7);
    dup2(1, 300);
}

static void the_engine_starts_clean(void)
{
    set_up("facts");
    front_prepared(prepare_facts, (const char *const[]){"state", NULL});
    expect(0,
           "cwd / umask 022 leader 1 fds 0 1 2 3 env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
           "LC_ALL=C.UTF-8 HOME=/root",
           "");
}

static void a_resident_engine_is_used(void)
{
    set_up("who");
    setenv("CAISSON_ENGINE", "auto", 1);
    serve_at_socket("who", 8);
    FRONT("state");
    expect(0, "server", "");
    FRONT("state");
    expect(0, "server", "");
    setenv("CAISSON_ENGINE", "oneshot", 1);
    FRONT("state");
    expect(0, "oneshot", "");
}

static void a_resident_engine_is_started(void)
{
    set_up("who");
    setenv("CAISSON_ENGINE", "", 1); /* empty means unset */
    FRONT("state");
    expect(0, socket_path, "");
    setenv("CAISSON_ENGINE", "resident", 1);
    FRONT("state");
    expect(0, socket_path, "");
}

static void a_stale_socket_is_no_engine(void)
{
    set_up("who");
    setenv("CAISSON_ENGINE", "auto", 1);
    pid_t server = serve_at_socket("who", 8);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    FRONT("state");
    expect(0, socket_path, "");
}

static void falls_back_from(const char *mode)
{
    set_up("who");
    setenv("CAISSON_ENGINE", "auto", 1);
    setenv("CAISSON_ENGINE_TIMEOUT_MS", "300", 1);
    serve_at_socket(mode, 8);
    FRONT("state");
    expect(0, "oneshot", "");
}

static void a_refusal_falls_back(void)
{
    falls_back_from("refuse");
}

static void an_engine_that_goes_away_falls_back(void)
{
    falls_back_from("close");
}

static void an_engine_that_hangs_falls_back(void)
{
    falls_back_from("hang");
}

static void a_full_queue_falls_back(void)
{
    set_up("who");
    setenv("CAISSON_ENGINE", "auto", 1);
    pid_t server = serve_at_socket("hang", 0);
    kill(server, SIGSTOP);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, socket_path);
    for (int i = 0; i < 10; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
            break;
    }
    FRONT("state");
    expect(0, "oneshot", "");
    kill(server, SIGKILL);
}

static void a_folder_that_others_may_write_to_is_not_used(void)
{
    set_up("who");
    setenv("CAISSON_ENGINE", "auto", 1);
    serve_at_socket("who", 8);
    CHECK(chmod(getenv("CAISSON_ENGINE_DIR"), 0755) == 0);
    FRONT("state");
    expect(0, "oneshot", "");
    setenv("CAISSON_ENGINE", "resident", 1);
    FRONT("state");
    expect(1, "", "caisson: no folder of mode 0700 for a resident engine's socket\n");
}

static void a_link_to_a_folder_is_not_used(void)
{
    char link[PATH_MAX];
    set_up("who");
    setenv("CAISSON_ENGINE", "auto", 1);
    serve_at_socket("who", 8);
    snprintf(link, sizeof link, "%s/link", dist);
    CHECK(symlink(getenv("CAISSON_ENGINE_DIR"), link) == 0);
    setenv("CAISSON_ENGINE_DIR", link, 1);
    FRONT("state");
    expect(0, "oneshot", "");
}

static void a_choice_that_does_not_exist_is_an_error(void)
{
    set_up("who");
    setenv("CAISSON_ENGINE", "both", 1);
    FRONT("state");
    CHECK_EQUAL(1, result.code);
}

static void an_engine_that_cannot_start_is_an_error_in_the_log_too(void)
{
    char log[PATH_MAX], wanted[PATH_MAX + 100], path[PATH_MAX];
    set_up("who");
    snprintf(path, sizeof path, "%s/engine", dist);
    CHECK(unlink(path) == 0);
    snprintf(log, sizeof log, "%s/log", dist);
    snprintf(wanted, sizeof wanted, "caisson: start the engine %s/engine: No such file or directory\n", dist);
    FRONT("--root", "/r", "--log", log, "--log-format=json", "--cgroup-manager", "disabled", "state", "--log", "/not/this");
    expect(1, "", wanted);
    setenv("CAISSON_ENGINE", "auto", 1);
    FRONT("--log-format", "json", "-log", log, "state");
    expect(1, "", wanted);
    char *text = note("log");
    snprintf(wanted, sizeof wanted, "{\"level\":\"error\",\"msg\":\"start the engine %s/engine: No such file or directory\",\"time\":\"20",
             dist);
    CHECK(strncmp(text, wanted, strlen(wanted)) == 0);
    text = strchr(text, '\n');
    CHECK(text && strncmp(text + 1, wanted, strlen(wanted)) == 0 && strcmp(text + strlen(text) - 3, "\"}\n") == 0);
}

static void descriptors_are_given(void)
{
    set_up("give");
    FRONT("state");
    expect(EBADF, "from the engine itself\n", "");
}

static void frames_may_come_in_pieces(void)
{
    set_up("pieces");
    FRONT("state");
    expect(0, "all\n", "");
}

static void registers_stay_but_for_the_move(void)
{
    set_up("plans");
    FRONT("state");
    expect(0, "0 1 -1 1 0 -1 22 4294967295", "");
}

static void what_is_lost_at_once_is_said(void)
{
    set_up("close");
    FRONT("state");
    expect(1, "", "caisson: the engine ended, or hung, before it said anything (CAISSON_ENGINE_STDERR=FILE keeps what it prints)\n");
}

static void a_refusal_without_another_engine_is_said(void)
{
    set_up("refuse");
    FRONT("state");
    expect(1, "", "caisson: the engine refused: another build\n");
    setenv("CAISSON_ENGINE", "auto", 1);
    FRONT("state");
    expect(1, "", "caisson: the engine refused: another build\n");
}

static void a_silent_engine_is_given_up(void)
{
    set_up("hang");
    setenv("CAISSON_ENGINE_TIMEOUT_MS", "50", 1);
    FRONT("state");
    CHECK_EQUAL(1, result.code);
}

static void what_is_lost_later_is_said(void)
{
    set_up("lost");
    FRONT("state");
    expect(1, "half of it\n", LOST_WORDS "\n");
    setenv("CAISSON_ENGINE", "auto", 1);
    FRONT("state");
    expect(1, "half of it\n", LOST_WORDS "\n");
}

static void a_lost_engine_is_undone(void)
{
    char log[PATH_MAX];
    set_up("undo");
    snprintf(log, sizeof log, "%s/log", dist);
    FRONT("--log", log, "--log-format", "json", "create", "x");
    expect(1, "", LOST_WORDS "; the container was taken down\n");
    CHECK(strcmp(note("undone"), "it all") == 0);
    CHECK(is_gone(note("child")));
    CHECK(strstr(note("log"), LOST_WORDS + 9)); /* though the sealed copy has no such option */
}

static void an_undo_that_fails_is_said(void)
{
    set_up("undo-fails");
    FRONT("create", "x");
    expect(1, "", LOST_WORDS ", and the container could not be taken down\n");
}

static void an_undo_can_be_taken_back(void)
{
    set_up("undo-nothing");
    FRONT("create", "x");
    expect(1, "", LOST_WORDS "\n");
    CHECK(strcmp(note("undone"), "") == 0);
}

static void after_waiting_the_exit_code_is_the_containers(void)
{
    set_up("undo-after-wait");
    FRONT("run", "x");
    expect(7, "", ""); /* and its stderr is the container's alone */
    CHECK(strcmp(note("undone"), "it all") == 0);
}

static void a_child_that_is_detached_stays(void)
{
    set_up("detach");
    FRONT("create", "x");
    expect(0, "", "");
    pid_t child = atoi(note("child"));
    CHECK(child > 0 && kill(child, 0) == 0);
    kill(child, SIGKILL);
}

static void a_child_that_is_not_detached_ends(void)
{
    set_up("exit-with-child");
    FRONT("create", "x");
    expect(0, "", "");
    CHECK(atoi(note("child")) > 0 && is_gone(note("child")));
}

static void frames_that_make_no_sense_are_a_loss(void)
{
    static const char *const modes[] = {"bad-type", "bad-write", "bad-length", "bad-undo", "late-refusal"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        strcpy(dist, "/tmp/caisson-front-XXXXXX");
        set_up(modes[i]);
        FRONT("state");
        expect(1, "", LOST_WORDS "\n");
        remove_dist();
    }
}

static void prepare_descriptors(void)
{
    int out = dup(1);
    dup2(out, 4);
    for (int fd = 0; fd < 400; fd++)
        if (fd != 4 && fd != 9)
            close(fd);
    dup2(4, 9);
}

static void the_callers_descriptors_stay_as_they_are(void)
{
    set_up("descriptors");
    front_prepared(prepare_descriptors, (const char *const[]){"run", "x", NULL});
    expect(0, "4 9\n", "");
}

static void the_sealed_copy_is_called_caisson_and_shows_nothing(void)
{
    char wanted[PATH_MAX];
    set_up("hook-env");
    FRONT("--root", "secret", "run", "x");
    snprintf(wanted, sizeof wanted, "caisson\ncaisson init ");
    CHECK(strncmp(result.err, wanted, strlen(wanted)) == 0 && !strstr(result.err, "secret"));
}

static void the_sealed_copy_cannot_be_written_to(void)
{
    set_up("seal");
    FRONT("run", "x");
    CHECK_EQUAL(-SIGKILL, result.code);
    for (int i = 0; i < 2000 && !*note("seal"); i++)
        poll(NULL, 0, 10);
    CHECK(strcmp(note("seal"), "sealed") == 0);
}

static void init_is_not_for_use_by_hand(void)
{
    set_up("who");
    FRONT("init");
    expect(1, "", "caisson: init is not for use by hand\n");
    FRONT("init", "0", dist, "-1");
    expect(1, "", "caisson: init is not for use by hand\n");
}

int main(int argc, char *argv[])
{
    static const struct test tests[] = {
        {"words and code come through", words_and_code_come_through},
        {"a lot of output comes through", a_lot_of_output_comes_through},
        {"the invocation says who calls what where", the_invocation_says_who_calls_what_where},
        {"the engine starts clean", the_engine_starts_clean},
        {"a resident engine is used", a_resident_engine_is_used},
        {"a resident engine is started", a_resident_engine_is_started},
        {"a stale socket is no engine", a_stale_socket_is_no_engine},
        {"a refusal falls back", a_refusal_falls_back},
        {"an engine that goes away falls back", an_engine_that_goes_away_falls_back},
        {"an engine that hangs falls back", an_engine_that_hangs_falls_back},
        {"a full queue falls back", a_full_queue_falls_back},
        {"a folder that others may write to is not used", a_folder_that_others_may_write_to_is_not_used},
        {"a link to a folder is not used", a_link_to_a_folder_is_not_used},
        {"a choice that does not exist is an error", a_choice_that_does_not_exist_is_an_error},
        {"an engine that cannot start is an error, in the log too", an_engine_that_cannot_start_is_an_error_in_the_log_too},
        {"descriptors are given", descriptors_are_given},
        {"frames may come in pieces", frames_may_come_in_pieces},
        {"registers stay but for the move", registers_stay_but_for_the_move},
        {"a refusal without another engine is said", a_refusal_without_another_engine_is_said},
        {"a silent engine is given up", a_silent_engine_is_given_up},
        {"what is lost at once is said", what_is_lost_at_once_is_said},
        {"what is lost later is said", what_is_lost_later_is_said},
        {"a lost engine is undone", a_lost_engine_is_undone},
        {"an undo that fails is said", an_undo_that_fails_is_said},
        {"an undo can be taken back", an_undo_can_be_taken_back},
        {"after waiting the exit code is the container's", after_waiting_the_exit_code_is_the_containers},
        {"a child that is detached stays", a_child_that_is_detached_stays},
        {"a child that is not detached ends", a_child_that_is_not_detached_ends},
        {"frames that make no sense are a loss", frames_that_make_no_sense_are_a_loss},
        {"the caller's descriptors stay as they are", the_callers_descriptors_stay_as_they_are},
        {"the sealed copy is called caisson and shows nothing", the_sealed_copy_is_called_caisson_and_shows_nothing},
        {"the sealed copy cannot be written to", the_sealed_copy_cannot_be_written_to},
        {"init is not for use by hand", init_is_not_for_use_by_hand},
    };
    if (argc > 2 && strcmp(argv[1], "--engine") == 0)
        return engine_main(argc, argv);
    if (!getenv("CAISSON_FRONT")) {
        fprintf(stderr, "CAISSON_FRONT names the front to test\n");
        return 2;
    }
    return RUN_TESTS(argc, argv, tests);
}
