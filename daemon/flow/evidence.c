#include "flow/evidence.h"

#include "base/digest.h"
#include "base/signing.h"
#include "flow/checkpoint.h"
#include "flow/delivery_log.h"
#include "flow/dossier.h"
#include "wire/evidence.h"
#include "wire/plan_text.h"

#include <string.h>

#define EVIDENCE_PAGE 500 /* records read at a time */

void evidence_bind(struct record *r, const struct broadcast_row *row, const struct plan *p,
                   GBytes *source)
{
    r->digest = digest_sha256_hex(row->body, strlen(row->body));
    r->detail = evidence_detail(p ? p->obligations->len : 0, source);
    if (!p)
        return;
    g_autofree char *text = plan_text(p->missions, p->obligations, p->obligations->len);
    r->plan = digest_sha256_hex(text, strlen(text));
}

struct making {
    struct service *service;
    char *id;
    struct broadcast_row *row; /* NULL: there is none */
    struct signing_keys *keys;
    struct config *config;
    int64_t now_ms;
    enum evidence_end end;
    GString *text;
    evidence_fn fn;
    void *ctx;
};

/* --- what belongs to it --- */

static void free_text(gpointer p)
{
    struct evidence_text *t = p;
    g_free(t->id);
    g_free(t->text);
    g_free(t);
}

static void add_seq(GHashTable *wanted, int64_t seq)
{
    int64_t *key = g_new(int64_t, 1);
    *key = seq;
    g_hash_table_add(wanted, key);
}

/* The records that bind the text of another version. */
static bool want_version(struct store *s, const struct broadcast_row *row, GHashTable *wanted,
                         GPtrArray *versions, GError **error)
{
    struct record_filter of = { .broadcast = row->id };
    bool is_bound = false;
    for (int64_t after = 0;;) {
        g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        if (!s->ops->journal_read(s, &of, after, EVIDENCE_PAGE, page, error))
            return false;
        for (guint i = 0; i < page->len; i++) {
            const struct record *r = g_ptr_array_index(page, i);
            after = r->seq;
            is_bound = is_bound || r->digest;
            if (r->digest)
                add_seq(wanted, r->seq);
        }
        if (page->len < EVIDENCE_PAGE)
            break;
    }
    struct evidence_text *t = g_new0(struct evidence_text, 1);
    t->id = g_strdup(row->id);
    t->text = g_strdup(row->body);
    g_ptr_array_add(versions, t);
    if (!is_bound)
        g_ptr_array_set_size(versions, (int)versions->len - 1);
    return true;
}

static int by_number(gconstpointer a, gconstpointer b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* --- the chain --- */

struct walk {
    GString *out;
    GHashTable *wanted;
    int64_t seq; /* of the last record written */
    bool is_over;
};

/* Until a signed record: that is where the run ends. */
static bool walk_page(struct store *s, struct walk *w, GError **error)
{
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    if (!s->ops->journal_read(s, NULL, w->seq, EVIDENCE_PAGE, page, error))
        return false;
    w->is_over = page->len == 0;
    for (guint i = 0; i < page->len && !w->is_over; i++) {
        const struct record *r = g_ptr_array_index(page, i);
        if (r->signature || g_hash_table_contains(w->wanted, &r->seq))
            evidence_record(w->out, r);
        else
            evidence_other(w->out, r);
        w->seq = r->seq;
        w->is_over = r->signature != NULL;
    }
    return true;
}

static bool write_chain(struct store *s, GString *out, GHashTable *wanted, GError **error)
{
    struct walk w = { out, wanted, 0, false };
    g_autoptr(GList) seqs = g_list_sort(g_hash_table_get_keys(wanted), by_number);
    for (GList *l = seqs; l; l = l->next) {
        int64_t seq = *(int64_t *)l->data;
        if (seq <= w.seq)
            continue;
        evidence_begin_run(out);
        w.seq = seq - 1;
        for (w.is_over = false; !w.is_over;)
            if (!walk_page(s, &w, error))
                return false;
        evidence_end_run(out);
    }
    return true;
}

/* --- the whole --- */

static void free_string(GString *text)
{
    g_string_free(text, TRUE);
}

static bool collect(struct store *s, const struct dossier *d, GHashTable *wanted,
                    GPtrArray *versions, guint *planned, GError **error)
{
    *planned = 0;
    for (guint i = 0; i < d->records->len; i++) {
        const struct record *r = g_ptr_array_index(d->records, i);
        add_seq(wanted, r->seq);
        if (r->plan)
            *planned = evidence_obligations(r->detail);
    }
    for (guint i = 0; i < d->versions->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(d->versions, i);
        if (row->no != d->file->no && !want_version(s, row, wanted, versions, error))
            return false;
    }
    return true;
}

static bool has_member(const struct dossier *d, bool plan)
{
    for (guint i = 0; i < d->records->len; i++) {
        const struct record *r = g_ptr_array_index(d->records, i);
        if (plan ? r->plan != NULL : r->digest != NULL)
            return true;
    }
    return false;
}

static bool write_bundle(struct store *s, struct making *m, const struct dossier *d, GError **error)
{
    g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GPtrArray) versions = g_ptr_array_new_with_free_func(free_text);
    g_autoptr(GBytes) source = NULL;
    guint planned = 0;
    if (!s->ops->broadcast_source(s, d->file->no, &source, error) ||
        !collect(s, d, wanted, versions, &planned, error))
        return false;
    g_autofree char *plan =
        has_member(d, true) ? plan_text(d->file->missions, d->file->obligations, planned) : NULL;
    struct evidence head = { .broadcast = m->id,
                             .node = m->config->node,
                             .text = m->row->body,
                             .plan = plan,
                             .source_type = m->row->source_type,
                             .source = source,
                             .versions = versions,
                             .made_ms = m->now_ms };
    m->text = evidence_begin(&head);
    if (!write_chain(s, m->text, wanted, error))
        return false;
    evidence_end(m->text, m->keys);
    m->end = EVIDENCE_MADE;
    return true;
}

static bool make(struct store *s, void *arg, GError **error)
{
    struct making *m = arg;
    m->end = EVIDENCE_UNKNOWN;
    if (!s->ops->broadcast_by_id(s, m->id, &m->row, error))
        return false;
    if (!m->row)
        return true;
    m->end = EVIDENCE_UNBOUND;
    struct dossier *d = checkpoint_sign(s, m->keys, m->config, m->now_ms, error)
                            ? dossier_read(s, m->row->no, error)
                            : NULL;
    bool ok = d && (!has_member(d, false) || write_bundle(s, m, d, error));
    dossier_free(d);
    return ok;
}

static void made(void *arg, const GError *error)
{
    struct making *m = arg;
    struct service *s = m->service;
    service_note_store(s, error);
    if (!error)
        delivery_log_wake(s->log);
    if (!error && s->witness)
        delivery_log_wake(s->witness);
    bool is_made = !error && m->end == EVIDENCE_MADE;
    m->fn(error ? EVIDENCE_FAILED : m->end, is_made ? m->text->str : NULL,
          is_made ? m->text->len : 0, error ? error->message : NULL, m->ctx);
    g_clear_pointer(&m->text, free_string);
    signing_keys_unref(m->keys);
    config_unref(m->config);
    broadcast_row_free(m->row);
    g_free(m->id);
    g_free(m);
}

void evidence_make(struct service *s, const char *id, evidence_fn fn, void *ctx)
{
    if (!s->signing) {
        fn(EVIDENCE_UNSIGNED, NULL, 0, NULL, ctx);
        return;
    }
    struct making *m = g_new0(struct making, 1);
    m->service = s;
    m->id = g_strdup(id);
    m->keys = signing_keys_ref(s->signing);
    m->config = config_ref(s->config);
    m->now_ms = service_now_ms(s);
    m->fn = fn;
    m->ctx = ctx;
    store_thread_submit(s->store, make, made, m);
}
