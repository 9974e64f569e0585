/*
 * store_fixture - a store in a folder of its own, and plans written as lines of text.
 *
 * For the tests of the store.  Each test that uses fixture_setup gets an empty store in *state and
 * fixture_teardown removes the folder.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/digest.h"
#include "folder.h"
#include "store/store_sqlite.h"
#include <string.h>

struct fixture {
    char *dir;
    struct store *s;
    const struct store_ops *ops;
};

/* A notification: its obligations are created when first named. */
struct line {
    const char *lane;
    enum broadcast_urgency urgency;
    unsigned rank;
    const char *obligations; /* "1 2" */
};

static inline void fixture_ok(bool ok, GError *error)
{
    if (!ok)
        fail_msg("%s", error ? error->message : "failed without a reason");
}
/* OK(f->ops->begin(f->s, &error)): the call must succeed, or its sentence is the test's failure. */
#define OK(call)                                                                                   \
    do {                                                                                           \
        GError *error = NULL;                                                                      \
        bool ok_ = (call);                                                                         \
        fixture_ok(ok_, error);                                                                    \
    } while (0)

static inline void fixture_seal(struct record *r, const char *prev_hash)
{
    g_strlcpy(r->prev, prev_hash, sizeof r->prev);
    g_autofree char *line = g_strdup_printf("%s %d %s", prev_hash, (int)r->seq, r->event);
    g_autofree char *hash = digest_sha256_hex(line, strlen(line));
    g_strlcpy(r->hash, hash, sizeof r->hash);
}

static inline struct store_options fixture_options(const struct fixture *f)
{
    return (
        struct store_options){ .dir = f->dir, .checkpoint_bytes = 1 << 20, .seal = fixture_seal };
}

static inline void fixture_open(struct fixture *f)
{
    const struct store_options o = fixture_options(f);
    OK((f->s = f->ops->open(&o, &error)) != NULL);
}

static inline void fixture_reopen(struct fixture *f)
{
    f->ops->close(f->s);
    fixture_open(f);
}

static inline int fixture_setup_closed(void **state)
{
    struct fixture *f = g_new0(struct fixture, 1);
    g_autofree char *parent = g_dir_make_tmp("liaisond-store-XXXXXX", NULL);
    f->dir = g_build_filename(parent, "state", NULL);
    f->ops = &store_sqlite;
    *state = f;
    return 0;
}

static inline int fixture_setup(void **state)
{
    fixture_setup_closed(state);
    fixture_open(*state);
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    if (f->s)
        f->ops->close(f->s);
    g_autofree char *parent = g_path_get_dirname(f->dir);
    folder_remove(parent);
    g_free(f->dir);
    g_free(f);
    return 0;
}

static inline void fixture_begin(struct fixture *f)
{
    OK(f->ops->begin(f->s, &error));
}

static inline void fixture_commit(struct fixture *f)
{
    OK(f->ops->commit(f->s, &error));
    f->ops->fold(f->s);
}

static inline struct obligation *fixture_obligation(uint32_t ordinal)
{
    struct obligation *o = obligation_new();
    o->ordinal = ordinal;
    o->recipient = g_strdup_printf("mission-%u/1", ordinal);
    o->name = g_strdup_printf("Representative %u", ordinal);
    o->language = g_strdup("es");
    o->phone = g_strdup("+1-555-0100");
    o->detail = g_strdup("");
    o->rank = 1;
    g_ptr_array_add(o->missions, g_strdup_printf("mission-%u", ordinal));
    return o;
}

static inline struct notification *fixture_notification(const struct line *l, uint32_t ordinal)
{
    struct notification *n = notification_new();
    n->id = ordinal;
    n->endpoint = g_strdup_printf("mailto:r%u@mission.example", ordinal);
    n->lane = g_strdup(l->lane);
    n->recipient = g_strdup_printf("mission-%u/1", ordinal);
    n->language = g_strdup("es");
    n->deadline_ms = 900000;
    n->priority = notification_priority(l->urgency, SEVERITY_SEVERE, THREAT_LOW, l->rank);
    g_auto(GStrv) words = g_strsplit(l->obligations, " ", -1);
    for (char **w = words; *w; w++) {
        uint32_t o = (uint32_t)g_ascii_strtoull(*w, NULL, 10);
        g_array_append_val(n->obligations, o);
    }
    return n;
}

static inline struct plan *fixture_plan(const struct line *lines, size_t n_lines)
{
    struct plan *p = plan_new();
    for (size_t i = 0; i < n_lines; i++) {
        struct notification *n = fixture_notification(&lines[i], (uint32_t)i + 1);
        g_ptr_array_add(p->notifications, n);
        for (guint k = 0; k < n->obligations->len; k++) {
            while (p->obligations->len < g_array_index(n->obligations, uint32_t, k))
                g_ptr_array_add(p->obligations, fixture_obligation(p->obligations->len + 1));
        }
    }
    return p;
}

/* Stores a released broadcast with that plan, in a transaction of its own; its number. */
static inline int64_t fixture_broadcast(struct fixture *f, const char *identifier,
                                        const struct line *lines, size_t n_lines)
{
    struct plan *p = fixture_plan(lines, n_lines);
    g_autofree char *id = g_strdup_printf("id-of-%s", identifier);
    struct broadcast_row row = { .id = id,
                                 .identifier = (char *)identifier,
                                 .sender = (char *)"duty@dss.example",
                                 .sent_ms = 1000,
                                 .state = BROADCAST_RELEASED,
                                 .deadline_ms = 900000,
                                 .notifications = (unsigned)n_lines };
    fixture_begin(f);
    OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
    fixture_commit(f);
    plan_free(p);
    return row.no;
}

static inline void fixture_journal(struct fixture *f, const char *event)
{
    struct record *r = record_new(event, 5);
    OK(f->ops->journal_append(f->s, r, &error));
    record_free(r);
}

static inline int64_t fixture_journal_last(struct fixture *f)
{
    int64_t seq = -1;
    OK(f->ops->journal_last(f->s, &seq, NULL, &error));
    return seq;
}
