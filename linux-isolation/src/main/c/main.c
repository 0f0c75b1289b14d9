/*
 * The front: the one executable that callers know. It finds an engine, hands it the command, and does what the engine
 * says until that says EXIT. It decides nothing itself.
 */
#include "front.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

struct session {
    int connection;
    const char *dist;
    bool sealed;  /* this image is */
    bool undoing; /* nobody is to hear of it */
    bool told;    /* the engine has said something */
    int patience; /* ms until it must have */
    char refusal[128];
    char **undo;  /* an argv, or NULL */
    struct run run;
    int code;
};

enum outcome {
    ENDED,   /* with `code` */
    LOST,    /* the engine went away, or said what makes no sense */
    GIVEN_UP /* the reason has been said */
};

/* ---- what an engine may say ---- */

static void write_out(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        else if (n < 0 && errno != EINTR)
            return; /* nobody is there to read it */
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        }
    }
}

static bool take_write(const struct session *session, const struct frame *frame)
{
    uint32_t fd;
    if (frame->length < sizeof fd)
        return false;
    memcpy(&fd, frame->bytes, sizeof fd);
    if (fd != 1 && fd != 2)
        return false;
    if (!session->undoing)
        write_out((int)fd, frame->bytes + sizeof fd, frame->length - sizeof fd);
    return true;
}

static bool take_give_fd(const struct session *session, const struct frame *frame)
{
    struct {
        char room[FRAME_HEADER];
        int32_t error;
        uint32_t reserved;
    } answer = {0};
    uint32_t wanted;
    if (frame->length != sizeof wanted)
        return false;
    memcpy(&wanted, frame->bytes, sizeof wanted);
    bool open = !session->undoing && wanted <= INT_MAX && (int)wanted != session->connection && fcntl((int)wanted, F_GETFD) >= 0;
    answer.error = open ? 0 : EBADF;
    return frame_send(session->connection, FRAME_FD, &answer, sizeof answer, open ? (int)wanted : -1);
}

static bool take_undo(struct session *session, const struct frame *frame)
{
    uint32_t head[2];
    if (frame->length < sizeof head)
        return false;
    memcpy(head, frame->bytes, sizeof head);
    uint32_t count = head[0];
    size_t length = frame->length - sizeof head;
    if (count > length)
        return false;

    /* The pointers, and behind them the strings; kept to the end. */
    char **argv = malloc((count + 1) * sizeof *argv + length + 1);
    if (!argv)
        return false;
    char *at = memcpy(argv + count + 1, frame->bytes + sizeof head, length);
    char *end = at + length;
    for (uint32_t i = 0; i < count; i++) {
        char *nul = memchr(at, '\0', (size_t)(end - at));
        if (!nul) {
            free(argv);
            return false;
        }
        argv[i] = at;
        at = nul + 1;
    }
    argv[count] = NULL;
    free(session->undo);
    session->undo = count > 0 ? argv : NULL;
    if (count == 0)
        free(argv);
    return true;
}

static bool take_plan(struct session *session, struct frame *frame)
{
    struct {
        char room[FRAME_HEADER];
        struct report report;
    } answer;
    unsigned fds = frame->fd_count;
    frame->fd_count = 0; /* the plan's from now on */
    run_plan(&session->run, frame->bytes, frame->length, frame->fds, fds, &answer.report);
    return frame_send(session->connection, FRAME_REPORT, &answer, sizeof answer, -1);
}

static bool take(struct session *session, struct frame *frame, bool *ended)
{
    switch (frame->type) {
    case FRAME_UNDO:
        return take_undo(session, frame);
    case FRAME_PLAN:
        return take_plan(session, frame);
    case FRAME_WRITE:
        return take_write(session, frame);
    case FRAME_GIVE_FD:
        return take_give_fd(session, frame);
    case FRAME_EXIT:
        if (frame->length != sizeof(uint32_t))
            return false;
        session->code = (unsigned char)frame->bytes[0];
        return *ended = true;
    default:
        return false; /* REFUSE too, once something has been said */
    }
}

/* Whether what comes next must find us in a sealed image. */
static bool is_for_sealed(int connection, bool *lost)
{
    uint32_t type = 0, flags = 0;
    *lost = !frame_peek(connection, &type, &flags);
    return type == FRAME_UNDO || (type == FRAME_PLAN && (flags & PLAN_FLAG_SEALED));
}

static enum outcome converse(struct session *session)
{
    if (!session->told && !frame_await(session->connection, session->patience))
        return LOST;
    for (bool ended = false; !ended;) {
        bool lost = false;
        if (!session->sealed && is_for_sealed(session->connection, &lost)) {
            const char *what = session->run.child ? "leave a child" : seal_and_continue(session->connection, session->dist);
            say("%s: %s", what, strerror(session->run.child ? EBUSY : errno));
            return GIVEN_UP;
        }
        struct frame frame = {0};
        lost = lost || !frame_receive(session->connection, &frame);
        if (!lost && frame.type == FRAME_REFUSE && !session->told)
            snprintf(session->refusal, sizeof session->refusal, "%s", frame.bytes);
        else if (!lost)
            session->told = true;
        bool understood = !lost && take(session, &frame, &ended);
        frame_free(&frame);
        if (!understood)
            return LOST;
    }
    return ENDED;
}

/* ---- an engine that is no more ---- */

/* There is nothing to fall back to from a one-shot engine, so it may take its time. */
static int patience(bool oneshot)
{
    int ms = engine_timeout_ms();
    return !oneshot ? ms : ms < INT_MAX / 6 ? ms * 6 : INT_MAX;
}

static bool undo(const struct session *lost)
{
    struct session session = {.dist = lost->dist, .sealed = lost->sealed, .undoing = true, .patience = patience(true)};
    session.connection = engine_oneshot(lost->dist);
    if (session.connection < 0)
        return false;
    run_begin(&session.run, session.connection);
    bool done = frame_send_invoke(session.connection, lost->dist, lost->undo, environ) && converse(&session) == ENDED;
    run_end(&session.run);
    return done && session.code == 0;
}

static int end(struct session *session, enum outcome outcome)
{
    run_end(&session->run);
    if (outcome == ENDED)
        return session->code;
    close(session->connection);
    bool undone = outcome == LOST && session->undo && undo(session);
    bool waited = session->run.waited; /* after the process's own end all is as it should be */
    if (outcome == LOST && !session->undo && !waited)
        say("the engine ended in the middle of the command");
    else if (undone && !waited)
        say("the engine ended in the middle of the command; the container was taken down");
    else if (outcome == LOST && session->undo && !undone)
        say("the engine ended in the middle of the command, and the container could not be taken down");
    return session->run.waited ? session->run.exit_code : EXIT_FAILURE;
}

/* ---- the two ways in ---- */

static int connect_engine(const char *dist, enum engine_choice choice, bool *oneshot)
{
    *oneshot = choice == ENGINE_ONESHOT;
    int connection = *oneshot ? -1 : engine_resident(dist);
    if (connection < 0 && choice != ENGINE_RESIDENT) {
        *oneshot = true;
        connection = engine_oneshot(dist);
    }
    return connection;
}

static int invoke(char *const argv[], const char *dist)
{
    struct session session = {.dist = dist};
    bool oneshot;
    enum engine_choice choice = engine_choice();
    if (choice == ENGINE_UNKNOWN) {
        say("CAISSON_ENGINE and engine= in /etc/caisson/caisson.conf are one of auto, oneshot, resident");
        return EXIT_FAILURE;
    }
    session.connection = connect_engine(dist, choice, &oneshot);
    for (;;) {
        if (session.connection < 0) {
            say("%s", engine_problem());
            return EXIT_FAILURE;
        }
        session.patience = patience(oneshot);
        run_begin(&session.run, session.connection);
        enum outcome outcome = frame_send_invoke(session.connection, dist, argv, environ) ? converse(&session) : LOST;
        if (outcome != LOST || session.told)
            return end(&session, outcome);
        close(session.connection);
        if (oneshot && *session.refusal)
            say("the engine refused: %s", session.refusal);
        else if (oneshot)
            say("the engine ended, or hung, before it said anything (CAISSON_ENGINE_STDERR=FILE keeps what it prints)");
        if (oneshot)
            return EXIT_FAILURE;
        session.refusal[0] = '\0';
        session.connection = engine_oneshot(dist);
        oneshot = true;
    }
}

static int number(const char *text)
{
    char *rest;
    long value = strtol(text, &rest, 10);
    return *text && *rest == '\0' && value >= -1 && value <= INT_MAX ? (int)value : -1;
}

static bool is_connected(int fd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    return fd > 2 && getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.ss_family == AF_UNIX;
}

/* caisson init CONNECTION DIST LOG: the same command, from the sealed copy. */
static int continue_sealed(int argc, char *argv[])
{
    if (argc != 5 || !is_connected(number(argv[2])) || !is_sealed()) {
        say("init is not for use by hand");
        return EXIT_FAILURE;
    }
    struct session session = {.connection = number(argv[2]), .dist = argv[3], .sealed = true, .told = true};
    int log = number(argv[4]);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, "caisson");
    fcntl(session.connection, F_SETFD, FD_CLOEXEC);
    if (log > 2 && fcntl(log, F_SETFD, FD_CLOEXEC) == 0)
        say_into(log);
    run_begin(&session.run, session.connection);
    return end(&session, converse(&session));
}

/* <dist>/bin/caisson -> <dist> */
static bool find_dist(char path[static PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length < 0)
        return false;
    path[length] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    return true;
}

int main(int argc, char *argv[])
{
    static char dist[PATH_MAX];
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    if (argc >= 2 && strcmp(argv[1], "init") == 0)
        return continue_sealed(argc, argv);
    say_where(argv);
    if (!find_dist(dist)) {
        say("read /proc/self/exe: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    return invoke(argv, dist);
}
