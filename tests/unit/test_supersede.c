#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/supersede.h"
#include <stdlib.h>

#define MAX_VERSIONS 3
#define DEADLINE INT64_C(1342449000000)

/*
 * A version is written "WORDS MISSIONS | ENDPOINT TOLD OBLIGATION … ; …": its headline, its
 * missions
 * ("-B" is one that was released), and what each endpoint was sent and got (no, maybe, yes, or
 * phone: nothing arrived, but a person told them).  An obligation is RECIPIENT=MISSION+MISSION,
 * with "!" where the mission has nobody to tell and "/part" behind it where the part is not full.
 */
static const struct row {
    const char *name;
    const char *versions[MAX_VERSIONS];
    const char *fresh; /* NULL: this is a cancel */
    const char *want; /* "ENDPOINT part RECIPIENT=MISSIONS …" a line, in order; then who has it */
} rows[] = {
    { "somebody told hears the update",
      { "w1 A | mailto:a@x yes A:1=A" },
      "w2 A | mailto:a@x - A:1=A",
      "mailto:a@x update A:1=A\n" },
    { "somebody who may have been told hears it too",
      { "w1 A | mailto:a@x maybe A:1=A" },
      "w2 A | mailto:a@x - A:1=A",
      "mailto:a@x update A:1=A\n" },
    { "somebody not told yet gets the whole text",
      { "w1 A | mailto:a@x no A:1=A" },
      "w2 A | mailto:a@x - A:1=A",
      "mailto:a@x full A:1=A\n" },
    { "somebody told by a person hears the update",
      { "w1 A | mailto:a@x phone A:1=A" },
      "w2 A | mailto:a@x - A:1=A",
      "mailto:a@x update A:1=A\n" },
    { "a new mission gets the whole text",
      { "w1 A | mailto:a@x yes A:1=A" },
      "w2 A B | mailto:a@x - A:1=A ; mailto:b@x - B:1=B",
      "mailto:a@x update A:1=A\nmailto:b@x full B:1=B\n" },
    { "a mission no longer affected is released",
      { "w1 A B | mailto:a@x yes A:1=A ; mailto:b@x yes B:1=B" },
      "w2 A | mailto:a@x - A:1=A",
      "mailto:a@x update A:1=A\nmailto:b@x release B:1=B\n" },
    { "a mission no longer affected that nobody told hears nothing",
      { "w1 A B | mailto:a@x yes A:1=A ; mailto:b@x no B:1=B" },
      "w2 A | mailto:a@x - A:1=A",
      "mailto:a@x update A:1=A\n" },
    { "a mailbox has no case",
      { "w1 A | mailto:A@X yes A:1=A" },
      "w2 A | mailto:a@x - A:1=A",
      "mailto:a@x update A:1=A\n" },
    { "a URL has",
      { "w1 A | https://x/A yes A:1=A" },
      "w2 A | https://x/a - A:1=A",
      "https://x/a full A:1=A\nhttps://x/A update A:1=A\n" },
    { "an address the roster no longer has hears the update as well",
      { "w1 A | mailto:old@x yes A:1=A" },
      "w2 A | mailto:new@x - A:1=A",
      "mailto:new@x full A:1=A\nmailto:old@x update A:1=A\n" },
    { "one mailbox of two missions hears of both in one message",
      { "w1 A B | mailto:s@x yes A:1=A B:1=B" },
      "w2 A C | mailto:s@x - A:1=A C:1=C",
      "mailto:s@x update A:1=A full C:1=C release B:1=B\n" },
    { "a mailbox that goes from one mission to another hears of both",
      { "w1 A | mailto:s@x yes A:1=A" },
      "w2 B | mailto:s@x - B:1=B",
      "mailto:s@x full B:1=B release A:1=A\n" },
    { "two roles at one mission are released in one message",
      { "w1 A B | mailto:s@x yes A:1=A A:2=A" },
      "w2 B | ",
      "mailto:s@x release A:2=A release A:1=A\n" },
    { "mail and webhook of one person are one obligation",
      { "w1 A B | mailto:a@x yes A:1=A ; https://a yes A:1=A" },
      "w2 B | ",
      "mailto:a@x release A:1=A\nhttps://a release A:1=A\n" },
    { "a webhook that is new to somebody told by mail is an update",
      { "w1 A | mailto:a@x yes A:1=A" },
      "w2 A | mailto:a@x - A:1=A ; https://a - A:1=A",
      "mailto:a@x update A:1=A\nhttps://a update A:1=A\n" },
    { "an office's notice comes in parts",
      { "w1 A B | mailto:o@x yes office:o=A+B" },
      "w2 A C | mailto:o@x - office:o=A+C",
      "mailto:o@x update office:o=A full office:o=C release office:o=B\n" },
    { "an office not on duty any more hears what became of its notice",
      { "w1 A | mailto:cc@x yes desk:cc=A" },
      "w2 A | mailto:o@x - office:o=A",
      "mailto:o@x full office:o=A\nmailto:cc@x update desk:cc=A\n" },
    { "whoever had to call calls again when the mission is released",
      { "w1 A B | mailto:o@x yes office:o=A+B office:o=A!" },
      "w2 B | mailto:o@x - office:o=B",
      "mailto:o@x update office:o=B release office:o=A! release office:o=A\n" },
    { "whoever had to call need not while others must",
      { "w1 A | mailto:cc@x yes desk:cc=A!" },
      "w2 A | mailto:o@x - office:o=A!",
      "mailto:o@x full office:o=A!\nmailto:cc@x update desk:cc=A\n" },
    { "the same words are not sent twice",
      { "w1 A | mailto:a@x yes A:1=A" },
      "w1 A | mailto:a@x - A:1=A",
      "has it: A:1=A\n" },
    { "the same words are not sent again after a person told them once more",
      { "w1 A | mailto:a@x yes A:1=A", "w1 A | mailto:a@x phone A:1=A" },
      "w1 A | mailto:a@x - A:1=A",
      "has it: A:1=A\n" },
    { "the first words are sent again after a person told others",
      { "w1 A | mailto:a@x yes A:1=A", "w2 A | mailto:a@x phone A:1=A" },
      "w1 A | mailto:a@x - A:1=A",
      "mailto:a@x update A:1=A\n" },
    { "the same words are sent again where they may not have arrived",
      { "w1 A | mailto:a@x maybe A:1=A" },
      "w1 A | mailto:a@x - A:1=A",
      "mailto:a@x update A:1=A\n" },
    { "the same words about one more mission are sent",
      { "w1 A | mailto:s@x yes A:1=A" },
      "w1 A B | mailto:s@x - A:1=A B:1=B",
      "mailto:s@x update A:1=A full B:1=B\n" },
    { "the same words about one mission less are sent",
      { "w1 A B | mailto:o@x yes office:o=A+B" },
      "w1 A | mailto:o@x - office:o=A",
      "mailto:o@x update office:o=A release office:o=B\n" },
    { "a call that is new is sent though the words are the same",
      { "w1 A | mailto:o@x yes office:o=A" },
      "w1 A | mailto:o@x - office:o=A office:o=A!",
      "mailto:o@x update office:o=A update office:o=A!\n" },
    { "an old address with the same words hears nothing",
      { "w1 A | mailto:old@x yes A:1=A" },
      "w1 A | mailto:new@x - A:1=A",
      "mailto:new@x full A:1=A\n" },
    { "the way that failed is tried with the whole text though another has the words",
      { "w1 A | mailto:a@x yes A:1=A ; https://a no A:1=A" },
      "w1 A | mailto:a@x - A:1=A ; https://a - A:1=A",
      "https://a full A:1=A\nhas it: A:1=A\n" },
    { "an office that has the words has them though its webhook knew less",
      { "w1 A B | mailto:o@x yes office:o=A+B ; https://o yes office:o=A" },
      "w1 A B | mailto:o@x - office:o=A+B ; https://o - office:o=A+B",
      "https://o update office:o=A+B\nhas it: office:o=A+B\n" },
    { "two ways that heard in another order hear it in one",
      { "w1 A C | mailto:a@x yes A:1=A ; https://a yes C:1=C A:1=A" },
      "w2 B | ",
      "mailto:a@x release A:1=A\nhttps://a release A:1=A release C:1=C\n" },
    { "an update that changed nothing does not hide what was said before it",
      { "w1 A | mailto:a@x yes A:1=A", "w1 A | " },
      "w1 A | mailto:a@x - A:1=A",
      "has it: A:1=A\n" },
    { "words that may have changed in between are sent",
      { "w1 A | mailto:a@x yes A:1=A", "w2 A | mailto:a@x maybe A:1=A/update" },
      "w1 A | mailto:a@x - A:1=A",
      "mailto:a@x update A:1=A\n" },
    { "a release that arrived is not said again",
      { "w1 A B | mailto:b@x yes B:1=B", "w2 A -B | mailto:b@x yes B:1=B/release" },
      "w3 A | ",
      "" },
    { "a release that may have arrived is",
      { "w1 A B | mailto:b@x yes B:1=B", "w2 A -B | mailto:b@x maybe B:1=B/release" },
      "w3 A | ",
      "mailto:b@x release B:1=B\n" },
    { "a release that never went out is",
      { "w1 A B | mailto:b@x yes B:1=B", "w2 A -B | mailto:b@x no B:1=B/release" },
      "w3 A | ",
      "mailto:b@x release B:1=B\n" },
    { "a mission released and affected again gets the whole text",
      { "w1 B | mailto:b@x yes B:1=B", "w2 A -B | mailto:b@x yes B:1=B/release" },
      "w3 B | mailto:b@x - B:1=B",
      "mailto:b@x full B:1=B\n" },
    { "a mission released perhaps and affected again gets the update",
      { "w1 B | mailto:b@x yes B:1=B", "w2 A -B | mailto:b@x maybe B:1=B/release" },
      "w3 B | mailto:b@x - B:1=B",
      "mailto:b@x update B:1=B\n" },
    { "an old address that was told that it is over hears that it is not",
      { "w1 B | mailto:old@x yes B:1=B", "w2 A -B | mailto:old@x yes B:1=B/release" },
      "w3 B | mailto:new@x - B:1=B",
      "mailto:new@x full B:1=B\nmailto:old@x update B:1=B\n" },
    { "so does an office that is not on duty any more",
      { "w1 B | mailto:o@x yes office:o=B", "w2 A -B | mailto:o@x yes office:o=B/release" },
      "w3 B | mailto:cc@x - desk:cc=B",
      "mailto:cc@x full desk:cc=B\nmailto:o@x update office:o=B\n" },
    { "a cancel goes to everybody whom any version reached",
      { "w1 A | mailto:a@x yes A:1=A ; mailto:b@x no A:2=A", "w2 B | mailto:c@x maybe B:1=B" },
      NULL,
      "mailto:a@x cancel A:1=A\nmailto:c@x cancel B:1=B\n" },
    { "a cancel goes to those released as well",
      { "w1 A B | mailto:b@x yes B:1=B", "w2 A -B | mailto:b@x yes B:1=B/release" },
      NULL,
      "mailto:b@x cancel B:1=B\n" },
    { "a cancel that arrived is not said again",
      { "w1 A | mailto:a@x yes A:1=A ; mailto:b@x yes A:2=A",
        "w2 -A | mailto:a@x yes A:1=A/cancel ; mailto:b@x maybe A:2=A/cancel" },
      NULL,
      "mailto:b@x cancel A:2=A\n" },
    { "an office hears of a cancel in one notice",
      { "w1 A B | mailto:o@x yes office:o=A+B office:o=B!" },
      NULL,
      "mailto:o@x cancel office:o=A+B cancel office:o=B!\n" },
    { "the test recipient hears of a cancel even where no mission was affected",
      { "w1 | mailto:t@x yes test=" },
      NULL,
      "mailto:t@x cancel test=\n" },
    { "a cancel of what reached nobody reaches nobody",
      { "w1 A | mailto:a@x no A:1=A" },
      NULL,
      "" },
};

static struct affected_mission *mission_of(const char *word)
{
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    char **const absent[] = { &m->kind,   &m->country,        &m->city, &m->state, &m->timezone,
                              &m->office, &m->office_because, &m->duty, &m->gaps };
    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++)
        *absent[i] = g_strdup("");
    bool released = *word == '-';
    m->id = g_strdup(word + released);
    m->name = g_strconcat("Mission ", m->id, NULL);
    m->because = g_strdup(released ? SUPERSEDE_RELEASED : "everyone");
    m->threat = THREAT_MEDIUM;
    return m;
}

/* "office:o=A+B!/update" */
static struct obligation *obligation_of(const char *word)
{
    struct obligation *o = obligation_new();
    const char *equals = strchr(word, '='), *slash = strchr(word, '/');
    g_autofree char *missions = g_strndup(equals + 1, strcspn(equals + 1, "!/"));
    o->recipient = g_strndup(word, (gsize)(equals - word));
    o->kind = g_str_has_prefix(word, "office:") ? OBLIGATION_OFFICE
              : g_str_has_prefix(word, "desk:") ? OBLIGATION_DESK
              : g_str_has_prefix(word, "test")  ? OBLIGATION_TEST
                                                : OBLIGATION_REPRESENTATIVE;
    o->rank = o->kind == OBLIGATION_REPRESENTATIVE ? 1 : 0;
    o->name = g_strdup("Security Liaison");
    o->language = g_strdup("en");
    o->phone = g_strdup("");
    o->detail = g_strdup("");
    if (strchr(word, '!'))
        o->reason = OBLIGATION_NO_REPRESENTATIVE;
    if (slash)
        o->part = (enum obligation_part)broadcast_name_index(obligation_part_names, slash + 1);
    g_auto(GStrv) ids = g_strsplit(missions, "+", -1);
    for (char **id = ids; *id && **id; id++)
        g_ptr_array_add(o->missions, g_strdup(*id));
    return o;
}

static struct notification *notification_of(struct plan *p, const char *endpoint, const char *told)
{
    struct notification *n = notification_new();
    n->channel = g_str_has_prefix(endpoint, "mailto:") ? CHANNEL_SMTP : CHANNEL_WEBHOOK;
    n->endpoint = g_strdup(endpoint);
    n->lane = g_strdup("lane");
    n->recipient = g_strdup("");
    n->language = g_strdup("en");
    n->deadline_ms = DEADLINE;
    n->told = g_str_equal(told, "yes")     ? TOLD_YES
              : g_str_equal(told, "maybe") ? TOLD_MAYBE
                                           : TOLD_NO;
    g_ptr_array_add(p->notifications, n);
    return n;
}

static void add_entry(struct plan *p, GHashTable *known, char **words)
{
    struct notification *n = notification_of(p, words[0], words[1]);
    for (char **word = words + 2; *word; word++) {
        struct obligation *o = g_hash_table_lookup(known, *word);
        if (!o) {
            o = obligation_of(*word);
            g_ptr_array_add(p->obligations, o);
            o->ordinal = p->obligations->len;
            g_hash_table_insert(known, g_strdup(*word), o);
        }
        if (g_str_equal(words[1], "phone"))
            o->state = OBLIGATION_ESCALATED;
        g_array_append_val(n->obligations, o->ordinal);
    }
}

static char **words_of(const char *text)
{
    GPtrArray *words = g_ptr_array_new();
    g_auto(GStrv) all = g_strsplit(text, " ", -1);
    for (char **w = all; *w; w++) {
        if (**w)
            g_ptr_array_add(words, g_strdup(*w));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static struct plan *plan_of(const char *text, struct broadcast *b)
{
    struct plan *p = plan_new();
    p->deadline_ms = DEADLINE;
    g_auto(GStrv) halves = g_strsplit(text, "|", 2);
    g_auto(GStrv) head = words_of(halves[0]);
    struct message *m = g_new0(struct message, 1);
    m->language = g_strdup("en");
    m->headline = g_strdup(head[0]);
    m->description = g_strdup("text");
    g_ptr_array_add(b->messages, m);
    for (char **id = head + 1; *id; id++)
        g_ptr_array_add(p->missions, mission_of(*id));
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) entries = g_strsplit(halves[1], ";", -1);
    for (char **entry = entries; *entry; entry++) {
        g_auto(GStrv) words = words_of(*entry);
        if (*words)
            add_entry(p, known, words);
    }
    return p;
}

static void describe_obligation(const struct obligation *o, GString *s)
{
    g_string_append_printf(s, "%s=", o->recipient);
    for (guint i = 0; i < o->missions->len; i++)
        g_string_append_printf(s, "%s%s", i ? "+" : "", (const char *)o->missions->pdata[i]);
    g_string_append(s, g_str_equal(o->reason, OBLIGATION_AFFECTED) ? "" : "!");
}

static char *describe(const struct plan *p)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < p->notifications->len; i++) {
        const struct notification *n = p->notifications->pdata[i];
        g_string_append(s, n->endpoint);
        for (guint k = 0; k < n->obligations->len; k++) {
            const struct obligation *o =
                p->obligations->pdata[g_array_index(n->obligations, uint32_t, k) - 1];
            g_string_append_printf(s, " %s ", obligation_part_names[o->part]);
            describe_obligation(o, s);
        }
        g_string_append_c(s, '\n');
    }
    for (guint i = 0; i < p->obligations->len; i++) {
        const struct obligation *o = p->obligations->pdata[i];
        if (o->state != OBLIGATION_REACHED)
            continue;
        g_string_append(s, "has it: ");
        describe_obligation(o, s);
        g_string_append_c(s, '\n');
    }
    return g_string_free(s, FALSE);
}

/* What the queue relies on, whatever was planned. */
static void check_sound(const char *name, const struct plan *p)
{
    for (guint i = 0; i < p->obligations->len; i++) {
        const struct obligation *o = p->obligations->pdata[i];
        if (o->ordinal != i + 1)
            fail_msg("%s: obligation %u stands at %u", name, o->ordinal, i + 1);
    }
    for (guint i = 0; i < p->notifications->len; i++) {
        const struct notification *n = p->notifications->pdata[i];
        const struct notification *before = i ? p->notifications->pdata[i - 1] : NULL;
        bool good = n->id == i + 1 && n->state == NOTIFICATION_QUEUED && n->told == TOLD_NO &&
                    n->deadline_ms == DEADLINE && n->obligations->len &&
                    (!before || before->priority <= n->priority);
        for (guint k = 1; good && k < n->obligations->len; k++)
            good = g_array_index(n->obligations, uint32_t, k) >
                   g_array_index(n->obligations, uint32_t, k - 1);
        if (!good)
            fail_msg("%s: %s is unsound", name, n->endpoint);
    }
}

struct story {
    struct broadcast *b, *earlier[MAX_VERSIONS];
    struct plan *plans[MAX_VERSIONS], *fresh;
    struct version versions[MAX_VERSIONS];
    size_t n;
};

static struct broadcast *broadcast_of(enum broadcast_type type)
{
    struct broadcast *b = broadcast_new();
    b->status = STATUS_ACTUAL;
    b->type = type;
    b->urgency = URGENCY_EXPECTED;
    b->severity = SEVERITY_SEVERE;
    return b;
}

static struct story *story_of(const struct row *r)
{
    struct story *s = g_new0(struct story, 1);
    for (; s->n < MAX_VERSIONS && r->versions[s->n]; s->n++) {
        s->earlier[s->n] = broadcast_of(s->n ? TYPE_UPDATE : TYPE_ALERT);
        struct plan *p = s->plans[s->n] = plan_of(r->versions[s->n], s->earlier[s->n]);
        s->versions[s->n] =
            (struct version){ s->earlier[s->n], p->missions, p->obligations, p->notifications };
    }
    s->b = broadcast_of(r->fresh ? TYPE_UPDATE : TYPE_CANCEL);
    s->fresh = plan_of(r->fresh ? r->fresh : "over |", s->b);
    return s;
}

static void story_free(struct story *s)
{
    for (size_t i = 0; i < s->n; i++) {
        broadcast_unref(s->earlier[i]);
        plan_free(s->plans[i]);
    }
    broadcast_unref(s->b);
    plan_free(s->fresh);
    g_free(s);
}

static void test_who_hears_what(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct story *s = story_of(&rows[i]);
        s->fresh = supersede_plan(s->b, s->fresh, s->versions, s->n);
        g_autofree char *got = describe(s->fresh);
        if (!g_str_equal(got, rows[i].want))
            fail_msg("%s:\n%s", rows[i].name, got);
        check_sound(rows[i].name, s->fresh);
        story_free(s);
    }
}

/* fresh: what has gone out already, of which nothing is told yet. */
static const struct row rests[] = {
    { "whom it does not speak to is released",
      { "w1 A B | mailto:a@x yes A:1=A ; mailto:b@x maybe B:1=B" },
      "w2 A | mailto:a@x yes A:1=A",
      "mailto:b@x release B:1=B\n" },
    { "whom nobody told hears nothing",
      { "w1 A B | mailto:a@x no A:1=A ; mailto:b@x no B:1=B" },
      "w2 A | mailto:a@x yes A:1=A",
      "" },
    { "a desk gets the rest in a notice of its own",
      { "w1 A B | mailto:o@x yes office:o=A+B" },
      "w2 A | mailto:o@x yes office:o=A",
      "mailto:o@x release office:o=B\n" },
    { "an address that it did not know of hears the update",
      { "w1 A | mailto:old@x yes A:1=A" },
      "w2 A | mailto:a@x no A:1=A",
      "mailto:old@x update A:1=A\n" },
    { "the released are not released again",
      { "w1 A B | mailto:b@x yes B:1=B", "w1 A | mailto:b@x yes B:1=B/release" },
      "w2 A | mailto:a@x no A:1=A",
      "" },
    { "a cancel that told nobody",
      { "w1 A | mailto:a@x yes A:1=A" },
      NULL,
      "mailto:a@x cancel A:1=A\n" },
};

/* Numbers go on, and what was there is as it was. */
static char *rest_of(const char *name, const struct plan *had, struct plan *all)
{
    g_autofree char *before = describe(had);
    g_autofree char *text = describe(all);
    guint first = had->notifications->len;
    for (guint i = 0; i < all->obligations->len; i++)
        if (((struct obligation *)all->obligations->pdata[i])->ordinal != i + 1)
            fail_msg("%s: obligation %u has another number", name, i + 1);
    for (guint i = 0; i < all->notifications->len; i++)
        if (((struct notification *)all->notifications->pdata[i])->id != i + 1)
            fail_msg("%s: notification %u has another number", name, i + 1);
    if (first > all->notifications->len || !g_str_has_prefix(text, before))
        fail_msg("%s: what was there has changed:\n%s", name, text);
    return g_strdup(text + strlen(before));
}

static void test_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rests); i++) {
        struct story *s = story_of(&rests[i]);
        for (guint k = 0; k < s->fresh->notifications->len; k++)
            ((struct notification *)s->fresh->notifications->pdata[k])->id = k + 1;
        struct plan *all = supersede_rest(s->b, s->fresh, s->versions, s->n);
        g_autofree char *got = rest_of(rests[i].name, s->fresh, all);
        if (!g_str_equal(got, rests[i].want))
            fail_msg("%s:\n%s", rests[i].name, got);
        plan_free(all);
        story_free(s);
    }
}

static const struct row two_missions = {
    "", { "w1 A B | mailto:a@x yes A:1=A ; mailto:b@x yes B:1=B" }, "w2 A | mailto:a@x - A:1=A", ""
};

/* "A B-" : B is told that it is over. */
static char *missions_of(const struct plan *p)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < p->missions->len; i++) {
        const struct affected_mission *m = p->missions->pdata[i];
        g_string_append_printf(s, "%s%s%s", i ? " " : "", m->id,
                               supersede_is_affected(m) ? "" : "-");
    }
    return g_string_free(s, FALSE);
}

static void test_released_missions_can_be_named(void **state)
{
    (void)state;
    struct story *s = story_of(&two_missions);
    s->fresh = supersede_plan(s->b, s->fresh, s->versions, s->n);
    g_autofree char *got = missions_of(s->fresh);
    assert_string_equal(got, "A B-");
    const struct affected_mission *m = s->fresh->missions->pdata[1];
    assert_string_equal(m->name, "Mission B");
    assert_string_equal(m->because, SUPERSEDE_RELEASED);
    story_free(s);
}

static void test_cancelled_missions_can_be_named(void **state)
{
    (void)state;
    struct row r = two_missions;
    r.fresh = NULL;
    struct story *s = story_of(&r);
    /* Whatever audience it came with: a cancel goes to whom it went before. */
    g_ptr_array_add(s->fresh->missions, mission_of("C"));
    s->fresh = supersede_plan(s->b, s->fresh, s->versions, s->n);
    g_autofree char *got = missions_of(s->fresh);
    assert_string_equal(got, "A- B-");
    story_free(s);
}

static const struct order_row {
    const char *name;
    enum broadcast_urgency before, after, want;
} urgencies[] = {
    { "the alert's urgency stays that of its correction", URGENCY_IMMEDIATE, URGENCY_PAST,
      URGENCY_IMMEDIATE },
    { "a more urgent update is more urgent", URGENCY_FUTURE, URGENCY_IMMEDIATE, URGENCY_IMMEDIATE },
};

static void test_corrections_go_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(urgencies); i++) {
        const struct order_row *r = &urgencies[i];
        struct story *s = story_of(&two_missions);
        s->earlier[0]->urgency = r->before;
        s->b->urgency = r->after;
        s->fresh = supersede_plan(s->b, s->fresh, s->versions, s->n);
        uint32_t best = notification_priority(r->want, SEVERITY_EXTREME, THREAT_CRITICAL, 0);
        for (guint k = 0; k < s->fresh->notifications->len; k++) {
            const struct notification *n = s->fresh->notifications->pdata[k];
            if (n->priority >= best || n->priority < notification_priority_first(r->want))
                fail_msg("%s: %08x", r->name, n->priority);
        }
        story_free(s);
    }
}

static void test_statuses_do_not_mix(void **state)
{
    (void)state;
    struct row r = two_missions;
    r.fresh = NULL;
    struct story *s = story_of(&r);
    s->b->status = STATUS_EXERCISE; /* must not reach whom an actual one did */
    s->fresh = supersede_plan(s->b, s->fresh, s->versions, s->n);
    assert_int_equal(s->fresh->notifications->len, 0);
    s->b->status = STATUS_DRAFT;
    assert_ptr_equal(supersede_plan(s->b, s->fresh, s->versions, s->n), s->fresh);
    story_free(s);
}

static void test_first_of_its_line(void **state)
{
    (void)state;
    struct row r = { "", { NULL }, "w1 A | mailto:a@x - A:1=A", "" };
    struct story *s = story_of(&r);
    s->fresh = supersede_plan(s->b, s->fresh, NULL, 0);
    g_autofree char *got = describe(s->fresh);
    assert_string_equal(got, "mailto:a@x full A:1=A\n");
    story_free(s);
}

static const struct words_row {
    const char *name, *member, *value;
    bool same;
} words[] = {
    { "nothing changed", "", "", true },
    { "the expiry", "expires", "", true },
    { "the effective time", "effective", "", true },
    { "the incident", "incident", "", true },
    { "the headline", "headline", "Other", false },
    { "the description", "description", "Other", false },
    { "the instruction", "instruction", "Stay inside", false },
    { "an instruction that says nothing", "instruction", "", true },
    { "the urgency", "urgency", "", false },
    { "the severity", "severity", "", false },
    { "the certainty", "certainty", "", false },
    { "the handling", "handling", "", false },
    { "the response", "response", "", false },
    { "a text in a language not read", "es", "Texto", true },
    { "it is a cancel", "type", "", false },
};

static void change(struct broadcast *b, const char *member, const char *value)
{
    struct message *m = b->messages->pdata[0];
    char **text = g_str_equal(member, "headline")      ? &m->headline
                  : g_str_equal(member, "description") ? &m->description
                  : g_str_equal(member, "instruction") ? &m->instruction
                  : g_str_equal(member, "incident")    ? &b->incident
                                                       : NULL;
    if (text) {
        g_free(*text);
        *text = g_strdup(value);
    }
    if (g_str_equal(member, "es")) {
        struct message *other = g_new0(struct message, 1);
        other->language = g_strdup(member);
        other->headline = g_strdup(value);
        other->description = g_strdup(value);
        g_ptr_array_add(b->messages, other);
    }
    if (g_str_equal(member, "response"))
        g_ptr_array_add(b->responses, (gpointer)broadcast_response_names[0]);
    b->expires.ms += g_str_equal(member, "expires");
    b->effective.ms += g_str_equal(member, "effective");
    b->urgency = g_str_equal(member, "urgency") ? URGENCY_PAST : b->urgency;
    b->severity = g_str_equal(member, "severity") ? SEVERITY_MINOR : b->severity;
    b->certainty = g_str_equal(member, "certainty") ? CERTAINTY_LIKELY : b->certainty;
    b->handling = g_str_equal(member, "handling") ? HANDLING_NOTICE : b->handling;
    b->type = g_str_equal(member, "type") ? TYPE_CANCEL : b->type;
}

static void test_same_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        struct broadcast *before = broadcast_of(TYPE_ALERT), *after = broadcast_of(TYPE_UPDATE);
        plan_free(plan_of("w1 |", before));
        plan_free(plan_of("w1 |", after));
        change(after, words[i].member, words[i].value);
        if (supersede_same_words(before, after, "en") != words[i].same)
            fail_msg("%s", words[i].name);
        broadcast_unref(before);
        broadcast_unref(after);
    }
}

#define MANY 1528
#define MANY_VERSIONS 5

/* Every mission with two people, mail and webhook, one office in charge of all. */
static struct plan *large_plan(struct broadcast *b, const char *headline, const char *told)
{
    g_autofree char *head = g_strconcat(headline, " |", NULL);
    struct plan *p = plan_of(head, b);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) all = g_string_new("office:o=");
    for (int i = 0; i < MANY; i++) {
        g_autofree char *id = g_strdup_printf("mission-%d", i);
        g_ptr_array_add(p->missions, mission_of(id));
        g_string_append_printf(all, "%s%s", i ? "+" : "", id);
        for (int k = 1; k <= 2; k++) {
            g_autofree char *mail = g_strdup_printf("mailto:liaison%d@%s.example", k, id);
            g_autofree char *hook = g_strdup_printf("https://%s.example/%d", id, k);
            g_autofree char *who = g_strdup_printf("%s:%d=%s", id, k, id);
            add_entry(p, known, (char *[]){ mail, (char *)told, who, NULL });
            add_entry(p, known, (char *[]){ hook, (char *)told, who, NULL });
        }
    }
    add_entry(p, known, (char *[]){ (char *)"mailto:o@x", (char *)told, all->str, NULL });
    return p;
}

static void test_a_large_event(void **state)
{
    (void)state;
    struct version versions[MANY_VERSIONS];
    struct broadcast *earlier[MANY_VERSIONS];
    struct plan *plans[MANY_VERSIONS];
    for (int i = 0; i < MANY_VERSIONS; i++) {
        earlier[i] = broadcast_of(i ? TYPE_UPDATE : TYPE_ALERT);
        plans[i] = large_plan(earlier[i], "w1", "yes");
        versions[i] = (struct version){ earlier[i], plans[i]->missions, plans[i]->obligations,
                                        plans[i]->notifications };
    }
    struct broadcast *b[2] = { broadcast_of(TYPE_UPDATE), broadcast_of(TYPE_CANCEL) };
    for (int i = 0; i < 2; i++) {
        struct plan *fresh = large_plan(b[i], "w2", "-");
        int64_t begin = g_get_monotonic_time();
        fresh = supersede_plan(b[i], fresh, versions, MANY_VERSIONS);
        int64_t took_us = g_get_monotonic_time() - begin;
        print_message("%s of %d missions after %d versions: %.1f ms\n",
                      broadcast_type_names[b[i]->type], MANY, MANY_VERSIONS,
                      (double)took_us / 1000.0);
        assert_int_equal(fresh->notifications->len, 4 * MANY + 1);
        assert_true(took_us < 2000000); /* it is quadratic if this fails, whatever the machine */
        plan_free(fresh);
        broadcast_unref(b[i]);
    }
    for (int i = 0; i < MANY_VERSIONS; i++) {
        plan_free(plans[i]);
        broadcast_unref(earlier[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_hears_what),
        cmocka_unit_test(test_the_rest),
        cmocka_unit_test(test_released_missions_can_be_named),
        cmocka_unit_test(test_cancelled_missions_can_be_named),
        cmocka_unit_test(test_corrections_go_first),
        cmocka_unit_test(test_statuses_do_not_mix),
        cmocka_unit_test(test_first_of_its_line),
        cmocka_unit_test(test_same_words),
        cmocka_unit_test(test_a_large_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
