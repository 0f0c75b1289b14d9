#include "front.h"
#include "plan.h"
#include "sync.h"
#include "sys.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool frame_await(int connection, int timeout_ms)
{
    struct pollfd fds = {.fd = connection, .events = POLLIN};
    int n;
    do
        n = poll(&fds, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

/* Looks at what is next without taking it, nor the descriptors that come with it. */
bool frame_peek(int connection, uint32_t *type, uint32_t *plan_flags)
{
    union {
        uint32_t words[2];
        char bytes[FRAME_HEADER + sizeof(struct plan_header)];
    } head;
    struct plan_header plan;
    size_t have = 0, want = FRAME_HEADER;
    int from_the_start = 0;

    /* With this offset each look begins where the last one ended, so that a frame may come in pieces. */
    if (setsockopt(connection, SOL_SOCKET, SO_PEEK_OFF, &from_the_start, sizeof from_the_start) < 0)
        return false;
    while (have < want) {
        ssize_t n = recv(connection, head.bytes + have, want - have, MSG_PEEK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        have += (size_t)n;
        if (have == FRAME_HEADER && head.words[0] == FRAME_PLAN && head.words[1] >= sizeof plan)
            want = sizeof head.bytes;
    }
    *type = head.words[0];
    memcpy(&plan, head.bytes + FRAME_HEADER, sizeof plan);
    *plan_flags = want == sizeof head.bytes ? plan.flags : 0;
    return true;
}

bool frame_receive(int connection, struct frame *frame)
{
    uint32_t head[2];
    size_t have = 0;
    unsigned none;

    *frame = (struct frame){0};
    while (have < sizeof head) {
        bool first = have == 0;
        long n = receive_bytes(connection, (char *)head + have, (long)(sizeof head - have), 0, frame->fds,
                               first ? REGISTER_COUNT : 0, first ? &frame->fd_count : &none);
        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    frame->type = head[0];
    if (head[1] > FRAME_LIMIT)
        return false;
    char *bytes = mmap(NULL, plan_room(head[1]), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED)
        return false;
    frame->bytes = bytes;
    frame->length = head[1];
    for (have = 0; have < frame->length;) {
        long n = receive_bytes(connection, bytes + have, (long)(frame->length - have), 0, NULL, 0, &none);
        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    return true;
}

void frame_free(struct frame *frame)
{
    for (unsigned i = 0; i < frame->fd_count; i++)
        close(frame->fds[i]);
    if (frame->bytes)
        munmap(frame->bytes, plan_room(frame->length));
    *frame = (struct frame){0};
}

bool frame_send(int connection, enum frame_type type, void *bytes, size_t length, int fd)
{
    uint32_t head[2] = {type, (uint32_t)(length - FRAME_HEADER)};
    memcpy(bytes, head, sizeof head);
    return length - FRAME_HEADER <= FRAME_LIMIT && send_bytes(connection, bytes, (long)length, fd) == 0;
}

const uint64_t *namespaces(void)
{
    static const char *const paths[NAMESPACES] = {"/proc/self/ns/mnt", "/proc/self/ns/pid", "/proc/self/ns/user",
                                                  "/proc/self/ns/cgroup"};
    static uint64_t inodes[NAMESPACES];
    struct stat s;
    for (int i = 0; i < NAMESPACES && inodes[i] == 0; i++)
        inodes[i] = stat(paths[i], &s) == 0 ? s.st_ino : 0;
    return inodes;
}

static size_t strings_length(char *const strings[], uint32_t *count)
{
    size_t length = 0;
    for (*count = 0; strings[*count]; ++*count)
        length += strlen(strings[*count]) + 1;
    return length;
}

static char *put_string(char *at, const char *string)
{
    return stpcpy(at, string) + 1;
}

bool frame_send_invoke(int connection, const char *dist, char *const argv[], char *const envp[])
{
    char cwd[4096];
    struct stat root = {0};
    mode_t mask = umask(0);
    umask(mask);
    if (!getcwd(cwd, sizeof cwd))
        cwd[0] = '\0';
    if (stat("/", &root) < 0)
        return false;

    struct invoke_header header = {
        .magic = INVOKE_MAGIC,
        .version = PROTOCOL_VERSION,
        .umask = mask,
        .uid = geteuid(),
        .gid = getegid(),
        .root_device = root.st_dev,
        .root_inode = root.st_ino,
    };
    memcpy(header.namespaces, namespaces(), sizeof header.namespaces);
    size_t length = FRAME_HEADER + sizeof header + sizeof CAISSON_BUILD_ID + strlen(dist) + 1 + strlen(cwd) + 1;
    length += strings_length(argv, &header.argc) + strings_length(envp, &header.envc);

    char *frame = malloc(length);
    if (!frame)
        return false;
    char *at = frame + FRAME_HEADER;
    memcpy(at, &header, sizeof header);
    at = put_string(at + sizeof header, CAISSON_BUILD_ID);
    at = put_string(at, dist);
    at = put_string(at, cwd);
    for (uint32_t i = 0; i < header.argc; i++)
        at = put_string(at, argv[i]);
    for (uint32_t i = 0; i < header.envc; i++)
        at = put_string(at, envp[i]);
    bool sent = frame_send(connection, FRAME_INVOKE, frame, length, -1);
    free(frame);
    return sent;
}
