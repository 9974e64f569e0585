/*
 * store_queue_fixture - claims and settlements in one line each, for the tests of the queue.
 */
#pragma once
#include "store_fixture.h"

#define NO_LIMIT 1000

static inline GPtrArray *notifications(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
}

/* The ordinals of the notifications, as text: "1 3 4". */
static inline char *ordinals(const GPtrArray *list)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++) {
        const struct notification *n = list->pdata[i];
        g_string_append_printf(text, "%s%d", i ? " " : "", (int)(n->id & NOTIFICATION_MAX_ORDINAL));
    }
    return g_string_free(text, FALSE);
}

struct claimed {
    GPtrArray *list;
    int64_t next_due_ms;
    bool more;
};

static inline struct claimed claim(struct fixture *f, const char *lane,
                                   enum broadcast_urgency urgency, unsigned limit, int64_t now_ms)
{
    struct claimed c = { .list = notifications() };
    fixture_begin(f);
    OK(f->ops->claim(f->s, lane, urgency, limit, now_ms, c.list, &c.next_due_ms, &c.more, &error));
    fixture_commit(f);
    return c;
}

static inline void assert_claims(struct fixture *f, const char *lane,
                                 enum broadcast_urgency urgency, unsigned limit, int64_t now_ms,
                                 const char *want)
{
    struct claimed c = claim(f, lane, urgency, limit, now_ms);
    g_autofree char *got = ordinals(c.list);
    assert_string_equal(got, want);
    g_ptr_array_unref(c.list);
}

static inline GPtrArray *settle(struct fixture *f, struct notification *n,
                                enum notification_event how, int64_t due_ms)
{
    GPtrArray *lost = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    notification_move(n, how);
    n->attempt++;
    n->due_ms = due_ms;
    fixture_begin(f);
    OK(f->ops->settle(f->s, n, lost, &error));
    fixture_commit(f);
    return lost;
}

/* Claims everything in the lane "smtp" and defers it to due_ms. */
static inline void defer_all(struct fixture *f, int64_t due_ms)
{
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, NO_LIMIT, 0);
    for (guint i = 0; i < c.list->len; i++)
        g_ptr_array_unref(settle(f, c.list->pdata[i], NOTIFICATION_ON_DEFERRED, due_ms));
    g_ptr_array_unref(c.list);
}
