#include "flow/checkpoint.h"

#include "base/log.h"
#include "base/signing.h"
#include "flow/delivery_log.h"
#include "flow/sweep.h"
#include "wire/delivery_record.h"

#include <string.h>

struct checkpoint {
    struct sweep sweep;
    unsigned follower;
};

/* One look, which signs where something is due. */
struct signing_look {
    struct checkpoint *checkpoint;
    struct signing_keys *keys;
    struct config *config;
    int64_t now_ms, next_ms;
    bool is_forced;    /* whatever is not signed is signed now */
    bool has_signed;   /* something was written */
    char *unannounced; /* the key that signed last and cannot announce the new one; NULL: none */
    void (*done)(void *ctx);
    void *ctx;
};

/* Appends a record that is signed with key i; what it says is bound with all that is before it. */
static bool append_signed(struct store *s, struct signing_look *l, const char *event, unsigned i,
                          const char *detail, GError **error)
{
    struct record *r = record_new(event, l->now_ms);
    r->node = g_strdup(l->config->node);
    r->key = g_strdup(signing_public(l->keys, i));
    r->detail = g_strdup(detail);
    bool ok = s->ops->journal_last(s, &r->seq, r->prev, error);
    if (ok) {
        r->seq++;
        g_autofree char *text = delivery_record_signed_text(r);
        r->signature = signing_sign(l->keys, i, text, strlen(text));
        ok = s->ops->journal_append(s, r, error);
    }
    record_free(r);
    l->has_signed = l->has_signed || ok;
    return ok;
}

/* When the records after seq are to be signed at the latest. */
static bool find_due(struct store *s, struct signing_look *l, int64_t seq, GError **error)
{
    g_autoptr(GPtrArray) next = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    if (!s->ops->journal_read(s, NULL, seq, 1, next, error))
        return false;
    const struct record *first = next->len ? g_ptr_array_index(next, 0) : NULL;
    l->next_ms =
        first ? first->time_ms + (int64_t)l->config->journal.checkpoint_s * 1000 : INT64_MAX;
    return true;
}

/* The old key announces the new one. */
static bool announce(struct store *s, struct signing_look *l, const struct record *last,
                     GError **error)
{
    int old = signing_find(l->keys, last->key);
    if (old == 0)
        return true;
    l->is_forced = true;
    if (old > 0)
        return append_signed(s, l, CHECKPOINT_KEY_EVENT, (unsigned)old, signing_public(l->keys, 0),
                             error);
    l->unannounced = g_strdup(last->key);
    return true;
}

/* A key that was announced is the one that signed last, though the record is of the old one. */
static const char *key_after(const struct record *last)
{
    return g_str_equal(last->event, CHECKPOINT_KEY_EVENT) ? last->detail : last->key;
}

static bool sign_what_is_due(struct store *s, void *arg, GError **error)
{
    struct signing_look *l = arg;
    struct record *last = NULL;
    int64_t tip = 0;
    if (!s->ops->journal_last(s, &tip, NULL, error) || !s->ops->journal_signed(s, &last, error))
        return false;
    int64_t signed_to = last ? last->seq : 0;
    bool is_new = last && g_strcmp0(key_after(last), signing_public(l->keys, 0)) != 0;
    bool ok = !is_new || announce(s, l, last, error);
    record_free(last);
    if (!ok || (tip == signed_to && !is_new))
        return ok;
    if (!find_due(s, l, signed_to, error))
        return false;
    if (!l->is_forced && tip - signed_to < l->config->journal.checkpoint_records &&
        l->next_ms > l->now_ms)
        return true;
    l->next_ms = INT64_MAX;
    return append_signed(s, l, CHECKPOINT_EVENT, 0, NULL, error);
}

bool checkpoint_sign(struct store *s, struct signing_keys *keys, struct config *c, int64_t now_ms,
                     GError **error)
{
    struct signing_look l = { .keys = keys, .config = c, .now_ms = now_ms, .is_forced = true };
    bool ok = sign_what_is_due(s, &l, error);
    g_free(l.unannounced);
    return ok;
}

static void free_look(struct signing_look *l)
{
    signing_keys_unref(l->keys);
    config_unref(l->config);
    g_free(l->unannounced);
    g_free(l);
}

static void signed_what_was_due(void *arg, const GError *error)
{
    struct signing_look *l = arg;
    struct service *s = l->checkpoint->sweep.service;
    if (!error && l->unannounced)
        log_event(LOG_LEVEL_WARN, "journal.key_unannounced",
                  LOG_STR("key", signing_public(l->keys, 0)), LOG_STR("before", l->unannounced),
                  LOG_STR("effect", "who checks the journal must be told of the new key, because "
                                    "the old one is no longer in journal.key_file to announce it"));
    if (!error && l->has_signed) {
        delivery_log_wake(s->log);
        if (s->witness)
            delivery_log_wake(s->witness);
    }
    if (l->done)
        l->done(l->ctx);
    else
        sweep_done(&l->checkpoint->sweep, error, l->now_ms, false, l->next_ms);
    free_look(l);
}

static struct signing_look *look_new(struct checkpoint *c, int64_t now_ms)
{
    struct service *s = c->sweep.service;
    struct signing_look *l = g_new0(struct signing_look, 1);
    l->checkpoint = c;
    l->keys = signing_keys_ref(s->signing);
    l->config = config_ref(s->config);
    l->now_ms = now_ms;
    l->next_ms = INT64_MAX;
    return l;
}

static void look(void *ctx, int64_t now_ms)
{
    struct checkpoint *c = ctx;
    struct service *s = c->sweep.service;
    if (s->signing)
        store_thread_submit(s->store, sign_what_is_due, signed_what_was_due, look_new(c, now_ms));
    else
        sweep_done(&c->sweep, NULL, now_ms, false, INT64_MAX);
}

static void something_was_committed(void *ctx)
{
    checkpoint_look(ctx);
}

struct checkpoint *checkpoint_new(struct service *s)
{
    struct checkpoint *c = g_new0(struct checkpoint, 1);
    sweep_init(&c->sweep, s, look, c);
    c->follower = delivery_log_follow(s->log, something_was_committed, c);
    return c;
}

void checkpoint_look(struct checkpoint *c)
{
    if (c->sweep.service->signing)
        sweep_start(&c->sweep);
}

void checkpoint_end(struct checkpoint *c, void (*done)(void *ctx), void *ctx)
{
    struct service *s = c->sweep.service;
    if (!s->signing) {
        done(ctx);
        return;
    }
    struct signing_look *l = look_new(c, service_now_ms(s));
    l->is_forced = true;
    l->done = done;
    l->ctx = ctx;
    store_thread_submit(s->store, sign_what_is_due, signed_what_was_due, l);
}

void checkpoint_free(struct checkpoint *c)
{
    delivery_log_unfollow(c->sweep.service->log, c->follower);
    sweep_clear(&c->sweep);
    g_free(c);
}
