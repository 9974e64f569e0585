#include "flow/matter.h"

#include "base/log.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/matter_notice.h"
#include "flow/sweep.h"
#include "model/endpoint.h"
#include "wire/matter_json.h"

#include <string.h>

/* --- the hand --- */

struct matter_hand *matter_hand_new(struct service *s)
{
    struct matter_hand *h = g_new0(struct matter_hand, 1);
    h->config = config_ref(s->config);
    h->roster = roster_ref(s->roster);
    h->templates = template_set_ref(s->templates);
    h->masters = s->masters ? g_ptr_array_ref(s->masters) : NULL;
    h->now_ms = service_now_ms(s);
    h->alarms = g_ptr_array_new_with_free_func((GDestroyNotify)alarm_free);
    h->opened = g_array_new(FALSE, FALSE, sizeof(int64_t));
    h->due_ms = INT64_MAX;
    return h;
}

void matter_hand_done(struct service *s, struct matter_hand *h, bool committed)
{
    for (guint i = 0; committed && i < h->alarms->len; i++) {
        const struct alarm *a = g_ptr_array_index(h->alarms, i);
        dispatch_wake_plan(s->dispatch, a->plan);
        sweep_note(s->expiry, a->plan->deadline_ms);
    }
    for (guint i = 0; committed && i < h->opened->len; i++)
        log_event(LOG_LEVEL_INFO, "matter.opened",
                  LOG_INT("number", g_array_index(h->opened, int64_t, i)));
    if (committed && h->due_ms != INT64_MAX)
        sweep_note(s->matter_clock, h->due_ms);
    if (committed)
        delivery_log_wake(s->log);
    config_unref(h->config);
    roster_unref(h->roster);
    template_set_unref(h->templates);
    g_clear_pointer(&h->masters, g_ptr_array_unref);
    g_ptr_array_unref(h->alarms);
    g_array_unref(h->opened);
    g_free(h);
}

/* --- opening --- */

static void replace(char **at, char *text /* taken */)
{
    g_free(*at);
    *at = text;
}

static char *headline_of(const struct matter_hand *h, const struct matter *m)
{
    const struct mission *at = roster_find(h->roster, m->mission);
    return g_strdup_printf("%s of %s: number %" G_GINT64_FORMAT, matter_rules(m->kind)->title,
                           at ? at->name : m->mission, m->no);
}

/* Whoever the kind says beside the owner. */
static bool tell_others(struct store *s, struct matter_hand *h, const struct matter *m,
                        const char *headline, GError **error)
{
    if (m->kind == MATTER_PROTECTIVE_RESPONSE)
        return matter_tell_partner(s, h, m, true, "matter.partner_asked", headline, error);
    if (m->kind == MATTER_SECURITY_INFORMATION && m->urgency == URGENCY_IMMEDIATE &&
        !g_str_equal(m->owner, "desk:command-center"))
        return matter_tell_contact(s, h, m, "desk:command-center", "matter.copied", headline, NULL,
                                   error);
    return true;
}

/* A new mail address is proved before it is used. */
static bool ask_proof_if_new(struct store *s, struct matter_hand *h, const struct matter *m,
                             GError **error)
{
    if (m->kind != MATTER_CONTACT_UPDATE)
        return true;
    struct matter_body *b = matter_json_read_body(m->kind, m->body);
    bool is_new = b && *matter_body_get(b, "email") &&
                  !g_str_equal(matter_body_get(b, "change"), "wrong-person");
    bool ok = !is_new || matter_ask_proof(s, h, m, b, error);
    matter_body_free(b);
    return ok;
}

bool matter_store(struct store *s, struct matter_hand *h, struct matter *m, GError **error)
{
    m->state = MATTER_OPEN;
    m->opened_ms = m->changed_ms = m->behind_ms = h->now_ms;
    m->due_ms = matter_next_ms(m, m->behind_ms);
    replace(&m->owner, matter_owner(h, m));
    const struct partner *p = m->kind == MATTER_PROTECTIVE_RESPONSE ? matter_partner(h, m) : NULL;
    replace(&m->partner, p ? g_strconcat("partner:", p->id, NULL) : g_strdup(""));
    if (!s->ops->matter_insert(s, m, error))
        return false;
    g_autofree char *headline = headline_of(h, m);
    h->due_ms = MIN(h->due_ms, m->due_ms);
    g_array_append_val(h->opened, m->no);
    return matter_note(s, h, m, m->opened_by, "opened", NULL, error) &&
           matter_tell_contact(s, h, m, m->owner, "matter.owner_told", headline, NULL, error) &&
           tell_others(s, h, m, headline, error) &&
           matter_tell_mission(s, h, m, MATTER_SAYS_RECEIVED, NULL, error) &&
           ask_proof_if_new(s, h, m, error);
}

/* --- the wrong person --- */

static struct matter *correction_of(const struct matter_wrong_person *w, const struct obligation *o)
{
    struct matter *m = matter_new();
    struct matter_body *b = matter_body_new(MATTER_CONTACT_UPDATE);
    const char *endpoint = w->notification->endpoint;
    bool mail = g_str_has_prefix(endpoint, "mailto:");
    g_autofree char *rank = g_strdup_printf("%u", o->rank);
    matter_body_set(b, "change", "wrong-person");
    matter_body_set(b, "representative", rank);
    matter_body_set(b, mail ? "email" : "webhook", mail ? endpoint + strlen("mailto:") : endpoint);
    if (w->note && *w->note)
        matter_body_set(b, "note", w->note);
    m->kind = MATTER_CONTACT_UPDATE;
    m->urgency = URGENCY_EXPECTED;
    replace(&m->mission, g_strdup(g_ptr_array_index(o->missions, 0)));
    replace(&m->opened_by, g_strdup(o->recipient));
    replace(&m->about, g_strdup(w->row->id));
    matter_json_set_body(m, b);
    matter_body_free(b);
    return m;
}

static bool is_same_correction(const struct matter *a, const struct matter *b)
{
    static const char *const members[] = { "change", "representative", "email", "webhook" };
    struct matter_body *x = matter_json_read_body(a->kind, a->body);
    struct matter_body *y = matter_json_read_body(b->kind, b->body);
    bool same = x && y;
    for (size_t i = 0; same && i < G_N_ELEMENTS(members); i++)
        same = g_str_equal(matter_body_get(x, members[i]), matter_body_get(y, members[i]));
    matter_body_free(x);
    matter_body_free(y);
    return same;
}

/* Opens it, or adds to the one that waits already. */
static bool open_once(struct store *s, struct matter_hand *h, struct matter *m, const char *note,
                      GError **error)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func((GDestroyNotify)matter_free);
    struct matter_filter f = { .kinds = 1u << MATTER_CONTACT_UPDATE,
                               .states = 1u << MATTER_OPEN,
                               .mission = m->mission };
    if (!s->ops->matter_list(s, &f, 100, known, error))
        return false;
    for (guint i = 0; i < known->len; i++)
        if (is_same_correction(g_ptr_array_index(known, i), m))
            return matter_note(s, h, g_ptr_array_index(known, i), m->opened_by, "noted",
                               note && *note ? note : "said once more that it is the wrong person",
                               error);
    return matter_store(s, h, m, error);
}

/* Does the roster still have that endpoint for that person?  Where not, there is nothing left to
 * correct. */
static bool has_endpoint(const struct matter_hand *h, const struct obligation *o,
                         const char *endpoint)
{
    const struct mission *m =
        o->missions->len ? roster_find(h->roster, g_ptr_array_index(o->missions, 0)) : NULL;
    for (guint i = 0; m && i < m->representatives->len; i++) {
        const struct representative *p = g_ptr_array_index(m->representatives, i);
        g_autofree char *mail = endpoint_uri(CHANNEL_SMTP, p->email);
        if (p->rank == o->rank &&
            (g_ascii_strcasecmp(mail, endpoint) == 0 || g_str_equal(p->webhook, endpoint)))
            return true;
    }
    return false;
}

bool matter_open_correction(struct store *s, struct matter_hand *h,
                            const struct matter_wrong_person *w, GError **error)
{
    g_autofree char *purpose = NULL;
    int64_t no = 0;
    if (!s->ops->matter_notice_find(s, w->row->no, &no, &purpose, error))
        return false;
    for (guint i = 0; !purpose && i < w->obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(w->obligations, i);
        if (o->kind != OBLIGATION_REPRESENTATIVE || !has_endpoint(h, o, w->notification->endpoint))
            continue;
        struct matter *m = correction_of(w, o);
        bool ok = open_once(s, h, m, w->note, error);
        matter_free(m);
        if (!ok)
            return false;
    }
    return true;
}

/* --- answers --- */

static bool take_proof(struct store *s, struct matter_hand *h, const struct matter *m,
                       const char *who, enum answer a, const char *note, GError **error)
{
    bool right = a != ANSWER_WRONG_PERSON;
    g_autofree char *headline =
        g_strdup_printf("Number %" G_GINT64_FORMAT ": the new address %s", m->no,
                        right ? "was confirmed by its reader" : "is somebody else's");
    return matter_note(s, h, m, who, right ? "proved" : "disproved", note, error) &&
           (matter_is_final(m->state) ||
            matter_tell_contact(s, h, m, m->owner, "matter.proof", headline, NULL, error));
}

/* "Understood" is the partner's acknowledgement; anything else is for the owner to read. */
static bool take_partner(struct store *s, struct matter_hand *h, struct matter *m, const char *who,
                         enum answer a, const char *note, GError **error)
{
    if (a != ANSWER_UNDERSTOOD || !matter_move(m, MATTER_ACKNOWLEDGE, h->now_ms)) {
        g_autofree char *words =
            g_strdup_printf("%s%s%s", answer_names[a], note ? ": " : "", note ? note : "");
        g_autofree char *headline =
            g_strdup_printf("Number %" G_GINT64_FORMAT ": the partner answers %s", m->no, words);
        return matter_note(s, h, m, who, "noted", words, error) &&
               (matter_is_final(m->state) || a == ANSWER_UNDERSTOOD ||
                matter_tell_contact(s, h, m, m->owner, "matter.partner_answered", headline, NULL,
                                    error));
    }
    g_autofree char *headline = g_strdup_printf(
        "Number %" G_GINT64_FORMAT ": the partner has acknowledged the protective response", m->no);
    return s->ops->matter_update(s, m, error) &&
           matter_note(s, h, m, who, "acknowledged", note, error) &&
           matter_tell_contact(s, h, m, m->owner, "matter.acknowledged", headline, NULL, error) &&
           matter_tell_mission(s, h, m, MATTER_SAYS_ACKNOWLEDGED, NULL, error);
}

bool matter_take_answer(struct store *s, struct matter_hand *h, const struct broadcast_row *row,
                        const GPtrArray *obligations, enum answer a, const char *note,
                        GError **error)
{
    g_autofree char *purpose = NULL;
    struct matter *m = NULL;
    int64_t no = 0;
    if (!s->ops->matter_notice_find(s, row->no, &no, &purpose, error))
        return false;
    if (!purpose)
        return true;
    if (!s->ops->matter_by_no(s, no, &m, error))
        return false;
    const struct obligation *first = obligations->len ? g_ptr_array_index(obligations, 0) : NULL;
    const char *who = first ? first->recipient : "";
    bool ok = !m || (g_str_equal(purpose, MATTER_ASKS_PROOF)
                         ? take_proof(s, h, m, who, a, note, error)
                         : take_partner(s, h, m, who, a, note, error));
    matter_free(m);
    return ok;
}
