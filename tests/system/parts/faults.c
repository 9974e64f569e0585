/*
 * liaisond-faults.so - preloaded into a daemon under test: disks that fail and a clock that is
 * stepped.
 *
 * FAULTS names a file of struct faults, which the test writes while the daemon runs: an errno with
 * which writes and syncs of the files under a path fail, how long they take, and how far the wall
 * clock is off.  Nothing else changes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct faults {
    volatile int64_t clock_ms; /* added to the wall clock */
    volatile int32_t error;    /* 0: none */
    volatile int32_t slow_ms;
    char under[256]; /* files whose path begins so */
};

static struct faults *faults;

__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("FAULTS");
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    void *at =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (at == MAP_FAILED) {
        fprintf(stderr, "liaisond-faults: FAULTS names no file that can be mapped\n");
        abort();
    }
    faults = at;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int concerns(int fd)
{
    char link[32], path[PATH_MAX];
    if (!faults || (!faults->error && !faults->slow_ms))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    return n > 0 && strncmp(path, faults->under, strnlen(faults->under, (size_t)n)) == 0;
}

/* True: it fails, errno says why. */
static int fails(int fd)
{
    int before = errno;
    if (!concerns(fd)) {
        errno = before;
        return 0;
    }
    struct timespec t = { faults->slow_ms / 1000, faults->slow_ms % 1000 * 1000000L };
    if (faults->slow_ms)
        nanosleep(&t, NULL);
    errno = faults->error ? faults->error : before;
    return faults->error != 0;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    return fails(fd) ? -1 : NEXT(write)(fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return fails(fd) ? -1 : NEXT(pwrite)(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    return fails(fd) ? -1 : NEXT(pwrite64)(fd, bytes, n, at);
}

int fsync(int fd)
{
    return fails(fd) ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
    return fails(fd) ? -1 : NEXT(fdatasync)(fd);
}

static int64_t off_ms(void)
{
    return faults ? faults->clock_ms : 0;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    int rc = NEXT(clock_gettime)(id, t);
    int64_t off = off_ms();
    if (rc != 0 || id != CLOCK_REALTIME || off == 0)
        return rc;
    int64_t ns = t->tv_nsec + off % 1000 * 1000000;
    int64_t carry = ns < 0 ? -1 : ns / 1000000000;
    t->tv_sec += off / 1000 + carry;
    t->tv_nsec = ns - carry * 1000000000;
    return rc;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0)
        return -1;
    *tv = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
    return 0;
}

time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}
