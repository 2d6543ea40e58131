/* Makes chosen calls on chosen files fail, or kills the whole process group right after one, when a test orders it.
 *
 * Preloaded (LD_PRELOAD) into a process and all it starts; behind recorder.so, so that a failed call leaves no record
 * there. MUFAKAT_FAULT_FOLDER is the folder of the orders (outside the recorded root). An order is a file named
 * `<call>@<file>`, for example `sync@mufakat.sqlite3-wal`: call is `sync` (fsync, fdatasync) or `write` (write, pwrite),
 * file is the last part of the path. It holds three words: what, how often, how many are let pass before.
 *
 *   5 once 0     this call fails with errno 5 (EIO) and is not made; the order is removed
 *   28 always 0  every one fails with errno 28 (ENOSPC) until the test removes the order
 *   kill once 3  the fourth call is made, and nobody of the process group lives to see it return
 *   hold always 0  the call waits until the order is removed or replaced, and is made then
 *
 * Each fault appends a line to `fired` in the same folder, before anything can come of it: the order's name, and the
 * size the recorder's log had then.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEXT(name)                                                                                                     \
    static __typeof__(&name) next;                                                                                     \
    if (!next)                                                                                                         \
    next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define ALSO(name, other) extern __typeof__(name) other __attribute__((alias(#name)))

enum { NOTHING = 0, KILL = -1, HOLD = -2 }; /* Otherwise an errno. */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char counted[PATH_MAX]; /* The order whose calls are being let pass, */
static int passed;             /* and how many were. One order at a time counts. */

/* Raw system calls: neither our own hooks nor the recorder's shall see them. */
static void tell(const char *folder, const char *name)
{
    char path[PATH_MAX], line[PATH_MAX + 32];
    const char *log = getenv("MUFAKAT_RECORD_LOG");
    struct stat about = {0};
    if (log)
        stat(log, &about);
    snprintf(path, sizeof path, "%s/fired", folder);
    int size = snprintf(line, sizeof line, "%s %lld\n", name, (long long)about.st_size);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || syscall(SYS_write, fd, line, size) != size)
        abort(); /* A fault that nobody hears of would prove nothing. */
    syscall(SYS_close, fd);
}

static int ordered(const char *folder, const char *name)
{
    char path[PATH_MAX], text[64], what[16], often[16];
    int before;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return NOTHING;
    long size = syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    text[size > 0 ? size : 0] = '\0';
    if (sscanf(text, "%15s %15s %d", what, often, &before) != 3)
        abort();
    if (strcmp(counted, path) != 0) {
        strcpy(counted, path);
        passed = 0;
    }
    if (passed < before) {
        passed++;
        return NOTHING;
    }
    if (strcmp(often, "once") == 0) {
        counted[0] = '\0';
        if (syscall(SYS_unlinkat, AT_FDCWD, path, 0) != 0)
            return NOTHING; /* Another process was faster. */
    }
    tell(folder, name);
    return strcmp(what, "kill") == 0 ? KILL : strcmp(what, "hold") == 0 ? HOLD : atoi(what);
}

/* Wait until the order is gone, or another stands in its place. */
static void hold(const char *folder, const char *name)
{
    char path[PATH_MAX], text[4] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (;;) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (fd < 0)
            return;
        long size = syscall(SYS_read, fd, text, sizeof text);
        syscall(SYS_close, fd);
        if (size != sizeof text || memcmp(text, "hold", sizeof text) != 0)
            return;
        usleep(10000);
    }
}

static int fault(const char *call, int fd)
{
    const char *folder = getenv("MUFAKAT_FAULT_FOLDER");
    char link[32], path[PATH_MAX], name[NAME_MAX + 16];
    if (!folder)
        return NOTHING;
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    int found = NOTHING;
    if (size > 0) {
        path[size] = '\0';
        const char *slash = strrchr(path, '/');
        if (slash && snprintf(name, sizeof name, "%s@%s", call, slash + 1) < (int)sizeof name) {
            pthread_mutex_lock(&lock);
            found = ordered(folder, name);
            pthread_mutex_unlock(&lock);
            if (found == HOLD)
                hold(folder, name);
        }
    }
    errno = saved;
    return found;
}

#define HOOK(type, function, call, parameters, arguments)                                                              \
    type function parameters                                                                                           \
    {                                                                                                                  \
        NEXT(function);                                                                                                \
        int found = fault(call, fd);                                                                                   \
        if (found > 0) {                                                                                               \
            errno = found;                                                                                             \
            return -1;                                                                                                 \
        }                                                                                                              \
        type result = next arguments;                                                                                  \
        if (found == KILL) {                                                                                           \
            kill(0, SIGKILL);                                                                                          \
            for (;;)                                                                                                   \
                pause();                                                                                               \
        }                                                                                                              \
        return result;                                                                                                 \
    }

HOOK(int, fsync, "sync", (int fd), (fd))
HOOK(int, fdatasync, "sync", (int fd), (fd))
HOOK(ssize_t, write, "write", (int fd, const void *bytes, size_t size), (fd, bytes, size))
HOOK(ssize_t, pwrite, "write", (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at))
ALSO(pwrite, pwrite64);
