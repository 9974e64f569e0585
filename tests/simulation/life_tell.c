/* A history for whoever looks at a failing seed. */
#include "life.h"

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
    g_printerr("# %s: %s of %s%s, refers to %s%s, missions %02x, sent +%" G_GINT64_FORMAT
               " s%s%s: %s%s%s%s\n",
               v->identifier, whats[v->what], whos[v->who], v->other_status ? ", other status" : "",
               *refs->str ? refs->str : "-", v->ghost ? "+ghost" : "", v->missions,
               (v->sent_ms - WORLD_START_MS) / 1000,
               v->expires_ms < v->sent_ms + LIFE_HOUR ? ", brief" : "",
               v->effective_ms ? ", effective later" : "",
               v->row ? broadcast_state_names[v->row->state] : "not taken",
               v->row && *v->row->hold ? ", hold " : "", v->row ? v->row->hold : "",
               v->row && v->row->released_ms ? ", released" : "");
}

void life_tell(const struct life *l)
{
    static const char *const deeds[] = { "send",   "other content", "approve",
                                         "bypass", "release",       "reject" };
    g_printerr("# seed %u, %s, rule %s: %s: %s\n", l->seed, l->exercise ? "exercise" : "actual",
               l->rule ? l->rule : "none", l->at ? l->at : "-", l->fault);
    for (int i = 0; i < l->n; i++)
        tell_version(l, i);
    for (int i = 0; i < l->n_actions; i++)
        g_printerr("# +%" G_GINT64_FORMAT " ms %s %s%s\n", l->actions[i].at_ms - WORLD_START_MS,
                   deeds[l->actions[i].deed], l->v[l->actions[i].version].identifier,
                   l->actions[i].tries ? " (again)" : "");
    for (guint i = 0; i < l->world->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(l->world->sent, i);
        if (l->at && g_str_equal(s->endpoint, l->at))
            g_printerr("# +%" G_GINT64_FORMAT " ms %s part %x attempt %u: %s%s\n",
                       s->at_ms - WORLD_START_MS, s->identifier, s->parts, s->attempt,
                       outcome_names[s->kind], s->crashed ? " (crashed)" : "");
    }
}
