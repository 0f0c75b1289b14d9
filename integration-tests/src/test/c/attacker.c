/*
 * What runs in hostile containers: attacker MODE ARGUMENTS... A process of the runtime is known by its name, "caisson", and whatever is
 * won from one is written down, a line each, unless the process has become the container's own meanwhile.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef PTRACE_SEIZE /* linux/ptrace.h */
#define PTRACE_SEIZE 0x4206
#define PTRACE_INTERRUPT 0x4207
#endif
#ifndef __WALL /* linux/wait.h */
#define __WALL 0x40000000
#endif
#ifndef SYS_pidfd_open /* asm-generic/unistd.h */
#define SYS_pidfd_open 434
#define SYS_pidfd_getfd 438
#endif

static void say(const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text - 1, format, arguments);
    va_end(arguments);
    text[length] = '\n';
    (void)!write(1, text, (size_t)length + 1);
}

static long read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long length = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = '\0';
    return length;
}

static bool is_runtime(int pid)
{
    char path[64], name[32];
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    return read_file(path, name, sizeof name) > 0 && strcmp(name, "caisson\n") == 0;
}

/* ---- processes that join ---- */

static void won(int pid, const char *what)
{
    if (is_runtime(pid))
        say("WON %s", what);
}

static void try_links(int pid)
{
    static const char *const names[] = {"exe", "cwd", "root", "ns/mnt"};
    char path[64], target[4096];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, names[i]);
        if (readlink(path, target, sizeof target) >= 0)
            won(pid, names[i]);
    }
}

static void try_files(int pid)
{
    static const struct {
        const char *name;
        int flags;
    } files[] = {{"mem", O_RDWR}, {"environ", O_RDONLY}, {"maps", O_RDONLY}, {"exe", O_WRONLY}, {"exe", O_RDWR}, {"exe", O_RDONLY},
                 {"auxv", O_RDONLY}, {"syscall", O_RDONLY}};
    char path[64], byte;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i].name);
        int fd = open(path, files[i].flags | O_CLOEXEC);
        /* What a check at the time of opening lets through may show nothing. */
        if (fd >= 0 && (files[i].flags == O_RDWR || files[i].flags == O_WRONLY || read(fd, &byte, 1) == 1))
            won(pid, files[i].name);
        if (fd >= 0)
            close(fd);
    }
}

static void try_descriptors(int pid)
{
    char path[64], target[4096];
    for (int fd = 0; fd < 220; fd = fd == 2 ? 200 : fd + 1) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
        int opened = open(path, O_PATH | O_CLOEXEC);
        if (opened >= 0 || readlink(path, target, sizeof target) >= 0)
            won(pid, "fd");
        if (opened >= 0)
            close(opened);
    }
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    for (int fd = 0; pidfd >= 0 && fd < 220; fd = fd == 2 ? 200 : fd + 1) {
        int taken = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
        if (taken >= 0) {
            won(pid, "a descriptor");
            close(taken);
        }
    }
    if (pidfd >= 0)
        close(pidfd);
}

static void try_tracing(int pid)
{
    char byte;
    struct iovec mine = {&byte, 1}, theirs = {(void *)0x400000, 1};
    errno = 0;
    if (process_vm_readv(pid, &mine, 1, &theirs, 1, 0) == 1 || errno == EFAULT)
        won(pid, "memory");
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0) {
        won(pid, "tracing");
        ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
        if (waitpid(pid, NULL, __WALL) == pid)
            ptrace(PTRACE_DETACH, pid, NULL, NULL);
    }
}

static void attack(int pid, const char *how)
{
    if (strcmp(how, "kill") == 0) {
        if (kill(pid, SIGKILL) == 0)
            say("KILLED");
        return;
    }
    if (strcmp(how, "stop") == 0) {
        kill(pid, SIGSTOP);
        return;
    }
    try_tracing(pid);
    try_links(pid);
    try_files(pid);
    try_descriptors(pid);
}

static int last_pid(void)
{
    int last = 0;
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    while (processes && (entry = readdir(processes)))
        if (atoi(entry->d_name) > last)
            last = atoi(entry->d_name);
    if (processes)
        closedir(processes);
    return last;
}

/* Pids are given in order: who comes next is known before it comes. */
static void watch(const char *how)
{
    enum { AHEAD = 4, UNTIL_A_LOOK = 2000 };
    bool seen = false;
    say("ready");
    for (;;) {
        int next = last_pid();
        for (int i = 0; i < UNTIL_A_LOOK; i++) {
            int pid = next + i % AHEAD;
            if (pid == getpid() || !is_runtime(pid))
                continue;
            if (!seen)
                say("seen");
            seen = true;
            attack(pid, how);
            next = pid;
        }
    }
}

/* ---- paths that change ---- */

/* Exchanges two names, forever, with a breath of changing length in between so that others come to see either. */
static void swap(const char *one, const char *other)
{
    say("ready");
    for (unsigned i = 0;; i++) {
        if (syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2 /* RENAME_EXCHANGE */) < 0 && errno != ENOENT) {
            say("swap: %s", strerror(errno));
            exit(1);
        }
        nanosleep(&(struct timespec){0, i % 16 * 10000}, NULL);
    }
}

/* ---- what a process has ---- */

static void list_descriptors(void)
{
    char path[64], target[4096];
    for (int fd = 0; fd < 2048; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            continue;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length > 0 ? length : 0] = '\0';
        say("%d %s", fd, strncmp(target, "pipe:", 5) == 0 ? "pipe" : target);
    }
}

int main(int argc, char *argv[])
{
    if (argc == 3 && strcmp(argv[1], "watch") == 0)
        watch(argv[2]);
    else if (argc == 4 && strcmp(argv[1], "swap") == 0)
        swap(argv[2], argv[3]);
    else if (argc == 2 && strcmp(argv[1], "descriptors") == 0)
        list_descriptors();
    else
        return 2;
    return 0;
}
