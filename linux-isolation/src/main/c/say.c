#include "front.h"
#include "sys.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *log_path;
static int log_fd = -1;

/* The value of an option that argv[*i] is, in any of the forms that callers use: --name V, --name=V, and with one dash. */
static const char *option(char *const argv[], int *i, const char *name)
{
    const char *word = argv[*i] + strspn(argv[*i], "-");
    size_t length = strlen(name);
    if (strncmp(word, name, length) != 0)
        return NULL;
    if (word[length] == '=')
        return word + length + 1;
    return word[length] == '\0' && argv[*i + 1] ? argv[++*i] : NULL;
}

void say_where(char *const argv[])
{
    static const char *const others[] = {"root", "criu", "rootless", "cgroup-manager", NULL};
    const char *format = "text", *path = NULL, *value;
    for (int i = 1; argv[0] && argv[i] && argv[i][0] == '-'; i++) {
        if ((value = option(argv, &i, "log-format")))
            format = value;
        else if ((value = option(argv, &i, "log")))
            path = value;
        else
            for (int k = 0; others[k] && !option(argv, &i, others[k]); k++)
                ;
    }
    log_path = strcmp(format, "json") == 0 ? path : NULL;
}

int say_descriptor(void)
{
    if (log_fd < 0 && log_path && *log_path)
        log_fd = lifted(open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644));
    return log_fd;
}

void say_into(int log)
{
    log_fd = log;
}

static void print_json_string(int fd, const char *text)
{
    dprintf(fd, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            dprintf(fd, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            dprintf(fd, "\\u%04x", (unsigned)*text);
        else
            dprintf(fd, "%c", *text);
    }
    dprintf(fd, "\"");
}

void say(const char *format, ...)
{
    char text[4096], when[32];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);

    dprintf(2, "caisson: %s\n", text);
    int log = say_descriptor();
    if (log < 0)
        return;
    time_t now = time(NULL);
    struct tm utc;
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    dprintf(log, "{\"level\":\"error\",\"msg\":");
    print_json_string(log, text);
    dprintf(log, ",\"time\":\"%s\"}\n", when);
}
