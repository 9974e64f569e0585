#include "api/rate.h"

#include <glib.h>

/* What is known by a key; the one touched longest ago is last in the order. */
struct entry {
    GList link;         /* data is the entry itself */
    char *key;          /* owned */
    int64_t due_ms;     /* rate: when all that was spent is paid back */
    unsigned wrong;     /* lock: since it was last locked */
    unsigned locked;    /* lock: times */
    int64_t until_ms;   /* lock: it opens then */
    int64_t touched_ms; /* lock: the last wrong one */
};

struct book {
    GHashTable *by_key; /* key -> struct entry *, owned */
    GQueue order;
    size_t max;
};

struct rate {
    struct book book;
    struct rate_rule rule;
};

struct lock {
    struct book book;
    struct lock_rule rule;
};

static void entry_free(gpointer data)
{
    struct entry *e = data;
    g_free(e->key);
    g_free(e);
}

static void book_init(struct book *b, size_t max)
{
    b->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
    b->max = MAX(max, 1);
}

static void forget(struct book *b, struct entry *e)
{
    g_queue_unlink(&b->order, &e->link);
    g_hash_table_remove(b->by_key, e->key);
}

static struct entry *touch(struct book *b, const char *key)
{
    struct entry *e = g_hash_table_lookup(b->by_key, key);
    if (e) {
        g_queue_unlink(&b->order, &e->link);
    } else {
        if (b->order.length >= b->max)
            forget(b, b->order.tail->data);
        e = g_new0(struct entry, 1);
        e->link.data = e;
        e->key = g_strdup(key);
        g_hash_table_insert(b->by_key, e->key, e);
    }
    g_queue_push_head_link(&b->order, &e->link);
    return e;
}

/* --- rate --- */

struct rate *rate_new(const struct rate_rule *rule, size_t max_keys)
{
    struct rate *r = g_new0(struct rate, 1);
    r->rule = *rule;
    book_init(&r->book, max_keys);
    return r;
}

void rate_free(struct rate *r)
{
    g_hash_table_destroy(r->book.by_key);
    g_free(r);
}

int64_t rate_wait_ms(struct rate *r, const char *key, int64_t now_ms)
{
    const struct entry *e = g_hash_table_lookup(r->book.by_key, key);
    int64_t may_owe_ms = ((int64_t)r->rule.burst - 1) * r->rule.every_ms;
    return e ? MAX(e->due_ms - may_owe_ms - now_ms, 0) : 0;
}

void rate_spend(struct rate *r, const char *key, int64_t now_ms)
{
    struct entry *e = touch(&r->book, key);
    e->due_ms = MAX(e->due_ms, now_ms) + r->rule.every_ms;
}

/* --- lock --- */

struct lock *lock_new(const struct lock_rule *rule, size_t max_keys)
{
    struct lock *l = g_new0(struct lock, 1);
    l->rule = *rule;
    book_init(&l->book, max_keys);
    return l;
}

void lock_free(struct lock *l)
{
    g_hash_table_destroy(l->book.by_key);
    g_free(l);
}

int64_t lock_wait_ms(struct lock *l, const char *key, int64_t now_ms)
{
    const struct entry *e = g_hash_table_lookup(l->book.by_key, key);
    return e ? MAX(e->until_ms - now_ms, 0) : 0;
}

static int64_t duration_ms(const struct lock_rule *rule, unsigned locked)
{
    int64_t ms = rule->first_ms;
    for (unsigned i = 1; i < locked && ms < rule->longest_ms; i++)
        ms *= 2;
    return MIN(ms, rule->longest_ms);
}

int64_t lock_wrong(struct lock *l, const char *key, int64_t now_ms)
{
    struct entry *e = touch(&l->book, key);
    if (now_ms - MAX(e->touched_ms, e->until_ms) > l->rule.forget_ms)
        e->wrong = e->locked = 0;
    e->touched_ms = now_ms;
    if (++e->wrong >= l->rule.tries) {
        e->wrong = 0;
        e->until_ms = now_ms + duration_ms(&l->rule, ++e->locked);
    }
    return lock_wait_ms(l, key, now_ms);
}

void lock_take_back(struct lock *l, const char *key)
{
    struct entry *e = g_hash_table_lookup(l->book.by_key, key);
    if (!e)
        return;
    if (e->wrong > 0) {
        e->wrong--;
    } else if (e->locked > 0) { /* it was the last of those that locked it */
        e->locked--;
        e->until_ms = 0;
        e->wrong = l->rule.tries - 1;
    }
    if (e->wrong == 0 && e->locked == 0)
        forget(&l->book, e);
}

void lock_right(struct lock *l, const char *key)
{
    struct entry *e = g_hash_table_lookup(l->book.by_key, key);
    if (e)
        forget(&l->book, e);
}
