#include "sync.h"

#include "protocol.h"
#include "sys.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static long send_some(int socket, const void *bytes, long length, int fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)bytes, (size_t)length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    }
    return sys(SYS_sendmsg, socket, &message, MSG_NOSIGNAL);
}

long send_bytes(int socket, const void *bytes, long length, int fd)
{
    const char *rest = bytes;
    while (length > 0) {
        long n = send_some(socket, rest, length, fd);
        if (n == -EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? n : -EIO;
        fd = -1; /* it went with the first byte */
        rest += n;
        length -= n;
    }
    return 0;
}

long send_message(int link, struct message message, int fd)
{
    return send_bytes(link, &message, sizeof message, fd);
}

/* The kernel hands over descriptors in one control message. */
static void take_descriptors(const struct msghdr *message, int *fds, unsigned room, unsigned *count)
{
    const struct cmsghdr *c = CMSG_FIRSTHDR(message);
    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len > message->msg_controllen)
        return;
    for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len && *count < room; at += sizeof(int)) {
        int fd;
        memcpy(&fd, (const char *)c + at, sizeof fd);
        fds[(*count)++] = lifted(fd);
    }
}

long receive_bytes(int socket, void *bytes, long length, int flags, int *fds, unsigned room, unsigned *count)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(REGISTER_COUNT * sizeof(int))];
    } control = {0};
    struct iovec part = {bytes, (size_t)length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (room > 0) {
        message.msg_control = &control;
        message.msg_controllen = (socklen_t)CMSG_SPACE(room * sizeof(int));
    }
    *count = 0;
    long n;
    do
        n = sys(SYS_recvmsg, socket, &message, flags | MSG_CMSG_CLOEXEC);
    while (n == -EINTR);
    if (n >= 0 && room > 0)
        take_descriptors(&message, fds, room, count);
    return n;
}

long receive_message(int link, struct message *message, int *fd)
{
    unsigned count = 0;
    long n;
    memset(message, 0, sizeof *message);
    do /* ECONNRESET: the other side has left something of ours unread; what it said itself comes after that */
        n = receive_bytes(link, message, sizeof *message, 0, fd, fd ? 1 : 0, &count);
    while (n == -ECONNRESET);
    if (n <= 0)
        return n;
    return n == sizeof *message ? 1 : -EPROTO;
}

long receive_message_from(int link, struct message *message, long *sender)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } control = {0};
    struct iovec part = {message, sizeof *message};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct ucred credentials = {0};
    long n;
    memset(message, 0, sizeof *message);
    do
        n = sys(SYS_recvmsg, link, &m, MSG_CMSG_CLOEXEC);
    while (n == -EINTR || n == -ECONNRESET);
    if (n <= 0)
        return n;
    const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len == CMSG_LEN(sizeof credentials))
        memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
    *sender = credentials.pid;
    return n == sizeof *message ? 1 : -EPROTO;
}
