/* Any bytes as liaisond.conf and, at once, as each of its data files.  They are judged without a
 * crash, and what is accepted is whole. */
#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz_target.h"
#include "io/config.h"
#include "io/config_directory.h"
#include "io/config_ladder.h"

/* libconfig 1.5 forgets the texts it holds when it stops at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

/* A file in memory under a path that may be opened again. */
static char *file_of(const uint8_t *data, size_t size, int *fd)
{
    *fd = memfd_create("fuzz", MFD_CLOEXEC);
    g_assert(*fd >= 0);
    for (size_t done = 0; done < size;) {
        ssize_t n = write(*fd, data + done, size - done);
        g_assert(n > 0);
        done += (size_t)n;
    }
    return g_strdup_printf("/proc/self/fd/%d", *fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;
    g_autofree char *file = file_of(data, size, &fd);
    struct faults *f = faults_new();
    struct config *c = config_load(file, f);
    g_assert((c != NULL) == !faults_any(f));
    config_unref(c);
    faults_free(f);

    f = faults_new();
    struct directory *d = config_directory_load(file, file, file, file, f);
    g_assert((d != NULL) == !faults_any(f));
    directory_unref(d);
    faults_free(f);

    f = faults_new();
    GArray *ladder = config_ladder_load(file, f);
    g_assert((ladder != NULL) == !faults_any(f));
    if (ladder)
        g_array_unref(ladder);
    faults_free(f);
    close(fd);
    return 0;
}
