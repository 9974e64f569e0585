#include "model/proof.h"

#include "model/endpoint.h"
#include "model/roster_check.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct proofs {
    GHashTable *at; /* endpoint, owned -> int64_t *, owned */
};

/* Every mission of a broadcast is looked up: it must not cost a copy. */
static guint hash_endpoint(gconstpointer key)
{
    guint hash = 5381;
    for (const char *c = key; *c; c++)
        hash = hash * 33 + (guchar)g_ascii_tolower(*c);
    return hash;
}

static gboolean same_endpoint(gconstpointer a, gconstpointer b)
{
    return g_str_has_prefix(a, "mailto:") ? g_ascii_strcasecmp(a, b) == 0 : g_str_equal(a, b);
}

struct proofs *proofs_new(void)
{
    struct proofs *p = g_new0(struct proofs, 1);
    p->at = g_hash_table_new_full(hash_endpoint, same_endpoint, g_free, g_free);
    return p;
}

void proofs_free(struct proofs *p)
{
    if (!p)
        return;
    g_hash_table_unref(p->at);
    g_free(p);
}

void proofs_note(struct proofs *p, const char *endpoint, int64_t at_ms)
{
    if (proofs_of(p, endpoint) < at_ms)
        g_hash_table_replace(p->at, g_strdup(endpoint), g_memdup2(&at_ms, sizeof at_ms));
}

void proofs_forget(struct proofs *p, const char *endpoint)
{
    if (p)
        g_hash_table_remove(p->at, endpoint);
}

size_t proofs_count(const struct proofs *p)
{
    return p ? g_hash_table_size(p->at) : 0;
}

int64_t proofs_of(const struct proofs *p, const char *endpoint)
{
    const int64_t *at_ms = p ? g_hash_table_lookup(p->at, endpoint) : NULL;
    return at_ms ? *at_ms : 0;
}

int64_t proofs_of_representative(const struct proofs *p, const struct representative *r)
{
    int64_t latest_ms = 0;
    if (proofs_count(p) == 0)
        return latest_ms;
    g_autoptr(GPtrArray) endpoints = endpoint_list(r);
    for (guint i = 0; i < endpoints->len; i++)
        latest_ms = MAX(latest_ms, proofs_of(p, g_ptr_array_index(endpoints, i)));
    return latest_ms;
}

static void report(GPtrArray *findings, const char *code, char *subject, char *detail)
{
    struct roster_finding *f = g_new0(struct roster_finding, 1);
    *f = (struct roster_finding){ code, subject, detail };
    g_ptr_array_add(findings, f);
}

/* Adds to *never what nobody has ever answered from. */
static void check_one(const struct proofs *p, const struct mission *m,
                      const struct representative *r, int64_t at_ms, unsigned days,
                      GPtrArray *findings, unsigned *never)
{
    g_autoptr(GPtrArray) endpoints = endpoint_list(r);
    for (guint i = 0; i < endpoints->len; i++) {
        const char *endpoint = g_ptr_array_index(endpoints, i);
        int64_t proved_ms = proofs_of(p, endpoint), age_days = (at_ms - proved_ms) / DAY_MS;
        *never += proved_ms == 0;
        if (proved_ms > 0 && age_days > days)
            report(findings, "proof-old", g_strdup_printf("%s/%u", m->id, r->rank),
                   g_strdup_printf("the last answer from %s is %" G_GINT64_FORMAT " days old",
                                   endpoint, age_days));
    }
}

void proofs_check(const struct proofs *p, const struct roster *r, int64_t at_ms, unsigned days,
                  GPtrArray *findings)
{
    unsigned never = 0;
    if (proofs_count(p) == 0)
        return;
    for (size_t i = 0; i < roster_count(r); i++) {
        const struct mission *m = roster_at(r, i);
        for (guint k = 0; k < m->representatives->len; k++) {
            const struct representative *one = g_ptr_array_index(m->representatives, k);
            if (representative_is_valid(one, m, at_ms))
                check_one(p, m, one, at_ms, days, findings, &never);
        }
    }
    if (never > 0)
        report(
            findings, "never-proved", g_strdup("roster"),
            g_strdup_printf("nobody has ever answered from %u endpoints: roster check --contacts "
                            "lists them, campaign start asks them",
                            never));
}
