#include "rule.h"

#include <fnmatch.h>
#include <string.h>

static const char *const stage_names[STAGES] = { "connect", "ehlo", "mail", "rcpt",
                                                 "data",    "body", "http" };

const char *stage_name(enum stage stage)
{
    return stage < STAGES ? stage_names[stage] : "none";
}

struct rule *rule_new(void)
{
    struct rule *r = g_rc_box_new0(struct rule);

    r->stage = STAGE_UNSET;
    r->probability = 1;
    r->seed = 1;
    r->tries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return r;
}

struct rule *rule_ref(struct rule *r)
{
    return g_rc_box_acquire(r);
}

static void clear(void *box)
{
    struct rule *r = box;

    g_free(r->name);
    g_free(r->rcpt);
    g_free(r->from);
    g_free(r->path);
    g_free(r->action.smtp);
    g_free(r->action.headers);
    g_free(r->action.body);
    g_free(r->action.redirect);
    g_clear_pointer(&r->dice, g_rand_free);
    g_hash_table_unref(r->tries);
}

void rule_unref(struct rule *r)
{
    if (r)
        g_rc_box_release_full(r, clear);
}

/* The recipient that the rule is about, "" for a rule about none, NULL if none matches. */
static const char *matching_rcpt(const struct rule *r, const struct moment *m)
{
    const char *rcpt = m->rcpts;

    if (!r->rcpt)
        return m->n_rcpts ? m->rcpts : "";
    for (unsigned i = 0; i < m->n_rcpts; i++, rcpt += strlen(rcpt) + 1)
        if (fnmatch(r->rcpt, rcpt, FNM_CASEFOLD) == 0)
            return rcpt;
    return NULL;
}

static bool within_first(struct rule *r, const char *subject)
{
    unsigned n = GPOINTER_TO_UINT(g_hash_table_lookup(r->tries, subject));

    if (n >= r->first)
        return false;
    g_hash_table_insert(r->tries, g_strdup(subject), GUINT_TO_POINTER(n + 1));
    return true;
}

static bool by_chance(struct rule *r)
{
    if (r->probability >= 1)
        return true;
    if (!r->dice)
        r->dice = g_rand_new_with_seed(r->seed);
    return g_rand_double(r->dice) < r->probability;
}

bool rule_decide(struct rule *r, const struct moment *m)
{
    const char *subject = m->path ? m->path : matching_rcpt(r, m);

    if (!subject || (r->path && (!m->path || fnmatch(r->path, m->path, 0) != 0)))
        return false;
    if (r->from && (!m->from || fnmatch(r->from, m->from, FNM_CASEFOLD) != 0))
        return false;
    r->seen++;
    if (r->first && !within_first(r, subject))
        return false;
    if ((r->every && r->seen % r->every != 0) || !by_chance(r))
        return false;
    r->hits++;
    return true;
}

void rule_reset(struct rule *r)
{
    r->seen = r->hits = 0;
    g_hash_table_remove_all(r->tries);
    g_clear_pointer(&r->dice, g_rand_free);
}
