#include "flow/tokens.h"

#include "base/digest.h"
#include "base/id.h"
#include "base/log.h"
#include "flow/delivery_log.h"
#include "flow/strongbox.h"
#include "model/record.h"

#define TOKEN_PREFIX "lsd_"
#define TOKEN_RANDOM_BYTES 32
#define TOKEN_TOUCH_MS 60000

struct create {
    struct service *service;
    struct token_row row;
    struct record *record;
    char *token;
    token_created_fn fn;
    void *ctx;
};

static struct record *record_of(struct service *s, const char *event, const char *who,
                                const char *what)
{
    struct record *r = service_record(s, event);
    r->recipient = g_strdup(what);
    r->reply = g_strdup_printf("by %s", who);
    return r;
}

static bool insert(struct store *s, void *arg, GError **error)
{
    struct create *c = arg;
    return s->ops->token_insert(s, &c->row, error) && s->ops->journal_append(s, c->record, error);
}

static void inserted(void *arg, const GError *error)
{
    struct create *c = arg;
    service_note_store(c->service, error);
    if (!error)
        delivery_log_wake(c->service->log);
    c->fn(c->row.id, error ? NULL : c->token, error ? error->message : NULL, c->ctx);
    record_free(c->record);
    g_free(c->row.id);
    g_free(c->row.name);
    g_free(c->row.digest);
    g_free(c->row.mission);
    g_free(c->row.created_by);
    g_free(c->token);
    g_free(c);
}

void tokens_create(struct service *s, const char *name, unsigned roles, const char *mission,
                   const char *principal, token_created_fn fn, void *ctx)
{
    struct create *c = g_new0(struct create, 1);
    g_autofree char *random = digest_random_base64url(TOKEN_RANDOM_BYTES);
    c->service = s;
    c->token = g_strconcat(TOKEN_PREFIX, random, NULL);
    c->row = (struct token_row){ .id = id_new(service_now_ms(s)),
                                 .name = g_strdup(name),
                                 .digest = strongbox_token_digest(s->key, c->token),
                                 .roles = roles,
                                 .mission = g_strdup(mission ? mission : ""),
                                 .created_ms = service_now_ms(s),
                                 .created_by = g_strdup(principal) };
    c->record = record_of(s, "token.created", principal, c->row.id);
    c->fn = fn;
    c->ctx = ctx;
    store_thread_submit(s->store, insert, inserted, c);
}

struct revoke {
    struct service *service;
    char *id;
    struct record *record;
    int64_t now_ms;
    bool found;
    token_revoked_fn fn;
    void *ctx;
};

static bool revoke_it(struct store *s, void *arg, GError **error)
{
    struct revoke *r = arg;
    return s->ops->token_revoke(s, r->id, r->now_ms, &r->found, error) &&
           (!r->found || s->ops->journal_append(s, r->record, error));
}

static void revoked(void *arg, const GError *error)
{
    struct revoke *r = arg;
    service_note_store(r->service, error);
    if (!error)
        delivery_log_wake(r->service->log);
    r->fn(r->found, error ? error->message : NULL, r->ctx);
    record_free(r->record);
    g_free(r->id);
    g_free(r);
}

void tokens_revoke(struct service *s, const char *id, const char *principal, token_revoked_fn fn,
                   void *ctx)
{
    struct revoke *r = g_new0(struct revoke, 1);
    r->service = s;
    r->id = g_strdup(id);
    r->record = record_of(s, "token.revoked", principal, id);
    r->now_ms = service_now_ms(s);
    r->fn = fn;
    r->ctx = ctx;
    store_thread_submit(s->store, revoke_it, revoked, r);
}

struct check {
    char *digest;
    int64_t now_ms;
    struct token_row *row;
    token_checked_fn fn;
    void *ctx;
};

static bool check_it(struct store *s, void *arg, GError **error)
{
    struct check *c = arg;
    if (!s->ops->token_by_digest(s, c->digest, &c->row, error))
        return false;
    if (!c->row || c->row->revoked_ms != 0 || c->now_ms - c->row->last_used_ms < TOKEN_TOUCH_MS)
        return true;
    return s->ops->token_touch(s, c->row->id, c->now_ms, error);
}

static void checked(void *arg, const GError *error)
{
    struct check *c = arg;
    bool good = !error && c->row && c->row->revoked_ms == 0;
    c->fn(good ? c->row : NULL, error ? error->message : NULL, c->ctx);
    if (c->row)
        token_row_free(c->row);
    g_free(c->digest);
    g_free(c);
}

/* Found by digest: the secret itself is never compared, so there is nothing to time. */
void tokens_check(struct service *s, const char *token, token_checked_fn fn, void *ctx)
{
    struct check *c = g_new0(struct check, 1);
    c->digest = strongbox_token_digest(s->key, token);
    c->now_ms = service_now_ms(s);
    c->fn = fn;
    c->ctx = ctx;
    store_thread_submit(s->store, check_it, checked, c);
}
