#include "virtual_chance.h"

#include <glib.h>
#include <stddef.h>

#include "wire/delivery_record.h"

char *__real_id_new(int64_t now_ms);
char *__wrap_id_new(int64_t now_ms);
void __real_digest_random(void *out, size_t len);
void __wrap_digest_random(void *out, size_t len);
void __real_delivery_record_seal(struct record *r, const char *prev_hash);
void __wrap_delivery_record_seal(struct record *r, const char *prev_hash);

static GRand *dice; /* NULL: chance is as it was */
static unsigned ids;

void virtual_chance(uint32_t seed)
{
    if (!dice)
        dice = g_rand_new();
    g_rand_set_seed(dice, seed);
    g_random_set_seed(seed);
    ids = 0;
}

/* In order of making, as the real ones are. */
char *__wrap_id_new(int64_t now_ms)
{
    if (!dice)
        return __real_id_new(now_ms);
    return g_strdup_printf("%08x-0000-7000-8000-%012x", ++ids, g_rand_int(dice));
}

void __wrap_digest_random(void *out, size_t len)
{
    if (!dice) {
        __real_digest_random(out, len);
        return;
    }
    for (size_t i = 0; i < len; i++)
        ((unsigned char *)out)[i] = (unsigned char)g_rand_int(dice);
}

/* The real one draws salts for many records at once, of which some are left to the next history. */
void __wrap_delivery_record_seal(struct record *r, const char *prev_hash)
{
    if (dice && delivery_record_is_old(r))
        for (size_t i = 0; i < RECORD_SALT_LEN; i++)
            r->salt[i] = "0123456789abcdef"[g_rand_int(dice) & 15];
    __real_delivery_record_seal(r, prev_hash);
}
