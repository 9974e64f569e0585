#include "model/matter.h"

#include <string.h>

#define HOUR_S INT64_C(3600)
#define DAY_S (24 * HOUR_S)
#define OVERDUE_TIMES 3 /* how often the owner is told that it waits */

const char *const matter_kind_names[] = { "contact-update", "security-information",
                                          "assistance-request", "protective-response", NULL };
const char *const matter_state_names[] = { "open",         "confirmed", "refused", "answered",
                                           "acknowledged", "expired",   "closed",  NULL };
const char *const matter_action_names[] = { "confirm", "refuse", "answer", "acknowledge",
                                            "close",   "note",   NULL };
const char *const matter_changes[] = { "new", "changed", "departing", "wrong-person", NULL };
const char *const matter_subjects[] = { "Personal Security Precautions",
                                        "Emergency Reaction Plans",
                                        "Physical Security Standards",
                                        "Residential Security Standards",
                                        "Crime Prevention Services",
                                        "Surveillance Recognition",
                                        NULL };
static const char *const forms[] = { "fixed-post", "patrol", NULL };

/* --- the kinds --- */

static const struct matter_member contact_members[] = {
    { "change", "Change", MATTER_CHOICE, true, 0, matter_changes },
    { "representative", "Representative", MATTER_RANK, false, 0, NULL },
    { "name", "Name", MATTER_LINE, false, 200, NULL },
    { "language", "Language", MATTER_LANGUAGE, false, 0, NULL },
    { "email", "Mail address", MATTER_MAILBOX, false, 0, NULL },
    { "phone", "Telephone", MATTER_PHONE, false, 0, NULL },
    { "webhook", "Webhook", MATTER_URL, false, 0, NULL },
    { "valid_from", "From", MATTER_DATE, false, 0, NULL },
    { "valid_to", "Until", MATTER_DATE, false, 0, NULL },
    { "note", "Note", MATTER_TEXT, false, 1000, NULL },
    { NULL, NULL, MATTER_LINE, false, 0, NULL },
};

static const struct matter_member information_members[] = {
    { "what", "What", MATTER_TEXT, true, 8000, NULL },
    { "where", "Where", MATTER_LINE, true, 500, NULL },
    { "when", "When", MATTER_LINE, true, 200, NULL },
    { "reporter", "Reported by", MATTER_LINE, false, 200, NULL },
    { "phone", "Telephone", MATTER_PHONE, false, 0, NULL },
    { NULL, NULL, MATTER_LINE, false, 0, NULL },
};

static const struct matter_member assistance_members[] = {
    { "subject", "Subject", MATTER_CHOICE, true, 0, matter_subjects },
    { "concerns", "Particular security concerns", MATTER_TEXT, true, 8000, NULL },
    { "objectives", "Specific objectives", MATTER_TEXT, true, 8000, NULL },
    { "coordinator", "Coordinating official", MATTER_LINE, true, 200, NULL },
    { "email", "Mail address", MATTER_MAILBOX, false, 0, NULL },
    { "phone", "Telephone", MATTER_PHONE, false, 0, NULL },
    { NULL, NULL, MATTER_LINE, false, 0, NULL },
};

static const struct matter_member response_members[] = {
    { "form", "Form", MATTER_CHOICE, true, 0, forms },
    { "interim", "Interim", MATTER_YES_NO, true, 0, NULL },
    { "from", "From", MATTER_TIME, true, 0, NULL },
    { "until", "Until", MATTER_TIME, true, 0, NULL },
    { "reason", "Reason", MATTER_TEXT, true, 8000, NULL },
    { NULL, NULL, MATTER_LINE, false, 0, NULL },
};

/* Patience by urgency: immediate, expected, future, past, unknown. */
static const struct matter_rules rules[] = {
    [MATTER_CONTACT_UPDATE] = { contact_members,
                                MATTER_OF_OFFICE,
                                URGENCY_FUTURE,
                                false,
                                { DAY_S, DAY_S, 3 * DAY_S, 3 * DAY_S, 3 * DAY_S },
                                "Contact update" },
    [MATTER_SECURITY_INFORMATION] = { information_members,
                                      MATTER_OF_DUTY,
                                      URGENCY_UNKNOWN,
                                      true,
                                      { HOUR_S / 4, 4 * HOUR_S, DAY_S, 3 * DAY_S, DAY_S },
                                      "Security information" },
    [MATTER_ASSISTANCE_REQUEST] = { assistance_members,
                                    MATTER_OF_OFFICE,
                                    URGENCY_FUTURE,
                                    false,
                                    { DAY_S, 2 * DAY_S, 5 * DAY_S, 5 * DAY_S, 5 * DAY_S },
                                    "Request for general security assistance" },
    [MATTER_PROTECTIVE_RESPONSE] = { response_members,
                                     MATTER_OF_OFFICE,
                                     URGENCY_EXPECTED,
                                     false,
                                     { HOUR_S / 4, HOUR_S, 4 * HOUR_S, 4 * HOUR_S, HOUR_S },
                                     "Protective response" },
};

const struct matter_rules *matter_rules(enum matter_kind k)
{
    return &rules[k];
}

/* --- the body --- */

struct matter_body *matter_body_new(enum matter_kind k)
{
    struct matter_body *b = g_new0(struct matter_body, 1);
    b->kind = k;
    return b;
}

void matter_body_free(struct matter_body *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < MATTER_MAX_MEMBERS; i++)
        g_free(b->values[i]);
    g_free(b);
}

static size_t place_of(const struct matter_body *b, const char *name)
{
    const struct matter_member *members = rules[b->kind].members;
    size_t i = 0;
    while (members[i].name && strcmp(members[i].name, name) != 0)
        i++;
    g_assert(members[i].name); /* a name that the kind does not have is our bug */
    return i;
}

const char *matter_body_get(const struct matter_body *b, const char *name)
{
    const char *value = b->values[place_of(b, name)];
    return value ? value : "";
}

void matter_body_set(struct matter_body *b, const char *name, const char *value)
{
    char **at = &b->values[place_of(b, name)];
    g_free(*at);
    *at = g_strdup(value);
}

int64_t matter_body_time(const struct matter_body *b, const char *name)
{
    struct timestamp t = { 0 };
    const char *text = matter_body_get(b, name);
    return *text && timestamp_parse(text, &t, NULL) ? t.ms : 0;
}

static bool has(const struct matter_body *b, const char *name)
{
    return *matter_body_get(b, name) != '\0';
}

static void want(const struct matter_body *b, const char *name, struct faults *f)
{
    g_autofree char *place = g_strconcat("/body/", name, NULL);
    if (!has(b, name))
        faults_add(f, place, "missing-member", "is required for change \"%s\"",
                   matter_body_get(b, "change"));
}

static void check_contact(const struct matter_body *b, struct faults *f)
{
    const char *change = matter_body_get(b, "change");
    bool is_new = g_str_equal(change, "new"), changed = g_str_equal(change, "changed");
    if (is_new) {
        want(b, "name", f);
        want(b, "language", f);
        if (!has(b, "email") && !has(b, "webhook"))
            want(b, "email", f);
    } else if (*change) {
        want(b, "representative", f);
    }
    if (g_str_equal(change, "departing"))
        want(b, "valid_to", f);
    if (g_str_equal(change, "wrong-person") && !has(b, "webhook"))
        want(b, "email", f);
    if (changed && !has(b, "name") && !has(b, "language") && !has(b, "email") && !has(b, "phone") &&
        !has(b, "webhook") && !has(b, "valid_from") && !has(b, "valid_to"))
        faults_add(f, "/body", "missing-member", "name at least one thing that has changed");
    if (has(b, "valid_from") && has(b, "valid_to") &&
        strcmp(matter_body_get(b, "valid_to"), matter_body_get(b, "valid_from")) < 0)
        faults_add(f, "/body/valid_to", "end-before-begin", "is before valid_from");
}

void matter_body_check(const struct matter_body *b, struct faults *f)
{
    if (b->kind == MATTER_CONTACT_UPDATE)
        check_contact(b, f);
    if (b->kind == MATTER_PROTECTIVE_RESPONSE && has(b, "from") && has(b, "until") &&
        matter_body_time(b, "until") <= matter_body_time(b, "from"))
        faults_add(f, "/body/until", "end-before-begin", "must be later than from");
}

char *matter_body_text(const struct matter_body *b)
{
    GString *out = g_string_new(NULL);
    const struct matter_member *m = rules[b->kind].members;
    for (size_t i = 0; m[i].name; i++) {
        if (!b->values[i] || !*b->values[i])
            continue;
        bool long_text = m[i].type == MATTER_TEXT;
        g_string_append_printf(out, "%s%s:%c%s", out->len ? "\n" : "", m[i].label,
                               long_text ? '\n' : ' ', b->values[i]);
    }
    return g_string_free(out, FALSE);
}

/* --- the matter --- */

struct matter *matter_new(void)
{
    struct matter *m = g_new0(struct matter, 1);
    char **const strings[] = { &m->mission,   &m->owner, &m->partner,
                               &m->opened_by, &m->about, &m->body };
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        *strings[i] = g_strdup("");
    m->due_ms = INT64_MAX;
    return m;
}

void matter_free(struct matter *m)
{
    if (!m)
        return;
    char *const strings[] = { m->mission, m->owner, m->partner, m->opened_by, m->about, m->body };
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    g_free(m);
}

struct matter_event *matter_event_new(int64_t matter, int64_t time_ms, const char *who,
                                      const char *what, const char *note)
{
    struct matter_event *e = g_new0(struct matter_event, 1);
    e->matter = matter;
    e->time_ms = time_ms;
    e->who = g_strdup(who);
    e->what = g_strdup(what);
    e->note = g_strdup(note ? note : "");
    return e;
}

void matter_event_free(struct matter_event *e)
{
    if (!e)
        return;
    g_free(e->who);
    g_free(e->what);
    g_free(e->note);
    g_free(e);
}

/* --- moves --- */

static const struct move {
    enum matter_kind kind;
    enum matter_state from;
    enum matter_action on;
    enum matter_state to;
} moves[] = {
    { MATTER_CONTACT_UPDATE, MATTER_OPEN, MATTER_CONFIRM, MATTER_CONFIRMED },
    { MATTER_CONTACT_UPDATE, MATTER_OPEN, MATTER_REFUSE, MATTER_REFUSED },

    { MATTER_SECURITY_INFORMATION, MATTER_OPEN, MATTER_ANSWER, MATTER_ANSWERED },
    { MATTER_SECURITY_INFORMATION, MATTER_ANSWERED, MATTER_ANSWER, MATTER_ANSWERED },
    { MATTER_SECURITY_INFORMATION, MATTER_OPEN, MATTER_CLOSE, MATTER_CLOSED },
    { MATTER_SECURITY_INFORMATION, MATTER_ANSWERED, MATTER_CLOSE, MATTER_CLOSED },

    { MATTER_ASSISTANCE_REQUEST, MATTER_OPEN, MATTER_ANSWER, MATTER_ANSWERED },
    { MATTER_ASSISTANCE_REQUEST, MATTER_ANSWERED, MATTER_ANSWER, MATTER_ANSWERED },
    { MATTER_ASSISTANCE_REQUEST, MATTER_ANSWERED, MATTER_CLOSE, MATTER_CLOSED },

    { MATTER_PROTECTIVE_RESPONSE, MATTER_OPEN, MATTER_ACKNOWLEDGE, MATTER_ACKNOWLEDGED },
    { MATTER_PROTECTIVE_RESPONSE, MATTER_OPEN, MATTER_REFUSE, MATTER_REFUSED },
    { MATTER_PROTECTIVE_RESPONSE, MATTER_OPEN, MATTER_CLOSE, MATTER_CLOSED },
    { MATTER_PROTECTIVE_RESPONSE, MATTER_OPEN, MATTER_EXPIRE, MATTER_EXPIRED },
    { MATTER_PROTECTIVE_RESPONSE, MATTER_ACKNOWLEDGED, MATTER_CLOSE, MATTER_CLOSED },
    { MATTER_PROTECTIVE_RESPONSE, MATTER_ACKNOWLEDGED, MATTER_EXPIRE, MATTER_EXPIRED },
};

static const struct move *find_move(const struct matter *m, enum matter_action on)
{
    for (size_t i = 0; i < G_N_ELEMENTS(moves); i++)
        if (moves[i].kind == m->kind && moves[i].from == m->state && moves[i].on == on)
            return &moves[i];
    return NULL;
}

bool matter_may(const struct matter *m, enum matter_action on)
{
    return on == MATTER_NOTE || find_move(m, on) != NULL;
}

bool matter_move(struct matter *m, enum matter_action on, int64_t now_ms)
{
    const struct move *v = find_move(m, on);
    if (!v && on != MATTER_NOTE)
        return false;
    if (v)
        m->state = v->to;
    m->changed_ms = now_ms;
    m->due_ms = matter_next_ms(m, m->behind_ms);
    return true;
}

bool matter_is_final(enum matter_state s)
{
    return s == MATTER_CONFIRMED || s == MATTER_REFUSED || s == MATTER_EXPIRED ||
           s == MATTER_CLOSED;
}

const char *matter_action_event(enum matter_action on)
{
    static const char *const events[] = { "confirmed", "refused", "answered", "acknowledged",
                                          "closed",    "noted",   "expired" };
    return events[on];
}

/* --- what falls due --- */

/* When is the k-th thing due, and which is it?  False: there are no more. */
static bool due_at(const struct matter *m, unsigned k, int64_t *at_ms, unsigned *which)
{
    *at_ms = INT64_MAX;
    if (k < OVERDUE_TIMES) {
        *which = MATTER_DUE_OVERDUE;
        if (m->state == MATTER_OPEN)
            *at_ms = m->opened_ms + (k + 1) * rules[m->kind].patience_s[m->urgency] * 1000;
        return true;
    }
    *which = k == OVERDUE_TIMES ? MATTER_DUE_ENDING : MATTER_DUE_EXPIRED;
    if (k > OVERDUE_TIMES + 1)
        return false;
    if (m->until_ms == 0 || matter_is_final(m->state))
        return true;
    int64_t begun_ms = MAX(m->opened_ms, m->from_ms);
    int64_t before_ms = MIN(MATTER_REMIND_S * INT64_C(1000), (m->until_ms - begun_ms) / 2);
    *at_ms = k == OVERDUE_TIMES ? m->until_ms - MAX(before_ms, 0) : m->until_ms;
    return true;
}

int64_t matter_next_ms(const struct matter *m, int64_t after_ms)
{
    int64_t next_ms = INT64_MAX, at_ms;
    unsigned which;
    for (unsigned k = 0; due_at(m, k, &at_ms, &which); k++)
        if (at_ms > after_ms)
            next_ms = MIN(next_ms, at_ms);
    return next_ms;
}

unsigned matter_fallen_due(const struct matter *m, int64_t upto_ms)
{
    unsigned bits = 0, which;
    int64_t at_ms;
    for (unsigned k = 0; due_at(m, k, &at_ms, &which); k++)
        if (at_ms > m->behind_ms && at_ms <= upto_ms)
            bits |= which;
    return bits;
}
