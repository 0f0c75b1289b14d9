#include "double.h"

#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/ioctl.h>
#include <termios.h>

struct call calls[256];
unsigned call_count;
jmp_buf double_exit;

static struct {
    long number, result;
} answers[16];
static unsigned answer_count;
static const uint8_t *script;
static size_t script_length;
static volatile size_t touched;

void double_reset(void)
{
    call_count = answer_count = 0;
    script = NULL;
}

void double_answer(long number, long result)
{
    answers[answer_count].number = number;
    answers[answer_count++].result = result;
}

void double_script(const uint8_t *bytes, size_t length)
{
    script = bytes;
    script_length = length;
}

static uint8_t next_byte(void)
{
    if (script_length == 0)
        return 0;
    script_length--;
    return *script++;
}

static void fill(void *to, size_t length)
{
    for (size_t i = 0; i < length; i++)
        ((uint8_t *)to)[i] = script ? next_byte() : 0;
}

/* Reads what the kernel would, so that a sanitizer sees a bad pointer. */
static void touch(const void *from, long length)
{
    for (long i = 0; i < length; i++)
        touched += ((const volatile uint8_t *)from)[i];
}

static void touch_string(long address)
{
    if (address)
        touched += strlen((const char *)address);
}

static void touch_strings(long address)
{
    for (char *const *p = (char *const *)address; *p; p++)
        touch_string((long)*p);
}

static long answer(long number)
{
    if (script) {
        if (script_length == 0)
            return -EIO;
        uint8_t byte = next_byte();
        return byte < 0x60 ? 0 : byte < 0x80 ? byte - 0x5f : -(byte - 0x7f);
    }
    for (unsigned i = 0; i < answer_count; i++)
        if (answers[i].number == number)
            return answers[i].result;
    switch (number) {
    case SYS_openat2:
    case SYS_openat:
    case SYS_open_tree:
    case SYS_fsopen:
    case SYS_fspick:
    case SYS_fsmount:
    case SYS_socket:
    case SYS_signalfd4:
        return 210;
    default:
        return 0;
    }
}

static long at_most(long result, long limit)
{
    return result > limit ? limit : result;
}

/* Some results are longer than a byte of script tells. */
static long transferred(long result, long limit)
{
    return script && result > 0x10 ? limit : at_most(result, limit);
}

static long collect(struct msghdr *message, long result)
{
    result = transferred(result, (long)message->msg_iov[0].iov_len);
    if (result > 0)
        fill(message->msg_iov[0].iov_base, (size_t)result);
    message->msg_controllen = 0;
    return result;
}

static long transmit(const struct msghdr *message, long result)
{
    touch(message->msg_iov[0].iov_base, (long)message->msg_iov[0].iov_len);
    return script ? transferred(result, (long)message->msg_iov[0].iov_len) : (long)message->msg_iov[0].iov_len;
}

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    if (call_count < sizeof calls / sizeof *calls)
        calls[call_count] = (struct call){number, {a, b, c, d, e, f}};
    call_count++;
    long result = answer(number);

    switch (number) {
    case SYS_openat2:
    case SYS_mkdirat:
    case SYS_mknodat:
    case SYS_unlinkat:
    case SYS_fchownat:
    case SYS_fchmodat:
    case SYS_open_tree:
    case SYS_openat:
    case SYS_faccessat2:
    case SYS_mount_setattr:
    case SYS_fspick:
        touch_string(b);
        break;
    case SYS_symlinkat:
        touch_string(a);
        touch_string(c);
        break;
    case SYS_move_mount:
        touch_string(b);
        touch_string(d);
        break;
    case SYS_chdir:
    case SYS_chroot:
    case SYS_umount2:
    case SYS_fsopen:
        touch_string(a);
        break;
    case SYS_pivot_root:
        touch_string(a);
        touch_string(b);
        break;
    case SYS_mount:
        touch_string(a);
        touch_string(b);
        touch_string(c);
        touch_string(e);
        break;
    case SYS_fsconfig:
        touch_string(c);
        touch_string(d);
        break;
    case SYS_keyctl:
        if (a == KEYCTL_JOIN_SESSION_KEYRING)
            touch_string(b);
        break;
    case SYS_sethostname:
    case SYS_setdomainname:
        touch((const void *)a, b);
        break;
    case SYS_setgroups:
        touch((const void *)b, a * 4);
        break;
    case SYS_sched_setattr: {
        uint32_t size;
        memcpy(&size, (const void *)b, sizeof size);
        touch((const void *)b, size);
        break;
    }
    case SYS_sched_setaffinity:
        touch((const void *)c, b);
        break;
    case SYS_set_mempolicy:
        touch((const void *)b, c > 0 ? (c - 1 + 63) / 64 * 8 : 0);
        break;
    case SYS_seccomp: {
        const struct sock_fprog *program = (const struct sock_fprog *)c;
        touch(program->filter, program->len * (long)sizeof(struct sock_filter));
        break;
    }
    case SYS_connect:
        touch((const void *)b, c);
        break;
    case SYS_write:
        touch((const void *)b, c);
        return script ? transferred(result, c) : c;
    case SYS_read:
        result = transferred(result, c);
        if (result > 0)
            fill((void *)b, (size_t)result);
        break;
    case SYS_sendmsg:
        return transmit((const struct msghdr *)b, result);
    case SYS_recvmsg:
        return collect((struct msghdr *)b, result);
    case SYS_readlinkat:
        touch_string(b);
        result = transferred(result, d);
        if (result > 0)
            fill((void *)c, (size_t)result);
        break;
    case SYS_getdents64:
        return at_most(result, 0); /* an empty folder: the kernel's word on what is in one is not doubted */
    case SYS_getcwd:
        if (result >= 0)
            strcpy((char *)a, script && next_byte() % 2 ? "(unreachable)/x" : "/x");
        break;
    case SYS_fstat:
        if (result == 0 && script) {
            static const mode_t kinds[] = {S_IFDIR, S_IFREG, S_IFLNK, S_IFCHR, S_IFIFO};
            struct stat *s = (struct stat *)b;
            memset(s, 0, sizeof *s);
            s->st_mode = kinds[next_byte() % 5] | 0755;
            s->st_rdev = next_byte();
        }
        break;
    case SYS_newfstatat:
        touch_string(b);
        if (result == 0) {
            memset((void *)c, 0, sizeof(struct stat));
            ((struct stat *)c)->st_mode = script && next_byte() % 2 ? S_IFDIR : S_IFREG;
        }
        break;
    case SYS_fstatfs:
        if (result == 0)
            memset((void *)b, 0, sizeof(struct statfs));
        break;
    case SYS_pipe2:
    case SYS_socketpair: {
        int *pair = (int *)(number == SYS_pipe2 ? a : d);
        if (result >= 0) {
            pair[0] = script ? next_byte() : 211;
            pair[1] = script ? next_byte() : 212;
            result = 0;
        }
        break;
    }
    case SYS_clone3: {
        const struct clone_args *args = (const struct clone_args *)a;
        if (result > 0 && (args->flags & CLONE_PIDFD))
            *(int *)args->pidfd = 213;
        break;
    }
    case SYS_ppoll: {
        struct pollfd *fds = (struct pollfd *)a;
        for (long i = 0; result > 0 && i < b; i++)
            fds[i].revents = fds[i].fd < 0 ? 0 : (short)(next_byte() & (POLLIN | POLLOUT | POLLERR | POLLHUP));
        break;
    }
    case SYS_wait4:
        if (result >= 0 && b)
            *(int *)b = script ? next_byte() << 8 | (next_byte() & 0x7f) : 0;
        break;
    case SYS_ioctl:
        if (b == TCGETS && result == 0)
            memset((void *)c, 0, sizeof(struct termios));
        break;
    case SYS_execve:
        touch_string(a);
        touch_strings(b);
        touch_strings(c);
        if (result >= 0)
            sys_exit(0);
        break;
    default:
        break;
    }
    return result;
}

_Noreturn void sys_exit(int code)
{
    longjmp(double_exit, code + 1);
}
