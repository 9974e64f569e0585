#include "base/id.h"
#include "base/digest.h"
#include <glib.h>
#include <pthread.h>
#include <string.h>

#define LAST_MS ((INT64_C(1) << 48) - 1)
#define COUNTER_MAX 0xfff

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t last_ms = -1; /* of the id made last; may run ahead of the clock */
static unsigned counter;     /* orders the ids of one millisecond */

/* RFC 9562, 6.2, method 1: the twelve bits after the time are a counter that starts low at random.
 * When it runs over, or the clock stepped back, the time is borrowed from the future. */
static void next_stamp(int64_t now_ms, unsigned seed, int64_t *ms, unsigned *count)
{
    pthread_mutex_lock(&lock);
    if (now_ms > last_ms) {
        last_ms = now_ms;
        counter = seed & (COUNTER_MAX >> 1);
    } else if (++counter > COUNTER_MAX) {
        last_ms++;
        counter = 0;
    }
    *ms = last_ms;
    *count = counter;
    pthread_mutex_unlock(&lock);
}

char *id_new(int64_t now_ms)
{
    struct {
        uint64_t tail;
        unsigned seed;
    } random;
    digest_random(&random, sizeof random);
    int64_t ms;
    unsigned count;
    next_stamp(CLAMP(now_ms, 0, LAST_MS), random.seed, &ms, &count);
    return g_strdup_printf("%08x-%04x-7%03x-%04x-%012" G_GINT64_MODIFIER "x", (unsigned)(ms >> 16),
                           (unsigned)(ms & 0xffff), count,
                           (unsigned)(random.tail >> 48 & 0x3fff) | 0x8000,
                           random.tail & ((UINT64_C(1) << 48) - 1));
}

bool id_is_valid(const char *s)
{
    for (int i = 0; i < ID_LEN; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s[i] != '-' : !g_ascii_isxdigit(s[i]) || g_ascii_isupper(s[i]))
            return false;
    }
    return s[ID_LEN] == '\0' && s[14] == '7' && strchr("89ab", s[19]);
}
