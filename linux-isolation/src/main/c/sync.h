/* What a parent and its child tell each other over a socketpair, and descriptors over any unix socket. */
#ifndef CAISSON_SYNC_H
#define CAISSON_SYNC_H

#include <stdint.h>

enum message_kind { MESSAGE_NONE, MESSAGE_GO, MESSAGE_FD, MESSAGE_EXECUTING, MESSAGE_FAILED, MESSAGE_REBORN, MESSAGE_NUMBER };

struct message {
    uint32_t kind, operation;
    int32_t error, detail;
};

/* fd -1: none goes along. Never raises SIGPIPE. */
long send_message(int link, struct message message, int fd);
long send_bytes(int socket, const void *bytes, long length, int fd);

/* -> 1, 0 at the end of file, or -errno. A descriptor that comes along lands in *fd. */
long receive_message(int link, struct message *message, int *fd);

/* The same without descriptors, from a link with SO_PASSCRED: the sender's pid, as it is called here, lands in *sender. */
long receive_message_from(int link, struct message *message, long *sender);

/* One recvmsg: -> bytes, 0 at the end of file, or -errno. Up to `room` descriptors, lifted, land in fds. */
long receive_bytes(int socket, void *bytes, long length, int flags, int *fds, unsigned room, unsigned *count);

#endif
