/* Records every file operation below one folder, so that a power cut can be replayed at any point of it.
 *
 * Preloaded (LD_PRELOAD) into a process and all it starts. MUFAKAT_RECORD_ROOT is the folder, MUFAKAT_RECORD_LOG the
 * file the records are appended to (outside the root). crashstates.py reads the log; README.md tells the model.
 *
 * On which side of the real call does a record belong?
 *
 *  - Writes, truncations, names: the real call and its record happen together, under one lock that holds for all
 *    threads and processes. The log's order therefore IS the order of the calls, and the record follows the call
 *    because only then its outcome is known (bytes really written, where an appending write landed, file created or
 *    only opened). A refused call leaves no record.
 *  - fsync, fdatasync: the record follows the successful return, so it never promises durability too early. The call
 *    itself is made without the lock, because it is slow and because others must be able to write meanwhile; what they
 *    write meanwhile is not promised by it. So the record names the size the log had BEFORE the call: only records
 *    wholly below it are covered.
 *  - Every record is in the log before its call returns. Whatever a program does because the call returned (another
 *    write, an answer to a client) comes later than the record: a cut never holds an effect without its cause.
 *
 * No table of descriptors is kept. fork shares them, dup copies them, vfork's child runs in our memory, and a program
 * that closes all descriptors would close ours too. Each call asks the kernel what a descriptor is (fstat and
 * /proc/self/fd), and the log is opened anew for each record: a fresh open file description makes flock exclude threads
 * as well as processes, and the kernel releases it however the process dies.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "the ...64 names below are aliases, which is right only where off_t has 64 bits");

enum kind { CREATE = 1, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, LINK, MKDIR, UNMODELLED };

struct header {
    uint32_t magic, kind;
    uint64_t size; /* of the whole record: header, path, target, content */
    uint64_t inode;
    uint64_t number; /* WRITE: offset. TRUNCATE: length. SYNC: size of the log when the call began. */
    uint32_t process;
    uint16_t path_size, target_size;
};

#define MAGIC 0x4352464dU /* "MFRC" */

/* The next definition of a function: libc's, or that of another preloaded library such as an error injector. */
#define NEXT(name)                                                                                                     \
    static __typeof__(&name) next;                                                                                     \
    if (!next)                                                                                                         \
    next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* Public names of one implementation. */
#define ALSO(name, other) extern __typeof__(name) other __attribute__((alias(#name)))

static char root[PATH_MAX], log_path[PATH_MAX];
static size_t root_size; /* 0: not recording */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void)
{
    const char *folder = getenv("MUFAKAT_RECORD_ROOT"), *log = getenv("MUFAKAT_RECORD_LOG");
    if (!folder || !log || strlen(log) >= sizeof log_path || !realpath(folder, root))
        return;
    strcpy(log_path, log);
    root_size = strlen(root);
}

/* Lazily, not in a constructor: other libraries' constructors may open files before ours would run. */
static bool recording(void)
{
    pthread_once(&once, prepare);
    return root_size > 0;
}

static void die(const char *why)
{
    dprintf(STDERR_FILENO, "recorder: %s: %s\n", why, strerror(errno));
    abort(); /* A log with a hole would prove nothing. */
}

/* Raw system calls for the log: nobody else's hook shall see or refuse them. */
static int lock_log(void)
{
    int log = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0)
        die("cannot open the log");
    while (flock(log, LOCK_EX) != 0)
        if (errno != EINTR)
            die("cannot lock the log");
    return log;
}

static void unlock_log(int log)
{
    int saved = errno;
    flock(log, LOCK_UN); /* Explicitly: another thread's fork may just have copied the descriptor. */
    syscall(SYS_close, log);
    errno = saved;
}

static void append(int log, enum kind kind, ino_t inode, uint64_t number, const char *path, const char *target,
                   const void *content, size_t content_size)
{
    struct header header = {MAGIC, kind, 0, inode, number, (uint32_t)getpid(), strlen(path), strlen(target)};
    header.size = sizeof header + header.path_size + header.target_size + content_size;
    struct iovec parts[] = {{&header, sizeof header},
                            {(void *)path, header.path_size},
                            {(void *)target, header.target_size},
                            {(void *)content, content_size}};
    if (syscall(SYS_writev, log, parts, 4) != (long)header.size)
        die("cannot append to the log");
}

/* The part of an absolute path below the root ("" for the root itself), or NULL. */
static const char *below_root(const char *path)
{
    if (strncmp(path, root, root_size) != 0 || (path[root_size] != '/' && path[root_size] != '\0'))
        return NULL;
    return path[root_size] ? path + root_size + 1 : "";
}

struct opened {
    char whole[PATH_MAX];
    const char *path;
    ino_t inode;
};

/* Whether a descriptor is a file or folder below the root. A deleted file is: its name ends in " (deleted)" then. */
static bool is_ours(int fd, struct opened *file)
{
    struct stat about;
    char link[32];
    if (!recording() || fstat(fd, &about) != 0 || !(S_ISREG(about.st_mode) || S_ISDIR(about.st_mode)))
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, file->whole, sizeof file->whole - 1);
    if (size < 0)
        return false;
    file->whole[size] = '\0';
    file->path = below_root(file->whole);
    file->inode = about.st_ino;
    return file->path != NULL;
}

/* Whether a name lies below the root: its folder resolved, its last part not (that is the entry the call changes). */
static const char *name_below_root(int folder, const char *path, char whole[PATH_MAX])
{
    char given[PATH_MAX], name[NAME_MAX + 1];
    if (!recording() || !path || strlen(path) + 32 >= sizeof given)
        return NULL;
    if (path[0] == '/' || folder == AT_FDCWD)
        strcpy(given, path);
    else
        snprintf(given, sizeof given, "/proc/self/fd/%d/%.*s", folder, (int)sizeof given - 33, path);
    size_t size = strlen(given);
    while (size > 1 && given[size - 1] == '/')
        given[--size] = '\0';
    char *slash = strrchr(given, '/');
    const char *last = slash ? slash + 1 : given;
    if (strlen(last) > NAME_MAX)
        return NULL;
    strcpy(name, last);
    if (slash)
        slash[1] = '\0';
    if (!realpath(slash ? given : ".", whole) || strlen(whole) + strlen(name) + 2 > PATH_MAX)
        return NULL;
    strcat(strcat(whole, "/"), name);
    const char *below = below_root(whole);
    return below && *below ? below : NULL;
}

/* 0: nothing there, or a thing without content of its own (socket, pipe, symbolic link), which is not recorded. */
static ino_t inode_at(int folder, const char *path)
{
    struct stat about;
    if (fstatat(folder, path, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    return S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) ? about.st_ino : 0;
}

/* ---- content ---- */

static void append_write(int log, int fd, const struct opened *file, off_t offset, size_t done,
                         const struct iovec *parts, int count)
{
    struct stat about;
    if (fcntl(fd, F_GETFL) & O_APPEND) /* On Linux even pwrite appends then, and ignores its offset. */
        offset = fstat(fd, &about) == 0 ? about.st_size - (off_t)done : 0;
    else if (offset < 0)
        offset = lseek(fd, 0, SEEK_CUR) - (off_t)done;
    if (count == 1) {
        append(log, WRITE, file->inode, (uint64_t)offset, file->path, "", parts[0].iov_base, done);
        return;
    }
    char *joined = malloc(done);
    if (!joined)
        die("no memory");
    for (size_t at = 0; at < done; parts++) {
        size_t some = parts->iov_len < done - at ? parts->iov_len : done - at;
        memcpy(joined + at, parts->iov_base, some);
        at += some;
    }
    append(log, WRITE, file->inode, (uint64_t)offset, file->path, "", joined, done);
    free(joined);
}

/* The last argument is two: the parts, and how many there are. */
#define WRITE_HOOK(function, parameters, arguments, offset, ...)                                                       \
    ssize_t function parameters                                                                                        \
    {                                                                                                                  \
        NEXT(function);                                                                                                \
        struct opened file;                                                                                            \
        if (!is_ours(fd, &file))                                                                                       \
            return next arguments;                                                                                     \
        int log = lock_log();                                                                                          \
        ssize_t done = next arguments;                                                                                 \
        if (done > 0)                                                                                                  \
            append_write(log, fd, &file, offset, (size_t)done, __VA_ARGS__);                                           \
        unlock_log(log);                                                                                               \
        return done;                                                                                                   \
    }

#define ONE(bytes, size) &(struct iovec){(void *)bytes, size}, 1
#define VECTOR const struct iovec *parts, int count

WRITE_HOOK(write, (int fd, const void *bytes, size_t size), (fd, bytes, size), -1, ONE(bytes, size))
WRITE_HOOK(pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at), at, ONE(bytes, size))
WRITE_HOOK(writev, (int fd, VECTOR), (fd, parts, count), -1, parts, count)
WRITE_HOOK(pwritev, (int fd, VECTOR, off_t at), (fd, parts, count, at), at, parts, count)
WRITE_HOOK(pwritev2, (int fd, VECTOR, off_t at, int flags), (fd, parts, count, at, flags), at, parts, count)
ALSO(pwrite, pwrite64);
ALSO(pwritev, pwritev64);
ALSO(pwritev2, pwritev64v2);

int ftruncate(int fd, off_t length)
{
    NEXT(ftruncate);
    struct opened file;
    if (!is_ours(fd, &file))
        return next(fd, length);
    int log = lock_log(), result = next(fd, length);
    if (result == 0)
        append(log, TRUNCATE, file.inode, (uint64_t)length, file.path, "", NULL, 0);
    unlock_log(log);
    return result;
}
ALSO(ftruncate, ftruncate64);

int truncate(const char *path, off_t length)
{
    NEXT(truncate);
    int fd = open(path, O_WRONLY | O_CLOEXEC); /* No O_CREAT, no O_TRUNC: passes our own hook unrecorded. */
    struct opened file;
    bool ours = fd >= 0 && is_ours(fd, &file);
    int log = ours ? lock_log() : -1, result = next(path, length);
    if (ours && result == 0)
        append(log, TRUNCATE, file.inode, (uint64_t)length, file.path, "", NULL, 0);
    if (ours)
        unlock_log(log);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return result;
}
ALSO(truncate, truncate64);

/* ---- durability ---- */

#define SYNC_HOOK(function)                                                                                            \
    int function(int fd)                                                                                               \
    {                                                                                                                  \
        NEXT(function);                                                                                                \
        struct opened file;                                                                                            \
        struct stat before;                                                                                            \
        if (!is_ours(fd, &file))                                                                                       \
            return next(fd);                                                                                           \
        uint64_t covered = stat(log_path, &before) == 0 ? (uint64_t)before.st_size : 0;                                \
        int result = next(fd);                                                                                         \
        if (result == 0) {                                                                                             \
            int log = lock_log();                                                                                      \
            append(log, SYNC, file.inode, covered, file.path, "", NULL, 0);                                            \
            unlock_log(log);                                                                                           \
        }                                                                                                              \
        return result;                                                                                                 \
    }

SYNC_HOOK(fsync)
SYNC_HOOK(fdatasync)

/* ---- names ---- */

static int record_open(int (*next)(int, const char *, int, ...), int folder, const char *path, int flags, mode_t mode)
{
    char whole[PATH_MAX];
    const char *name = flags & (O_CREAT | O_TRUNC) ? name_below_root(folder, path, whole) : NULL;
    if (!name)
        return next(folder, path, flags, mode);
    struct stat about;
    int log = lock_log();
    bool existed = fstatat(folder, path, &about, 0) == 0;
    int fd = next(folder, path, flags, mode);
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
        if (!existed)
            append(log, CREATE, about.st_ino, 0, name, "", NULL, 0);
        else if (flags & O_TRUNC)
            append(log, TRUNCATE, about.st_ino, 0, name, "", NULL, 0);
    }
    unlock_log(log);
    return fd;
}

static mode_t mode_of(int flags, va_list rest)
{
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

/* All ways to open go through openat, which can express every one of them. */
#define OPEN(folder, path, flags, mode)                                                                                \
    NEXT(openat);                                                                                                      \
    return record_open(next, folder, path, flags, mode)
#define OPEN_VARIADIC(folder)                                                                                          \
    va_list rest;                                                                                                      \
    va_start(rest, flags);                                                                                             \
    mode_t mode = mode_of(flags, rest);                                                                                \
    va_end(rest);                                                                                                      \
    OPEN(folder, path, flags, mode)

int openat(int folder, const char *path, int flags, ...) { OPEN_VARIADIC(folder); }
int open(const char *path, int flags, ...) { OPEN_VARIADIC(AT_FDCWD); }
int creat(const char *path, mode_t mode) { OPEN(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
/* What programs built with _FORTIFY_SOURCE call when they give no mode. */
int __open_2(const char *path, int flags) { OPEN(AT_FDCWD, path, flags, 0); }
int __openat_2(int folder, const char *path, int flags) { OPEN(folder, path, flags, 0); }
ALSO(openat, openat64);
ALSO(open, open64);
ALSO(creat, creat64);
ALSO(__open_2, __open64_2);
ALSO(__openat_2, __openat64_2);

/* A call that changes one name. An inode that goes is known before the call, one that comes only after it. */
#define NAME_HOOK(function, parameters, arguments, kind, folder)                                                       \
    int function parameters                                                                                            \
    {                                                                                                                  \
        NEXT(function);                                                                                                \
        char whole[PATH_MAX];                                                                                          \
        const char *name = name_below_root(folder, path, whole);                                                       \
        if (!name)                                                                                                     \
            return next arguments;                                                                                     \
        int log = lock_log();                                                                                          \
        ino_t inode = inode_at(folder, path);                                                                          \
        int result = next arguments;                                                                                   \
        if (kind != UNLINK)                                                                                            \
            inode = inode_at(folder, path);                                                                            \
        if (result == 0 && (inode || kind == UNMODELLED))                                                              \
            append(log, kind, inode, 0, name, #function, NULL, 0);                                                     \
        unlock_log(log);                                                                                               \
        return result;                                                                                                 \
    }

NAME_HOOK(unlink, (const char *path), (path), UNLINK, AT_FDCWD)
NAME_HOOK(unlinkat, (int at, const char *path, int flags), (at, path, flags), UNLINK, at)
NAME_HOOK(rmdir, (const char *path), (path), UNLINK, AT_FDCWD)
NAME_HOOK(remove, (const char *path), (path), UNLINK, AT_FDCWD)
NAME_HOOK(mkdir, (const char *path, mode_t mode), (path, mode), MKDIR, AT_FDCWD)
NAME_HOOK(mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), MKDIR, at)
NAME_HOOK(link, (const char *old, const char *path), (old, path), LINK, AT_FDCWD)
NAME_HOOK(linkat, (int from, const char *old, int at, const char *path, int flags), (from, old, at, path, flags),
          LINK, at)
NAME_HOOK(symlink, (const char *target, const char *path), (target, path), UNMODELLED, AT_FDCWD)
NAME_HOOK(symlinkat, (const char *target, int at, const char *path), (target, at, path), UNMODELLED, at)

/* A file that leaves the root is gone from it; one that enters brings content that nobody saw being written. */
#define RENAME_HOOK(function, parameters, arguments, from, at, swaps)                                                  \
    int function parameters                                                                                            \
    {                                                                                                                  \
        NEXT(function);                                                                                                \
        char old_whole[PATH_MAX], whole[PATH_MAX];                                                                     \
        const char *source = name_below_root(from, old, old_whole), *target = name_below_root(at, path, whole);        \
        if (!source && !target)                                                                                        \
            return next arguments;                                                                                     \
        int log = lock_log();                                                                                          \
        ino_t inode = inode_at(from, old), replaced = inode_at(at, path);                                              \
        int result = next arguments;                                                                                   \
        if (result == 0 && inode && inode != replaced) /* Equal: two names of one file; POSIX does nothing then. */    \
            append(log, (swaps) || !source ? UNMODELLED : !target ? UNLINK : RENAME, inode, 0,                         \
                   source ? source : target, target ? target : "", NULL, 0);                                           \
        unlock_log(log);                                                                                               \
        return result;                                                                                                 \
    }

RENAME_HOOK(rename, (const char *old, const char *path), (old, path), AT_FDCWD, AT_FDCWD, false)
RENAME_HOOK(renameat, (int from, const char *old, int at, const char *path), (from, old, at, path), from, at, false)
RENAME_HOOK(renameat2, (int from, const char *old, int at, const char *path, unsigned flags),
            (from, old, at, path, flags), from, at, flags & ~RENAME_NOREPLACE)

/* ---- calls that change content without handing us the bytes: said in the log, refused by its reader ---- */

#define UNMODELLED_HOOK(type, function, parameters, arguments, fd)                                                     \
    type function parameters                                                                                           \
    {                                                                                                                  \
        NEXT(function);                                                                                                \
        struct opened file;                                                                                            \
        if (!is_ours(fd, &file))                                                                                       \
            return next arguments;                                                                                     \
        int log = lock_log();                                                                                          \
        append(log, UNMODELLED, file.inode, 0, file.path, #function, NULL, 0);                                         \
        unlock_log(log);                                                                                               \
        return next arguments;                                                                                         \
    }

UNMODELLED_HOOK(ssize_t, sendfile, (int out, int in, off_t *at, size_t size), (out, in, at, size), out)
UNMODELLED_HOOK(ssize_t, copy_file_range, (int in, off_t *from, int out, off_t *to, size_t size, unsigned flags),
                (in, from, out, to, size, flags), out)
UNMODELLED_HOOK(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), fd)
UNMODELLED_HOOK(int, posix_fallocate, (int fd, off_t at, off_t size), (fd, at, size), fd)
ALSO(sendfile, sendfile64);
ALSO(fallocate, fallocate64);
ALSO(posix_fallocate, posix_fallocate64);
