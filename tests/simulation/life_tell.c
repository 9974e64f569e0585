/* A history for whoever looks at a failing seed. */
#include "base/digest.h"
#include "life.h"

const char *const life_deed_names[] = { "send",
                                        "other content",
                                        "approve",
                                        "bypass",
                                        "release",
                                        "reject",
                                        "answer",
                                        "crash",
                                        "fail commits",
                                        "break at statement",
                                        "stall ms",
                                        "full for writes",
                                        "power goes at operation",
                                        "reload",
                                        "roster changes" };

static void tell_version(const struct life *l, int i)
{
    static const char *const whats[] = { "alert",       "update", "same words",
                                         "held update", "cancel", "ack" };
    static const char *const whos[] = { "desk", "chief", "stranger" };
    const struct life_version *v = &l->v[i];
    g_autoptr(GString) refs = g_string_new(NULL);
    for (int k = 0; k < l->n; k++)
        if (v->refs >> k & 1)
            g_string_append(refs, l->v[k].identifier);
    g_printerr("# v%d %s: %s of %s%s, refers to %s%s, missions %02x, sent +%" G_GINT64_FORMAT
               " s%s%s: %s%s%s%s\n",
               i, v->identifier, whats[v->what], whos[v->who],
               v->other_status ? ", other status" : "", *refs->str ? refs->str : "-",
               v->ghost ? "+ghost" : "", v->missions, (v->sent_ms - WORLD_START_MS) / 1000,
               v->expires_ms < v->sent_ms + LIFE_HOUR ? ", brief" : "",
               v->effective_ms ? ", effective later" : "",
               v->row ? broadcast_state_names[v->row->state] : "not taken",
               v->row && *v->row->hold ? ", hold " : "", v->row ? v->row->hold : "",
               v->row && v->row->released_ms ? ", released" : "");
}

static void tell_action(const struct life *l, int i)
{
    const struct life_action *a = &l->actions[i];
    g_autofree char *amount = g_strdup_printf("%u", a->amount);
    g_printerr("# a%d +%" G_GINT64_FORMAT " ms %s %s%s, then %u steps\n", i,
               a->at_ms - WORLD_START_MS, life_deed_names[a->deed],
               a->version < 0 ? amount : l->v[a->version].identifier, a->tries ? " (again)" : "",
               a->steps);
}

static void tell_send(const struct sent *s)
{
    g_printerr("# +%" G_GINT64_FORMAT " ms %s part %x attempt %u: %s after %" G_GINT64_FORMAT
               " ms%s%s\n",
               s->at_ms - WORLD_START_MS, s->identifier, s->parts, s->attempt,
               outcome_names[s->kind], s->ends_ms - s->at_ms,
               s->reply_code == LIFE_KEPT   ? " (but keeps it)"
               : s->reply_code == LIFE_LOST ? " (but loses it)"
                                            : "",
               s->crashed ? " (the daemon never knew)" : "");
}

char *life_digest(const struct life *l)
{
    g_autoptr(GString) all = g_string_new(l->journal.hash);
    for (int i = 0; i < l->n_actions; i++)
        g_string_append_printf(all, "\n%d %d %" G_GINT64_FORMAT, l->actions[i].deed,
                               l->actions[i].reply.kind, l->actions[i].reply.at_ms);
    for (guint i = 0; i < l->world->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(l->world->sent, i);
        g_string_append_printf(all, "\n%" G_GINT64_FORMAT " %s %s %d %" G_GINT64_FORMAT " %u %d",
                               s->at_ms, s->endpoint, s->key, (int)s->kind, s->ends_ms, s->attempt,
                               s->crashed);
    }
    return digest_sha256_hex(all->str, all->len);
}

void life_tell(const struct life *l)
{
    g_autofree char *without = life_cut_text(&l->cut);
    g_printerr("# seed %u%s%s, %s, rule %s, store %s: %s: %s\n", l->seed,
               *without ? " without " : "", without, l->exercise ? "exercise" : "actual",
               l->rule ? l->rule : "none", l->on_disk ? "on disk" : "kept", l->at ? l->at : "-",
               l->fault ? l->fault : "every promise held");
    for (int i = 0; i < l->n; i++)
        if (!l->v[i].dropped)
            tell_version(l, i);
    for (int i = 0; i < l->n_actions; i++)
        if (!l->actions[i].dropped)
            tell_action(l, i);
    for (guint i = 0; i < l->world->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(l->world->sent, i);
        if (l->at && g_str_equal(s->endpoint, l->at))
            tell_send(s);
    }
    g_autofree char *digest = life_digest(l);
    g_printerr("# digest %s\n", digest);
    g_printerr("# again: LIAISOND_SEED=%u LIAISOND_WITHOUT=%s sim_life\n", l->seed, without);
}
