/*
 * rate - how often one caller may do something, and a lock for who guesses.
 *
 * Pure: the caller gives the time, milliseconds of a clock that never goes back.  A caller is any
 * short text (a network, the digest of a link).  Memory is bounded: beyond max_keys the key that
 * was touched longest ago is forgotten, with what it owed.  Nothing survives a restart.
 *
 *   struct rate *r = rate_new(&(struct rate_rule){ .burst = 20, .every_ms = 60000 }, 4096);
 *   int64_t wait_ms = rate_wait_ms(r, "192.0.2.7", now_ms);
 *   if (wait_ms == 0)
 *       rate_spend(r, "192.0.2.7", now_ms);
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct rate_rule {
    unsigned burst;   /* at once, at least 1 */
    int64_t every_ms; /* then one each */
};

struct rate;
struct rate *rate_new(const struct rate_rule *rule, size_t max_keys);
void rate_free(struct rate *r);
int64_t rate_wait_ms(struct rate *r, const char *key,
                     int64_t now_ms); /* 0: there is one to spend */
void rate_spend(struct rate *r, const char *key, int64_t now_ms);

/* After tries wrong ones it is locked for first_ms, after as many more for twice that, up to
 * longest_ms.  A right one, or forget_ms without a wrong one, opens it and forgets.  What takes a
 * while to be found out is wrong until then: lock_wrong() at its beginning, so that many at once
 * are no more than the tries, and lock_right() or lock_take_back() once it was not. */
struct lock_rule {
    unsigned tries;
    int64_t first_ms, longest_ms, forget_ms;
};

struct lock;
struct lock *lock_new(const struct lock_rule *rule, size_t max_keys);
void lock_free(struct lock *l);
int64_t lock_wait_ms(struct lock *l, const char *key, int64_t now_ms); /* 0: it is open */
int64_t lock_wrong(struct lock *l, const char *key, int64_t now_ms); /* what is to be waited now */
void lock_right(struct lock *l, const char *key);
void lock_take_back(struct lock *l, const char *key); /* one was not wrong, and not right either */
