#include "flow/matter_notice.h"

#include "base/log.h"
#include "model/duty.h"
#include "model/record.h"
#include "model/resolution.h"
#include "wire/matter_json.h"

#include <string.h>

#define NUMBER "number " /* what a record's reply begins with */
#define NOTICE_LIFE_MS (INT64_C(3) * 24 * 3600 * 1000)

bool matter_note(struct store *s, const struct matter_hand *h, const struct matter *m,
                 const char *who, const char *what, const char *note, GError **error)
{
    struct matter_event *e = matter_event_new(m->no, h->now_ms, who, what, note);
    g_autofree char *event = g_strconcat("matter.", what, NULL);
    struct record *r = record_new(event, h->now_ms);
    r->node = g_strdup(h->config->node);
    r->missions = g_strdup(m->mission);
    r->recipient = g_strdup(m->owner);
    r->reply = g_strdup_printf(NUMBER "%" G_GINT64_FORMAT ", %s, by %s%s%s", m->no,
                               matter_kind_names[m->kind], who, note && *note ? ": " : "",
                               note ? note : "");
    bool ok = s->ops->matter_event_add(s, e, error) && s->ops->journal_append(s, r, error);
    matter_event_free(e);
    record_free(r);
    return ok;
}

int64_t matter_of_record(const struct record *r)
{
    bool is =
        g_str_has_prefix(r->event, "matter.") && r->reply && g_str_has_prefix(r->reply, NUMBER);
    return is ? g_ascii_strtoll(r->reply + strlen(NUMBER), NULL, 10) : 0;
}

/* --- who --- */

static const struct mission *mission_of(const struct matter_hand *h, const struct matter *m)
{
    return roster_find(h->roster, m->mission);
}

static char *name_of_duty(const struct duty *y)
{
    return y->office || y->desk ? duty_name(y) : g_strdup("desk:" DUTY_COMMAND_CENTER);
}

static const struct office *office_of(const struct matter_hand *h, const struct mission *at)
{
    return at ? directory_office_of(h->config->directory, at, NULL, NULL) : NULL;
}

char *matter_duty(const struct matter_hand *h, const struct matter *m)
{
    const struct mission *at = mission_of(h, m);
    const struct office *o = office_of(h, at);
    struct duty y = { 0 };
    if (o)
        y = duty_at(h->config->directory, o, at->kind, h->now_ms);
    return name_of_duty(&y);
}

char *matter_owner(const struct matter_hand *h, const struct matter *m)
{
    const struct mission *at = mission_of(h, m);
    const struct office *o = office_of(h, at);
    struct duty y = { 0 };
    if (matter_rules(m->kind)->owner == MATTER_OF_DUTY)
        return matter_duty(h, m);
    if (o)
        y = duty_usual(h->config->directory, o, at->kind);
    return name_of_duty(&y);
}

const struct partner *matter_partner(const struct matter_hand *h, const struct matter *m)
{
    const struct mission *at = mission_of(h, m);
    return at ? directory_partner_for(h->config->directory, at->state) : NULL;
}

/* False: the directory has it no more. */
static bool find_contact(const struct directory *d, const char *name, struct plan_contact *out)
{
    const char *colon = strchr(name, ':');
    const char *id = colon ? colon + 1 : "";
    const struct office *o = g_str_has_prefix(name, "office:") ? directory_office(d, id) : NULL;
    const struct desk *k = g_str_has_prefix(name, "desk:") ? directory_desk(d, id) : NULL;
    if (o)
        *out = plan_contact_of_office(o);
    else if (k)
        *out = plan_contact_of_desk(k);
    return o || k;
}

char *matter_owner_name(const struct matter_hand *h, const struct matter *m)
{
    struct plan_contact c;
    if (!find_contact(h->config->directory, m->owner, &c))
        return g_strdup(m->owner);
    return c.kind == OBLIGATION_OFFICE ? g_strconcat("DSS office, ", c.name, NULL)
                                       : g_strdup(c.name);
}

/* --- the message --- */

struct telling {
    const char *event, *purpose; /* purpose NULL: nothing is asked */
    GPtrArray *messages;         /* struct message *: taken over */
    enum broadcast_urgency urgency;
    const struct alarm_recipient *to;
    size_t n;
};

static struct resolution *resolve(const struct matter_hand *h, const struct matter *m)
{
    struct audience *a = audience_new();
    struct faults *f = faults_new();
    a->missions = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(a->missions, g_strdup(m->mission));
    struct resolution *r =
        resolution_make(a, h->roster, h->config->directory, h->now_ms, "/mission", f);
    audience_free(a);
    faults_free(f);
    return r;
}

/* NULL: the mission is in the roster no more, and the message names none. */
static GPtrArray *missions_of(const struct resolution *r)
{
    GPtrArray *out = g_ptr_array_new();
    for (guint i = 0; r && i < r->missions->len; i++)
        g_ptr_array_add(out, affected_mission_make(g_ptr_array_index(r->missions, i)));
    return out;
}

static bool tell(struct store *s, struct matter_hand *h, const struct matter *m,
                 const struct telling *t, bool *told, GError **error)
{
    struct resolution *r = resolve(h, m);
    g_autoptr(GPtrArray) messages = t->messages, missions = missions_of(r);
    struct alarm_message message = { .event = t->event,
                                     .about = m->about,
                                     .messages = messages,
                                     .urgency = t->urgency,
                                     .life_ms = NOTICE_LIFE_MS,
                                     .missions = missions,
                                     .masters = h->masters };
    struct alarm *a = alarm_to(h->config, &message, t->to, t->n, h->now_ms);
    g_clear_pointer(&r, resolution_free);
    *told = a != NULL;
    if (!a)
        return true;
    g_ptr_array_add(h->alarms, a);
    return alarm_store(s, a, h->config->node, h->now_ms, error) &&
           (!t->purpose || s->ops->matter_notice_put(s, a->row->no, m->no, t->purpose, error));
}

/* Said loudly, because somebody counts on it. */
static bool put_down_untold(struct store *s, const struct matter_hand *h, const struct matter *m,
                            const char *whom, GError **error)
{
    log_event(LOG_LEVEL_ERROR, "matter.untold", LOG_INT("number", m->no), LOG_STR("whom", whom),
              LOG_STR("reason", "there is no address to tell"));
    return matter_note(s, h, m, "daemon", "untold", whom, error);
}

static char *body_text(const struct matter *m)
{
    struct matter_body *b = matter_json_read_body(m->kind, m->body);
    char *text = b ? matter_body_text(b) : g_strdup("");
    matter_body_free(b);
    return text;
}

/* The body in words, and how it is dealt with. */
static char *own_text(const struct matter *m)
{
    g_autofree char *text = body_text(m);
    return g_strdup_printf("Number %" G_GINT64_FORMAT ", %s, opened by %s.\n\n%s\n\n"
                           "Look at it: liaisonctl matter show %" G_GINT64_FORMAT,
                           m->no, matter_state_names[m->state], m->opened_by, text, m->no);
}

static GPtrArray *english(const char *headline, const char *text)
{
    GPtrArray *messages = g_ptr_array_new();
    g_ptr_array_add(messages, alarm_message_in("en", headline, text));
    return messages;
}

static struct alarm_recipient recipient_of(const struct plan_contact *c, const char *name,
                                           bool asks)
{
    return (struct alarm_recipient){ .kind = c->kind,
                                     .recipient = name,
                                     .name = c->name,
                                     .phone = c->tel,
                                     .email = c->contact->email,
                                     .webhook = c->contact->webhook,
                                     .asks = asks };
}

bool matter_tell_contact(struct store *s, struct matter_hand *h, const struct matter *m,
                         const char *contact, const char *event, const char *headline,
                         const char *text, GError **error)
{
    struct plan_contact c;
    bool told = false;
    if (!find_contact(h->config->directory, contact, &c))
        return put_down_untold(s, h, m, contact, error);
    g_autofree char *own = text ? g_strdup(text) : own_text(m);
    struct alarm_recipient to = recipient_of(&c, contact, false);
    struct telling t = {
        .event = event, .messages = english(headline, own), .urgency = m->urgency, .to = &to, .n = 1
    };
    return tell(s, h, m, &t, &told, error) && (told || put_down_untold(s, h, m, contact, error));
}

/* --- the mission --- */

static GArray *representatives_of(const struct resolution *r, GPtrArray *names)
{
    GArray *to = g_array_new(FALSE, FALSE, sizeof(struct alarm_recipient));
    const struct resolved_mission *rm = r ? g_ptr_array_index(r->missions, 0) : NULL;
    for (guint i = 0; rm && i < rm->representatives->len; i++) {
        const struct representative *p = g_ptr_array_index(rm->representatives, i);
        char *name = g_strdup_printf("%s/%u", rm->mission->id, p->rank);
        struct alarm_recipient one = { .kind = OBLIGATION_REPRESENTATIVE,
                                       .recipient = name,
                                       .name = p->name,
                                       .language = p->language,
                                       .phone = p->phone,
                                       .email = p->email,
                                       .rank = p->rank };
        g_ptr_array_add(names, name);
        g_array_append_val(to, one);
    }
    return to;
}

/* A confirmed change is told where it was, so that nobody is moved in silence, and where it is now.
 */
static void add_new_address(const struct matter *m, const struct matter_body *b, const char *name,
                            GArray *to)
{
    if (!b || m->kind != MATTER_CONTACT_UPDATE || m->state != MATTER_CONFIRMED ||
        g_str_equal(matter_body_get(b, "change"), "wrong-person"))
        return;
    const char *rank = matter_body_get(b, "representative");
    struct alarm_recipient one = { .kind = OBLIGATION_REPRESENTATIVE,
                                   .recipient = name,
                                   .name = matter_body_get(b, "name"),
                                   .language = matter_body_get(b, "language"),
                                   .email = matter_body_get(b, "email"),
                                   .rank = (unsigned)g_ascii_strtoull(rank, NULL, 10) };
    for (guint i = 0; i < to->len; i++) {
        const struct alarm_recipient *known = &g_array_index(to, struct alarm_recipient, i);
        if (known->rank == one.rank && !*one.language)
            one.language = known->language;
    }
    g_array_append_val(to, one);
}

bool matter_tell_mission(struct store *s, struct matter_hand *h, const struct matter *m,
                         enum matter_saying what, const char *note, GError **error)
{
    struct resolution *r = resolve(h, m);
    struct matter_body *b = matter_json_read_body(m->kind, m->body);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) to = representatives_of(r, names);
    g_autofree char *owner = matter_owner_name(h, m);
    g_autofree char *as_now = g_strconcat(m->mission, "/changed", NULL);
    add_new_address(m, b, as_now, to);
    g_autofree char *copy = b && what == MATTER_SAYS_RECEIVED ? matter_body_text(b) : NULL;
    struct matter_words words = { .no = m->no, .owner = owner, .note = note, .copy = copy };
    struct telling t = { .event = "matter.mission_told",
                         .messages = matter_text(h->templates, what, &words),
                         .urgency = URGENCY_FUTURE,
                         .to = (const struct alarm_recipient *)(const void *)to->data,
                         .n = to->len };
    bool told = false;
    bool ok =
        tell(s, h, m, &t, &told, error) && (told || put_down_untold(s, h, m, m->mission, error));
    matter_body_free(b);
    g_clear_pointer(&r, resolution_free);
    return ok;
}

/* --- the partner --- */

/* What a patrol needs: where it is, and what is asked for. */
static char *partner_text(const struct matter_hand *h, const struct matter *m)
{
    const struct mission *at = mission_of(h, m);
    g_autofree char *text = body_text(m);
    return g_strdup_printf("Number %" G_GINT64_FORMAT ", %s.\n\nWhere: %s%s%s, %s, %s %s\n%s",
                           m->no, matter_state_names[m->state], at ? at->name : m->mission,
                           at && *at->street ? ", " : "", at ? at->street : "", at ? at->city : "",
                           at ? at->state : "", at ? at->zip : "", text);
}

static bool ask_desk_to_telephone(struct store *s, struct matter_hand *h, const struct matter *m,
                                  const struct partner *p, GError **error)
{
    g_autofree char *duty = matter_duty(h, m);
    g_autofree char *own = own_text(m);
    g_autofree char *headline = g_strdup_printf("Telephone %s: number %" G_GINT64_FORMAT,
                                                p ? p->name : "the police of that place", m->no);
    g_autofree char *text = g_strdup_printf(
        "%s has no mail address here and was told nothing. Telephone %s now, then: liaisonctl "
        "matter acknowledge %" G_GINT64_FORMAT " --note NAME\n\n%s",
        p ? p->name : "No partner is configured for that place, which", p ? p->tel : "them", m->no,
        own);
    log_event(LOG_LEVEL_ERROR, "matter.partner_untold", LOG_INT("number", m->no),
              LOG_STR("partner", p ? p->id : "none"),
              LOG_STR("effect", "the duty desk was asked to telephone"));
    return matter_note(s, h, m, "daemon", "telephone", p ? p->tel : "", error) &&
           matter_tell_contact(s, h, m, duty, "matter.telephone", headline, text, error);
}

bool matter_tell_partner(struct store *s, struct matter_hand *h, const struct matter *m, bool asks,
                         const char *event, const char *headline, GError **error)
{
    const struct partner *p = matter_partner(h, m);
    bool told = false;
    if (!p)
        return !asks || ask_desk_to_telephone(s, h, m, NULL, error);
    struct plan_contact c = plan_contact_of_partner(p);
    g_autofree char *name = g_strconcat("partner:", p->id, NULL);
    g_autofree char *own = partner_text(h, m);
    struct alarm_recipient to = recipient_of(&c, name, asks);
    struct telling t = { .event = event,
                         .purpose = asks ? MATTER_ASKS_PARTNER : NULL,
                         .messages = english(headline, own),
                         .urgency = m->urgency,
                         .to = &to,
                         .n = 1 };
    return tell(s, h, m, &t, &told, error) &&
           (told || !asks || ask_desk_to_telephone(s, h, m, p, error));
}

/* --- the proof of an address --- */

/* Who has that rank now; NULL: nobody, or it is nobody's yet. */
static const struct representative *known_as(const struct mission *at, const char *rank)
{
    for (guint i = 0; at && *rank && i < at->representatives->len; i++) {
        const struct representative *p = g_ptr_array_index(at->representatives, i);
        if (p->rank == g_ascii_strtoull(rank, NULL, 10))
            return p;
    }
    return NULL;
}

/* What the update says, else what the roster has. */
static const char *either(const char *said, const char *known)
{
    return *said || !known ? said : known;
}

bool matter_ask_proof(struct store *s, struct matter_hand *h, const struct matter *m,
                      const struct matter_body *b, GError **error)
{
    const struct mission *at = mission_of(h, m);
    const char *rank = matter_body_get(b, "representative");
    const struct representative *p = known_as(at, rank);
    g_autofree char *name = g_strconcat(m->mission, "/", *rank ? rank : "new", NULL);
    struct matter_words words = { .no = m->no,
                                  .name = either(matter_body_get(b, "name"), p ? p->name : NULL),
                                  .mission = at ? at->name : m->mission };
    if (!*words.name)
        words.name = name;
    if (!h->masters || h->masters->len == 0 || !*h->config->acknowledge.base_url)
        return matter_note(s, h, m, "daemon", "unprovable",
                           "no personal links are configured, so nobody can be asked", error);
    struct alarm_recipient to = { .kind = OBLIGATION_REPRESENTATIVE,
                                  .recipient = name,
                                  .name = words.name,
                                  .language = either(matter_body_get(b, "language"),
                                                     p ? p->language : NULL),
                                  .phone = matter_body_get(b, "phone"),
                                  .email = matter_body_get(b, "email"),
                                  .rank = (unsigned)g_ascii_strtoull(rank, NULL, 10),
                                  .asks = true };
    struct telling t = { .event = "matter.proof_asked",
                         .purpose = MATTER_ASKS_PROOF,
                         .messages = matter_text(h->templates, MATTER_SAYS_PROVE, &words),
                         .urgency = URGENCY_EXPECTED,
                         .to = &to,
                         .n = 1 };
    bool told = false;
    return tell(s, h, m, &t, &told, error) &&
           matter_note(s, h, m, "daemon", "proof-asked", to.email, error);
}
