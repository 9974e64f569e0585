#include "flow/keyring.h"

#include "base/log.h"
#include "base/vault.h"
#include "flow/delivery_log.h"
#include "flow/sweep.h"
#include "model/link.h"
#include "model/record.h"

#define SEALED_FOR "webhook master v1" /* base/vault */
#define DAY_MS INT64_C(86400000)

struct key {             /* one of them, whether its secret is there or not */
    struct key_row *row; /* owned; of one in the file made up where the store has none */
    GBytes *master;      /* NULL: neither in the file nor in the store */
    bool in_file;
};

struct keyring {
    struct service *service;
    GPtrArray *rows;           /* struct key_row *, newest first: as stored */
    struct webhook_keys *file; /* NULL: none */
    GPtrArray *keys;           /* struct key *, newest first: the two put together */
    struct sweep sweep;        /* tells when one retires */
    bool busy;
    void (*changed)(void *ctx);
    void *ctx;
};

static struct key_row *row_copy(const struct key_row *r)
{
    struct key_row *c = g_new0(struct key_row, 1);
    *c = *r;
    c->id = g_strdup(r->id);
    c->sealed = g_strdup(r->sealed);
    c->created_by = g_strdup(r->created_by);
    return c;
}

static void key_free(struct key *k)
{
    key_row_free(k->row);
    g_clear_pointer(&k->master, g_bytes_unref);
    g_free(k);
}

static GPtrArray *bytes_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

/* --- what there is --- */

static const struct key_row *row_of(const struct keyring *k, const char *id)
{
    for (guint i = 0; i < k->rows->len; i++) {
        const struct key_row *r = g_ptr_array_index(k->rows, i);
        if (g_str_equal(r->id, id))
            return r;
    }
    return NULL;
}

static void add_stored(struct keyring *k)
{
    for (guint i = 0; i < k->rows->len; i++) {
        const struct key_row *r = g_ptr_array_index(k->rows, i);
        if (*r->sealed == '\0' && !r->revoked)
            continue; /* what is said of one in the file */
        struct key *key = g_new0(struct key, 1);
        key->row = row_copy(r);
        key->master = *r->sealed && k->service->key
                          ? vault_open(k->service->key, SEALED_FOR, r->sealed)
                          : NULL;
        if (*r->sealed && !key->master)
            log_event(LOG_LEVEL_ERROR, "key.unreadable", LOG_STR("id", r->id),
                      LOG_STR("effect", "it does not sign, and links made with it do not open"));
        g_ptr_array_add(k->keys, key);
    }
}

static void add_filed(struct keyring *k)
{
    for (guint i = 0; k->file && k->file->masters && i < k->file->masters->len; i++) {
        GBytes *master = g_ptr_array_index(k->file->masters, i);
        char id[LINK_FINGERPRINT_LEN + 1];
        link_fingerprint(master, id);
        const struct key_row *said = row_of(k, id);
        if (said && (said->revoked || *said->sealed))
            continue; /* revoked, or known from the store already */
        struct key *key = g_new0(struct key, 1);
        struct key_row plain = { .id = id, .sealed = (char *)"", .created_by = (char *)"" };
        key->row = row_copy(said ? said : &plain);
        key->master = g_bytes_ref(master);
        key->in_file = true;
        g_ptr_array_add(k->keys, key);
    }
}

static bool signs(const struct keyring *k, const struct key *key)
{
    int64_t retire_ms = key->row->retire_ms;
    return key->master && !key->row->revoked &&
           (retire_ms == 0 || retire_ms > service_now_ms(k->service));
}

static void put_together(struct keyring *k)
{
    g_ptr_array_set_size(k->keys, 0);
    add_stored(k);
    add_filed(k);
}

/* When the next of those that sign retires; INT64_MAX: none. */
static int64_t next_retirement(const struct keyring *k)
{
    int64_t next_ms = INT64_MAX;
    for (guint i = 0; i < k->keys->len; i++) {
        const struct key *key = g_ptr_array_index(k->keys, i);
        if (signs(k, key) && key->row->retire_ms > 0)
            next_ms = MIN(next_ms, key->row->retire_ms);
    }
    return next_ms;
}

/* Something is other than it was: whoever holds copies gets new ones. */
static void renew(struct keyring *k)
{
    put_together(k);
    k->changed(k->ctx);
    sweep_note(&k->sweep, next_retirement(k));
}

GPtrArray *keyring_signing(const struct keyring *k)
{
    GPtrArray *out = bytes_new();
    for (guint i = 0; i < k->keys->len; i++) {
        const struct key *key = g_ptr_array_index(k->keys, i);
        if (signs(k, key))
            g_ptr_array_add(out, g_bytes_ref(key->master));
    }
    return out;
}

GPtrArray *keyring_linking(const struct keyring *k)
{
    GPtrArray *out = keyring_signing(k);
    for (guint i = 0; i < k->keys->len; i++) {
        const struct key *key = g_ptr_array_index(k->keys, i);
        if (key->master && !key->row->revoked && !signs(k, key))
            g_ptr_array_add(out, g_bytes_ref(key->master));
    }
    return out;
}

void keyring_entry_free(struct keyring_entry *e)
{
    g_free(e->id);
    g_free(e->created_by);
    g_free(e);
}

GPtrArray *keyring_list(const struct keyring *k)
{
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)keyring_entry_free);
    for (guint i = 0; i < k->keys->len; i++) {
        const struct key *key = g_ptr_array_index(k->keys, i);
        struct keyring_entry *e = g_new0(struct keyring_entry, 1);
        *e = (struct keyring_entry){ .id = g_strdup(key->row->id),
                                     .in_file = key->in_file,
                                     .signs = signs(k, key),
                                     .revoked = key->row->revoked,
                                     .created_ms = key->in_file ? 0 : key->row->created_ms,
                                     .retire_ms = key->row->retire_ms,
                                     .created_by =
                                         g_strdup(key->in_file ? "" : key->row->created_by) };
        g_ptr_array_add(out, e);
    }
    return out;
}

/* --- life --- */

/* One retires by the clock. */
static void look(void *ctx, int64_t now_ms)
{
    struct keyring *k = ctx;
    k->changed(k->ctx);
    sweep_done(&k->sweep, NULL, now_ms, false, next_retirement(k));
}

static void file_free(struct keyring *k)
{
    if (k->file)
        webhook_keys_clear(k->file);
    g_clear_pointer(&k->file, g_free);
}

struct keyring *keyring_new(struct service *s, GPtrArray *rows, struct webhook_keys *file,
                            void (*changed)(void *ctx), void *ctx)
{
    struct keyring *k = g_new0(struct keyring, 1);
    k->service = s;
    k->rows = rows ? rows : g_ptr_array_new_with_free_func((GDestroyNotify)key_row_free);
    k->file = file;
    k->keys = g_ptr_array_new_with_free_func((GDestroyNotify)key_free);
    k->changed = changed;
    k->ctx = ctx;
    sweep_init(&k->sweep, s, look, k);
    put_together(k);
    sweep_note(&k->sweep, next_retirement(k));
    return k;
}

void keyring_free(struct keyring *k)
{
    sweep_clear(&k->sweep);
    g_ptr_array_unref(k->keys);
    g_ptr_array_unref(k->rows);
    file_free(k);
    g_free(k);
}

void keyring_set_file(struct keyring *k, struct webhook_keys *file)
{
    file_free(k);
    k->file = file;
    renew(k);
}

/* --- a change, stored before it counts --- */

struct change {
    struct keyring *keyring;
    GPtrArray *rows; /* struct key_row *: what is written, and then read back */
    char *id;
    struct record *record;
    keyring_fn fn;
    void *ctx;
};

static bool store_change(struct store *s, void *arg, GError **error)
{
    struct change *c = arg;
    for (guint i = 0; i < c->rows->len; i++)
        if (!s->ops->key_put(s, g_ptr_array_index(c->rows, i), error))
            return false;
    g_ptr_array_set_size(c->rows, 0);
    return s->ops->key_list(s, c->rows, error) && s->ops->journal_append(s, c->record, error);
}

static void change_stored(void *arg, const GError *error)
{
    struct change *c = arg;
    struct keyring *k = c->keyring;
    k->busy = false;
    service_note_store(k->service, error);
    if (!error) {
        g_ptr_array_unref(k->rows);
        k->rows = g_ptr_array_ref(c->rows);
        renew(k);
        delivery_log_wake(k->service->log);
        log_event(LOG_LEVEL_INFO, c->record->event, LOG_STR("id", c->id),
                  LOG_STR("by", c->record->recipient));
    }
    c->fn(error ? KEYRING_FAILED : KEYRING_DONE, c->id, error ? error->message : NULL, c->ctx);
    g_ptr_array_unref(c->rows);
    g_free(c->id);
    record_free(c->record);
    g_free(c);
}

static struct change *change_new(struct keyring *k, const char *event, const char *id,
                                 const char *principal, keyring_fn fn, void *ctx)
{
    struct change *c = g_new0(struct change, 1);
    c->keyring = k;
    c->rows = g_ptr_array_new_with_free_func((GDestroyNotify)key_row_free);
    c->id = g_strdup(id);
    c->record = service_record(k->service, event);
    c->record->detail = g_strdup_printf("key %s", id);
    c->record->recipient = g_strdup(principal);
    c->fn = fn;
    c->ctx = ctx;
    return c;
}

static void submit(struct change *c)
{
    c->keyring->busy = true;
    store_thread_submit(c->keyring->service->store, store_change, change_stored, c);
}

void keyring_rotate(struct keyring *k, const char *principal, keyring_fn fn, void *ctx)
{
    if (k->busy || !k->service->key) {
        fn(k->busy ? KEYRING_BUSY : KEYRING_NO_STORE_KEY, NULL, NULL, ctx);
        return;
    }
    int64_t now_ms = service_now_ms(k->service);
    g_autoptr(GBytes) master = vault_key_new();
    char id[LINK_FINGERPRINT_LEN + 1];
    link_fingerprint(master, id);
    g_autofree char *sealed = vault_seal(k->service->key, SEALED_FOR, master);
    struct change *c = change_new(k, "key.rotated", id, principal, fn, ctx);
    struct key_row row = {
        .id = id, .sealed = sealed, .created_ms = now_ms, .created_by = (char *)principal
    };
    g_ptr_array_add(c->rows, row_copy(&row));
    for (guint i = 0; i < k->keys->len; i++) {
        const struct key *key = g_ptr_array_index(k->keys, i);
        if (!signs(k, key) || key->row->retire_ms > 0)
            continue;
        struct key_row *old = row_copy(key->row);
        old->retire_ms = now_ms + k->service->config->webhook.key_overlap_days * DAY_MS;
        g_ptr_array_add(c->rows, old);
    }
    submit(c);
}

static const struct key *find_key(const struct keyring *k, const char *id, unsigned *others)
{
    const struct key *found = NULL;
    *others = 0;
    for (guint i = 0; i < k->keys->len; i++) {
        const struct key *key = g_ptr_array_index(k->keys, i);
        if (g_str_equal(key->row->id, id))
            found = key;
        else if (signs(k, key))
            ++*others;
    }
    return found;
}

void keyring_retire(struct keyring *k, const char *id, bool revoke, const char *principal,
                    keyring_fn fn, void *ctx)
{
    unsigned others;
    const struct key *key = find_key(k, id, &others);
    enum keyring_end end = k->busy                        ? KEYRING_BUSY
                           : !key                         ? KEYRING_UNKNOWN
                           : signs(k, key) && others == 0 ? KEYRING_LAST
                                                          : KEYRING_DONE;
    if (end != KEYRING_DONE) {
        fn(end, id, NULL, ctx);
        return;
    }
    struct change *c =
        change_new(k, revoke ? "key.revoked" : "key.retired", id, principal, fn, ctx);
    struct key_row *row = row_copy(key->row);
    int64_t now_ms = service_now_ms(k->service);
    row->retire_ms = row->retire_ms == 0 ? now_ms : MIN(row->retire_ms, now_ms);
    if (revoke) {
        row->revoked = true;
        g_free(row->sealed);
        row->sealed = g_strdup("");
    }
    g_ptr_array_add(c->rows, row);
    submit(c);
}
