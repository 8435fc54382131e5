/* What the machine tells one process: a wall clock that may be wrong, and a disk that may be full.
 *
 * Preloaded before libfaketime. Both are read at every call from a file that another process maps too: the deviation of
 * the wall clock in nanoseconds, and whether files can grow. The monotonic clock goes on evenly, as a real one does.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BILLION 1000000000LL
#define NEXT(name) static typeof(name) *next; if (!next) next = dlsym(RTLD_NEXT, #name)

static volatile int64_t *machine;

__attribute__((constructor)) static void map(void)
{
    const char *path = getenv("SOAK_MACHINE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, 2 * sizeof *machine, PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) machine = mapped;
    close(file);
}

static int64_t deviation(void) { return machine ? machine[0] : 0; }

int clock_gettime(clockid_t clock, struct timespec *time)
{
    NEXT(clock_gettime);
    int result = next(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) {
        int64_t now = time->tv_sec * BILLION + time->tv_nsec + deviation();
        time->tv_sec = now / BILLION;
        time->tv_nsec = now % BILLION;
    }
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now)) return (time_t)-1;
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

/* A full disk takes what fits into blocks that a file already has. What is printed goes elsewhere. */
static int is_full(int file, off_t end)
{
    struct stat status;
    if (!machine || !machine[1]) return 0;
    if (fstat(file, &status) || !S_ISREG(status.st_mode)) return 0;
    return end > status.st_size;
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset)
{
    NEXT(pwrite64);
    if (is_full(file, offset + (off_t)size)) { errno = ENOSPC; return -1; }
    return next(file, data, size, offset);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) { return pwrite64(file, data, size, offset); }

ssize_t write(int file, const void *data, size_t size)
{
    NEXT(write);
    if (file > STDERR_FILENO && machine && machine[1]) {
        off_t position = lseek(file, 0, SEEK_CUR);
        if (position >= 0 && is_full(file, position + (off_t)size)) { errno = ENOSPC; return -1; }
    }
    return next(file, data, size);
}

int ftruncate64(int file, off64_t length)
{
    NEXT(ftruncate64);
    if (is_full(file, length)) { errno = ENOSPC; return -1; }
    return next(file, length);
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }
